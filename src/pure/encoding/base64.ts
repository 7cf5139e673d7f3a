/**
 * Base 64 (RFC 4648) without leniency. `Buffer.from(text, 'base64')` skips what it does not know and ignores the
 * unused bits of the last character, so many texts decode to the same bytes; where a text is signed or compared that
 * is a hole. Here each byte string has exactly one text, and every other text is refused.
 */

/** RFC 4648 §4: the standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}

/** The bytes of a canonical, padded text; null for any other. No regular expression looks at it: they keep what they matched. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  // It may be most of a secret, and small Buffers lie in memory that others get next.
  bytes.fill(0);
  return null;
}

/** RFC 4648 §5: the alphabet of URLs and file names, without padding, as JWS has it. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64url');
}

/** The bytes of a canonical text without padding; null for any other. */
export function decodeBase64Url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** A view, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
