/** Lowercase base 16; the only spelling that `decodeHex` takes, so that a digest has one text. */
export function encodeHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The bytes of a lowercase text of even length; null for any other. */
export function decodeHex(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'hex');
  return bytes.toString('hex') === text ? bytes : null;
}
