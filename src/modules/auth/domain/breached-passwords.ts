import { createHash } from 'node:crypto';
import { BREACHED } from './breached-passwords.data.js';

/**
 * Passwords that head the lists of what was leaked, folded and as the first 40 bits of their SHA-256 in order: 5 bytes
 * each, without the words themselves. A password that is not among them is taken for one that is with a probability of
 * their number by 2^40, about 1 in 25 million: nobody meets it. There is no network here, and no question leaves the
 * server.
 */
const BYTES = 5;
const LIST = Buffer.from(BREACHED, 'base64');
export const BREACHED_COUNT = LIST.length / BYTES;

/** Lower case, letters and digits only: `Pass-word 1` and `password1` are the same guess. */
export function fold(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

export function shortHashOf(folded: string): Buffer {
  return createHash('sha256').update(folded, 'utf8').digest().subarray(0, BYTES);
}

/**
 * Whether the folded text is listed, or is a listed one with digits behind it: that is the first thing that people do to
 * one that is refused, and the first that is tried.
 */
export function isBreached(folded: string): boolean {
  // eslint-disable-next-line regexp/no-super-linear-move -- a password has an end, which is looked at before its digits
  return has(folded) || has(folded.replace(/\p{N}+$/u, ''));
}

function has(folded: string): boolean {
  const wanted = shortHashOf(folded);
  let [low, high] = [0, BREACHED_COUNT];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = LIST.compare(wanted, 0, BYTES, middle * BYTES, (middle + 1) * BYTES);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}
