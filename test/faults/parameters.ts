/**
 * Seed and count of a fault run, from the environment: `FAULT_SEED=7 FAULT_ROUNDS=50 npm run test:faults`. The seed is
 * printed, so that a failure can be run again.
 */
const seed = Number(process.env['FAULT_SEED'] ?? 20_261_122);

export const FAULT_SEED = seed;
/** How many times the longest loops go round; the default fits CI. */
export const FAULT_ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 10);

/** mulberry32: 32 bits of state, enough to choose test inputs, and the same ones again for the same seed. */
export function generator(offset = 0): () => number {
  let state = (seed + offset) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!;
}
