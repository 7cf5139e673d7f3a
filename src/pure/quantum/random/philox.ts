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
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carried = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)) >>> 0;
}

/** Four 32-bit words for a counter of four and a key of two, all unsigned. */
export function philox4x32(counter: Counter, key: Key): Counter {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Largest seed: what a JSON number carries exactly. */
export const SEED_MAX = Number.MAX_SAFE_INTEGER;

const TWO_TO_32 = 2 ** 32;

function assertNatural(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} must be an integer from 0 to 2^53-1`);
}

/**
 * The `draw`-th random number of a shot: uniform in [0, 1), a multiple of 2^-53.
 * Counter layout, part of the engine version: draw (2 words), shot (2 words); key: seed. All low word first.
 */
export function uniform(seed: number, shot: number, draw: number): number {
  assertNatural(seed, 'seed');
  assertNatural(shot, 'shot');
  assertNatural(draw, 'draw');
  const [high, low] = philox4x32(
    [draw >>> 0, Math.floor(draw / TWO_TO_32), shot >>> 0, Math.floor(shot / TWO_TO_32)],
    [seed >>> 0, Math.floor(seed / TWO_TO_32)],
  );
  return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
}
