/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a keyed bijection
 * of a 128-bit counter. There is no state, so the number that belongs to a shot depends on the shot and the seed, and
 * not on which thread draws it or what was drawn before. Statistical quality only; no use for secrets.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** Key increments: the golden ratio and sqrt(3) - 1, as 32-bit fractions. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

/** The upper 32 bits of a 32 × 32 bit product, by 16-bit halves: a double cannot hold the whole. */
function multiplyHigh(a: number, b: number): number {
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = (a & 0xffff) * bLow;
  const middle = (a >>> 16) * bLow + (low >>> 16);
  const carried = (a & 0xffff) * bHigh + (middle & 0xffff);
  return ((a >>> 16) * bHigh + (middle >>> 16) + (carried >>> 16)) >>> 0;
}

/** Four 32-bit words for a counter of four and a key of two, all unsigned; written over the counter. */
function permute(words: Uint32Array, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = [words[0] as number, words[1] as number, words[2] as number, words[3] as number];
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** The bijection itself, as its test vectors state it. */
export function philox4x32(counter: Counter, [k0, k1]: Key): Counter {
  const words = Uint32Array.from(counter);
  permute(words, k0, k1);
  return [...words] as unknown as Counter;
}

/** Largest seed: what a JSON number carries exactly. */
export const SEED_MAX = Number.MAX_SAFE_INTEGER;

const TWO_TO_32 = 2 ** 32;

function assertNatural(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} must be an integer from 0 to 2^53-1`);
}

/** Where `uniform` works, so that a million shots do not allocate; nothing outlives a call in it. */
const scratch = new Uint32Array(4);

/**
 * 128 random bits of a shot, written into four words: what `uniform` makes its numbers of, for who needs bits.
 * Counter layout, part of the engine version: draw (2 words), shot (2 words); key: seed. All low word first.
 */
export function uniformWords(seed: number, shot: number, draw: number, words: Uint32Array): void {
  assertNatural(seed, 'seed');
  assertNatural(shot, 'shot');
  assertNatural(draw, 'draw');
  words[0] = draw;
  words[1] = draw / TWO_TO_32;
  words[2] = shot;
  words[3] = shot / TWO_TO_32;
  permute(words, seed >>> 0, Math.floor(seed / TWO_TO_32));
}

/** The `draw`-th random number of a shot: uniform in [0, 1), a multiple of 2^-53. */
export function uniform(seed: number, shot: number, draw: number): number {
  uniformWords(seed, shot, draw, scratch);
  return ((scratch[0] as number) * 2 ** 21 + ((scratch[1] as number) >>> 11)) * 2 ** -53;
}
