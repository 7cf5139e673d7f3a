import { MATRIX_PRODUCT_STATE } from '../mps/mps-method.js';
import { SPARSE } from '../sparse/sparse-method.js';
import { STABILIZER } from '../stabilizer/stabilizer-method.js';
import { STATE_VECTOR } from '../statevector/statevector-method.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { MethodRecord } from './method-record.js';

/** Every way of simulating a circuit, by the name that requests and results carry. */
export const METHODS = {
  statevector: STATE_VECTOR,
  stabilizer: STABILIZER,
  sparse: SPARSE,
  'matrix-product-state': MATRIX_PRODUCT_STATE,
} as const satisfies Readonly<Record<string, MethodRecord>>;

export type Method = keyof typeof METHODS;

export const METHOD_NAMES = Object.keys(METHODS) as readonly Method[];

/**
 * The method of least cost among those that can run the circuit; on equal cost the one that stands first in the table.
 * Null if none can, or only such whose price cannot be told. A pure function of the circuit, so that a repeated run is run the same way (DESIGN §2, promise 5).
 */
export function cheapestMethod(profile: CircuitProfile): Method | null {
  let cheapest: Method | null = null;
  let least = Infinity;
  for (const name of METHOD_NAMES) {
    if (METHODS[name].refusal(profile) !== null) continue;
    const { cost } = METHODS[name].estimate(profile, 'double');
    if (cost < least) [cheapest, least] = [name, cost];
  }
  return cheapest;
}
