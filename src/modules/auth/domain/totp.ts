import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * One-time codes by time (RFC 6238), as every authenticator application makes them: HMAC-SHA-1, six digits, thirty
 * seconds. SHA-1 is broken for collisions and not for this (RFC 6238 §1.2, RFC 6194 §3.3), and many applications pass over
 * another algorithm without saying so.
 */
export const TOTP_SECRET_BYTES = 20;
const DIGITS = 6;
const STEP_SECONDS = 30;
/** Codes of the step before and after are taken too (§5.2): clocks differ, and people type. */
const STEPS_AROUND = 1;

export const TOTP_CODE = /^\d{6}$/;

/** RFC 4226 §5.3. */
export function hotp(secret: Uint8Array, counter: number, digits = DIGITS): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const hash = createHmac('sha1', secret).update(message).digest();
  const offset = hash[hash.length - 1]! & 0x0f;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0');
}

export function stepAt(nowMillis: number): number {
  return Math.floor(nowMillis / 1000 / STEP_SECONDS);
}

/**
 * The time step that the code is of; null when it is wrong, or not newer than `lastStep`, which was used. All steps are
 * compared, whichever fits: how long it takes says nothing.
 */
export function stepOf(secret: Uint8Array, code: string, nowMillis: number, lastStep: number): number | null {
  if (!TOTP_CODE.test(code)) return null;
  const typed = Buffer.from(code, 'latin1');
  const now = stepAt(nowMillis);
  let found: number | null = null;
  for (let step = now - STEPS_AROUND; step <= now + STEPS_AROUND; step += 1) {
    if (timingSafeEqual(typed, Buffer.from(hotp(secret, step), 'latin1')) && step > lastStep) found = step;
  }
  return found;
}

/**
 * Wrong codes that are free, and how long each further one delays the next: doubling from a second to a quarter of an
 * hour. Three codes of a million are right at any time; at 96 tries a day that is a chance of 3 in 10,000 a day for
 * who has the password, and the person is told of each (NIST SP 800-63B-4 §3.2.2 asks for a limit of 100 in a row).
 * Passkeys and recovery codes cannot be guessed and are not delayed, so that nobody is kept out by it.
 */
const WRONG_CODES_FREE = 10;
const DELAY_SECONDS_MAX = 900;

export function codeDelaySeconds(failures: number, sinceLastSeconds: number): number {
  const beyond = failures - WRONG_CODES_FREE;
  if (beyond < 0) return 0;
  return Math.max(0, Math.ceil(Math.min(2 ** Math.min(beyond, 30), DELAY_SECONDS_MAX) - sinceLastSeconds));
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 §6 without padding: what people type where they cannot scan. */
export function base32(bytes: Uint8Array): string {
  let [text, buffer, bits] = ['', 0, 0];
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(buffer >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + BASE32[(buffer << (5 - bits)) & 31];
}

/** What applications read from a QR code: the format of Google Authenticator's wiki, which all of them follow. */
export function otpauthUri(issuer: string, username: string, secret: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(username)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
}
