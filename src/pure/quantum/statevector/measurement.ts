import type { StateVector } from './state-vector.js';

/**
 * Terms added up before they join the total. A plain sum of 2^30 terms may be off by 2^30 roundings; in blocks it is off
 * by 2^12 + 2^18 of them at worst, 3e-11 in all.
 */
const BLOCK = 4096;

/** Σ|a|² over the block that starts at `start`. */
export function blockWeight({ re, im }: StateVector, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) {
    const a = re[i] as number;
    const b = im[i] as number;
    sum += a * a + b * b;
  }
  return sum;
}

/** Cumulative weight before each block of `BLOCK` amplitudes, and the whole at the end. Not normalised. */
export function cumulativeBlockWeights(state: StateVector): Float64Array {
  const blocks = Math.ceil(state.re.length / BLOCK);
  const cumulative = new Float64Array(blocks + 1);
  for (let block = 0; block < blocks; block++) {
    const start = block * BLOCK;
    cumulative[block + 1] = (cumulative[block] as number) + blockWeight(state, start, Math.min(start + BLOCK, state.re.length));
  }
  return cumulative;
}

export function blockStart(block: number): number {
  return block * BLOCK;
}

/** Weights of the two outcomes of measuring one qubit. Their sum is 1 but for rounding, which callers divide out. */
export function outcomeWeights(state: StateVector, qubit: number): readonly [number, number] {
  const stride = 2 ** qubit;
  const { length } = state.re;
  // Runs of equal outcome are cut at BLOCK for the same reason as above.
  const run = Math.min(stride, BLOCK);
  const weights: [number, number] = [0, 0];
  if (stride >= BLOCK) {
    for (let start = 0; start < length; start += run) {
      weights[(start / stride) & 1 ? 1 : 0] += blockWeight(state, start, start + run);
    }
    return weights;
  }
  for (let block = 0; block < length; block += BLOCK) {
    let zero = 0;
    let one = 0;
    for (let start = block; start < Math.min(block + BLOCK, length); start += 2 * stride) {
      zero += blockWeight(state, start, start + stride);
      one += blockWeight(state, start + stride, start + 2 * stride);
    }
    weights[0] += zero;
    weights[1] += one;
  }
  return weights;
}

/** Leaves only the amplitudes that agree with the outcome, scaled back to norm 1; `weight` is theirs before. */
export function collapse(state: StateVector, qubit: number, outcome: 0 | 1, weight: number): void {
  const { re, im } = state;
  const stride = 2 ** qubit;
  const scale = 1 / Math.sqrt(weight);
  for (let start = 0; start < re.length; start += 2 * stride) {
    const kept = start + outcome * stride;
    const lost = start + (1 - outcome) * stride;
    for (let i = kept; i < kept + stride; i++) {
      re[i] = (re[i] as number) * scale;
      im[i] = (im[i] as number) * scale;
    }
    // Exact zeros, not merely small: what cannot be must never be sampled.
    re.fill(0, lost, lost + stride);
    im.fill(0, lost, lost + stride);
  }
}
