/**
 * Which of so many items, in hex: item n is bit 7 - n mod 8 of byte n / 8, as one reads. 10,000 items are 2,500 digits,
 * which an entry has room for. Null for none and for all: their number tells.
 */
export function itemBitmap(positions: readonly number[], count: number): string | null {
  if (positions.length === 0 || positions.length === count) return null;
  const bits = Buffer.alloc(Math.ceil(count / 8));
  for (const position of positions) bits[position >> 3]! |= 0x80 >> (position & 7);
  return bits.toString('hex');
}
