import { SHARE_BYTES } from './shamir-shares.js';

/**
 * Shares as people and clients carry them: base 64 or hex, from ASCII bytes to bytes. Not by way of a string, which
 * could not be wiped and which V8 may keep for long.
 */
const HEX = Buffer.from('0123456789abcdef', 'latin1');
const NONE = 0xff;

function tableOf(alphabets: readonly string[]): Uint8Array {
  const table = new Uint8Array(256).fill(NONE);
  for (const alphabet of alphabets) [...alphabet].forEach((character, value) => (table[character.charCodeAt(0)] = value));
  return table;
}

const HEX_VALUES = tableOf(['0123456789abcdef', '0123456789ABCDEF']);
const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_VALUES = tableOf([`${STANDARD}+/`, `${STANDARD}-_`]);
const PAD = 0x3d;

/** Lower-case hex as ASCII, in a Buffer of its own: the caller's to wipe. */
export function hexBytes(bytes: Uint8Array): Buffer {
  const text = Buffer.allocUnsafeSlow(bytes.length * 2);
  bytes.forEach((byte, at) => {
    text[2 * at] = HEX[byte >> 4]!;
    text[2 * at + 1] = HEX[byte & 15]!;
  });
  return text;
}

/** The bytes of a text in hex, of either case; null for any other text. In a Buffer of their own: the caller's to wipe. */
export function decodeHexBytes(text: Uint8Array): Buffer | null {
  if (text.length % 2 !== 0) return null;
  const bytes = Buffer.allocUnsafeSlow(text.length / 2);
  let wrong = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const [high, low] = [HEX_VALUES[text[2 * at]!]!, HEX_VALUES[text[2 * at + 1]!]!];
    wrong |= high | low;
    bytes[at] = ((high & 15) << 4) | (low & 15);
  }
  return wrong > 15 ? wiped(bytes) : bytes;
}

/** The bytes of a text in base 64, of either alphabet, padded or not; null for any other text and for bits too many. */
export function decodeBase64Bytes(text: Uint8Array): Buffer | null {
  let end = text.length;
  while (end > 0 && text.length - end < 2 && text[end - 1] === PAD) end -= 1;
  const isPadded = end < text.length;
  if (end % 4 === 1 || (isPadded && text.length % 4 !== 0)) return null;
  const bytes = Buffer.allocUnsafeSlow(Math.floor((end * 3) / 4));
  let wrong = 0;
  let bits = 0;
  let held = 0;
  let to = 0;
  for (let at = 0; at < end; at += 1) {
    const value = BASE64_VALUES[text[at]!]!;
    wrong |= value;
    held = ((held << 6) | (value & 63)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[to] = (held >> bits) & 0xff;
    to += 1;
  }
  return wrong > 63 || (held & ((1 << bits) - 1)) !== 0 ? wiped(bytes) : bytes;
}

/** A share of either spelling, known by its length: hex has twice the bytes that it stands for. Null for what is none; the caller's to wipe. */
export function shareIn(text: Uint8Array): Buffer | null {
  const share = text.length === 2 * SHARE_BYTES ? decodeHexBytes(text) : decodeBase64Bytes(text);
  return share === null || share.length === SHARE_BYTES ? share : wiped(share);
}

function wiped(bytes: Buffer): null {
  bytes.fill(0);
  return null;
}
