/**
 * Seed and count of a fault run, from the environment: `FAULT_SEED=7 FAULT_ROUNDS=50 npm run test:faults`. The seed is
 * printed, so that a failure can be run again.
 */
export const FAULT_SEED = wholeNumber('FAULT_SEED', 20_261_122, 0, 2 ** 32 - 1);
/** How many times the longest loops go round; the default fits CI. */
export const FAULT_ROUNDS = wholeNumber('FAULT_ROUNDS', 10, 1, 100_000);

/** A share of the rounds, for loops of which one takes longer: at least once. */
export function roundsScaled(share: number): number {
  return Math.max(1, Math.round(FAULT_ROUNDS * share));
}

/** A typing error must not become `NaN` rounds, of which a loop makes none and passes. */
function wholeNumber(name: string, byDefault: number, min: number, max: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return byDefault;
  const value = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw new Error(`${name} must be a whole number from ${min} to ${max}, and is ${JSON.stringify(text)}`);
  return value;
}

/** mulberry32: 32 bits of state, enough to choose test inputs, and the same ones again for the same seed. */
export function generator(offset = 0): () => number {
  let state = (FAULT_SEED + offset) >>> 0;
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
