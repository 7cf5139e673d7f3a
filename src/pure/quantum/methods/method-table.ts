import { DENSITY_MATRIX } from '../density/density-method.js';
import { MATRIX_PRODUCT_STATE } from '../mps/mps-method.js';
import { TRAJECTORIES } from '../noise/trajectories-method.js';
import { SPARSE } from '../sparse/sparse-method.js';
import { STABILIZER } from '../stabilizer/stabilizer-method.js';
import { STATE_VECTOR } from '../statevector/statevector-method.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { MethodRecord } from './method-record.js';
import { NOMINAL_SHOTS } from './method-record.js';

/** Every way of simulating a circuit, by the name that requests and results carry. */
export const METHODS = {
  statevector: STATE_VECTOR,
  stabilizer: STABILIZER,
  sparse: SPARSE,
  'matrix-product-state': MATRIX_PRODUCT_STATE,
  'density-matrix': DENSITY_MATRIX,
  trajectories: TRAJECTORIES,
} as const satisfies Readonly<Record<string, MethodRecord>>;

export type Method = keyof typeof METHODS;

export const METHOD_NAMES = Object.keys(METHODS) as readonly Method[];

export function methodNamed(name: Method): MethodRecord {
  return METHODS[name];
}

/** Why a method does not run a circuit, or null. */
export function refusalBy(name: Method, profile: CircuitProfile): string | null {
  const record = methodNamed(name);
  if (profile.channels > 0 && record.noise === undefined) {
    return `The ${name} method has no noise; ${METHOD_NAMES.filter((other) => methodNamed(other).noise !== undefined).join(' and ')} have.`;
  }
  return record.refusal(profile);
}

/** One evolution of the state serves all shots. */
export function evolvesOnce(name: Method, { isTerminal, channels }: CircuitProfile): boolean {
  return isTerminal && (channels === 0 || methodNamed(name).noise === 'exact');
}

/**
 * The method of least cost among those that can run the circuit; on equal cost the one that stands first in the table.
 * Null if none can, or only such whose price cannot be told. A pure function of the circuit, so that a repeated run is run the same way (DESIGN §2, promise 5).
 */
export function cheapestMethod(profile: CircuitProfile): Method | null {
  const branches = profile.isTerminal ? 1 : Math.min(NOMINAL_SHOTS, 2 ** profile.draws);
  let cheapest: Method | null = null;
  let least = Infinity;
  for (const name of METHOD_NAMES) {
    if (refusalBy(name, profile) !== null) continue;
    const { cost, histories = 1 } = methodNamed(name).estimate(profile, 'double');
    const whole = cost * Math.max(histories, branches);
    if (whole < least) [cheapest, least] = [name, whole];
  }
  return cheapest;
}
