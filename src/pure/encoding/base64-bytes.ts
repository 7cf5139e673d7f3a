/**
 * Base 64 (RFC 4648 §4, padded) as ASCII bytes instead of a string. A string cannot be wiped and V8 may keep it for
 * long: what encodes a secret key goes from Buffer to Buffer.
 */
const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');
const PAD = 0x3d;

/** How many bytes the text of so many bytes has. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Writes the text into `target` from `offset` on; answers where it ended. Throws where it does not fit, before anything is written. */
export function writeBase64(bytes: Uint8Array, target: Uint8Array, offset = 0): number {
  const end = offset + base64Length(bytes.length);
  if (offset < 0 || end > target.length) throw new RangeError('no room for this text');
  let at = offset;
  for (let from = 0; from < bytes.length; from += 3) {
    const left = bytes.length - from;
    const group = (bytes[from]! << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    target[at] = ALPHABET[group >> 18]!;
    target[at + 1] = ALPHABET[(group >> 12) & 63]!;
    target[at + 2] = left > 1 ? ALPHABET[(group >> 6) & 63]! : PAD;
    target[at + 3] = left > 2 ? ALPHABET[group & 63]! : PAD;
    at += 4;
  }
  return end;
}

/** The text in a Buffer of its own, outside the pool: the caller's to wipe. */
export function base64Bytes(bytes: Uint8Array): Buffer {
  const text = Buffer.allocUnsafeSlow(base64Length(bytes.length));
  writeBase64(bytes, text);
  return text;
}

const LINE = 64;
const NEWLINE = 0x0a;

/** The textual encoding of RFC 7468: lines of 64 characters between the two that name what it is. The caller's to wipe. */
export function pemBytes(label: string, der: Uint8Array): Buffer {
  const [head, foot] = [Buffer.from(`-----BEGIN ${label}-----\n`, 'latin1'), Buffer.from(`-----END ${label}-----\n`, 'latin1')];
  const length = base64Length(der.length);
  const text = Buffer.allocUnsafeSlow(head.length + length + Math.ceil(length / LINE) + foot.length);
  text.set(head);
  let at = head.length;
  for (let from = 0; from < der.length; from += (LINE / 4) * 3) {
    at = writeBase64(der.subarray(from, from + (LINE / 4) * 3), text, at);
    text[at] = NEWLINE;
    at += 1;
  }
  text.set(foot, at);
  return text;
}
