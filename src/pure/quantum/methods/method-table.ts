import { DENSITY_MATRIX } from '../density/density-method.js';
import { MATRIX_PRODUCT_STATE } from '../mps/mps-method.js';
import { TRAJECTORIES } from '../noise/trajectories-method.js';
import { SPARSE } from '../sparse/sparse-method.js';
import { SPARSE_TO_DENSE } from '../sparse/sparse-to-dense-method.js';
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
  'sparse-to-dense': SPARSE_TO_DENSE,
  'matrix-product-state': MATRIX_PRODUCT_STATE,
  'density-matrix': DENSITY_MATRIX,
  trajectories: TRAJECTORIES,
} as const satisfies Readonly<Record<string, MethodRecord>>;

export type Method = keyof typeof METHODS;

/** Of a run whose connected parts have taken different methods. */
export const PER_COMPONENT = 'per-component';
/** What a run says that it was done by, and can be asked to be done by again. */
export type RunMethod = Method | typeof PER_COMPONENT;
/** `automatic`: the cheapest that can run the circuit, or each connected part of it. */
export type MethodChoice = RunMethod | 'automatic';

export const METHOD_NAMES = Object.keys(METHODS) as readonly Method[];

export function methodNamed(name: Method): MethodRecord {
  return METHODS[name];
}

const WITH_NOISE = METHOD_NAMES.filter((name) => methodNamed(name).noise !== undefined).join(', ').replace(/, (?!.*, )/, ' and ');

/** Why a method does not run a circuit, or null. */
export function refusalBy(name: Method, profile: CircuitProfile): string | null {
  const record = methodNamed(name);
  if (profile.channels > 0 && record.noise === undefined) return `The ${name} method has no noise; ${WITH_NOISE} have.`;
  return record.refusal(profile);
}

/** One evolution of the state serves all shots. */
export function evolvesOnce(name: Method, profile: CircuitProfile): boolean {
  const { noise, together } = methodNamed(name);
  return (profile.isTerminal && (profile.channels === 0 || noise === 'exact')) || together?.takes(profile) === true;
}

/** Evolutions that NOMINAL_SHOTS shots may take where measurements make them differ. */
function branchesOf(name: Method, profile: CircuitProfile): number {
  return profile.isTerminal || evolvesOnce(name, profile) ? 1 : Math.min(NOMINAL_SHOTS, 2 ** profile.draws);
}

/** What NOMINAL_SHOTS shots cost by a method that takes the circuit. Beyond `costMax` it need not be told. */
export function wholeCost(name: Method, profile: CircuitProfile, costMax = Infinity): number {
  const branches = branchesOf(name, profile);
  const { cost, histories = 1 } = methodNamed(name).estimate(profile, 'double', costMax / branches);
  return cost * Math.max(histories, branches);
}

/** In the order of their questions: those that try the circuit to tell their price come last, and need not win by more than the others have left. */
const QUESTIONS: readonly Method[] = METHOD_NAMES.toSorted((a, b) => Number(methodNamed(a).isTried ?? false) - Number(methodNamed(b).isTried ?? false));

/**
 * The method of least cost among those that can run the circuit; on equal cost the one that is asked first. Null if
 * none can, or only such whose price cannot be told. A pure function of the circuit, so that a repeated run is run the same way (DESIGN §2, promise 5).
 */
export function cheapestMethod(profile: CircuitProfile): Method | null {
  let cheapest: Method | null = null;
  let least = Infinity;
  for (const name of QUESTIONS) {
    if (refusalBy(name, profile) !== null) continue;
    const whole = wholeCost(name, profile, least);
    if (whole < least) [cheapest, least] = [name, whole];
  }
  return cheapest;
}
