import type { Randomness } from '#platform/system/randomness.js';

/** Crockford's base 32: no I, L, O, U, so that what is read aloud or copied by hand arrives. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CHARACTERS = 25;

/** 125 bits in five groups of five: `8x2kq-…`. Longer than the policy asks for, and meant to be used once. */
export function generateOneTimePassword(randomness: Randomness): string {
  // Five bits of each byte: 256 is a multiple of 32, so that every letter is equally likely.
  const drawn = randomness.bytes(CHARACTERS);
  const letters = Array.from(drawn, (byte) => ALPHABET[byte & 31]!);
  drawn.fill(0);
  return [0, 5, 10, 15, 20].map((start) => letters.slice(start, start + 5).join('')).join('-');
}
