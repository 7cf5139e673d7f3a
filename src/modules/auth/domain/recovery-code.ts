import { createHash } from 'node:crypto';

/** Codes for who has lost every other second factor: on paper, each good once. */
export const RECOVERY_CODES = 10;
const LETTERS = 16;
/** Crockford's base 32, as of one-time passwords. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** One byte a letter, of which five bits are used: 80 in all. */
export const RECOVERY_CODE_RANDOM_BYTES = LETTERS;

/** `4x7k-90qd-…`: 80 bits in four groups of four. Takes the bytes over: they are zero when this returns. */
export function formatRecoveryCode(random: Uint8Array): string {
  if (random.length !== RECOVERY_CODE_RANDOM_BYTES) throw new Error('a recovery code has a fixed length');
  const letters = Array.from(random, (byte) => ALPHABET[byte & 31]!);
  random.fill(0);
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join('')).join('-');
}

/**
 * What is kept of a code and looked for; null for what is none. As typed from paper: in capitals, without the groups, and
 * with the letters that Crockford leaves out for those that they are taken for.
 */
export function recoveryCodeHash(typed: string): Buffer | null {
  const letters = typed.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  if (letters.length !== LETTERS || ![...letters].every((letter) => ALPHABET.includes(letter))) return null;
  return createHash('sha256').update(`recovery code ${letters}`, 'latin1').digest();
}
