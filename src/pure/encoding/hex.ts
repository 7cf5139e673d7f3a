/** The bytes of a lowercase base 16 text of even length; null for any other spelling, so that a digest has one text. */
export function decodeHex(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'hex');
  return bytes.toString('hex') === text ? bytes : null;
}
