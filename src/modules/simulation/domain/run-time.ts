import type { Method } from '#pure/quantum/methods/method-table.js';
import type { RunWork } from './run-cost.js';

/**
 * Updates of an amplitude that one core makes in a second, by method, and where one state evolves for all shots: the
 * powers of ten of what was measured (programs of 8 to 20 qubits on a shared machine of 2026). Constants, so that the
 * same request is told the same time by every server; no run is held to it.
 */
const UPDATES_PER_SECOND: Readonly<Record<Method, number>> = {
  statevector: 1e9,
  stabilizer: 2e8,
  sparse: 1e7,
  'sparse-to-dense': 1e9,
  'matrix-product-state': 1e9,
  'density-matrix': 5e7,
  trajectories: 1e8,
};

/** States that part ways at measurements are small, or there would be no room for many: no passes over memory are saved. */
const BRANCHING_SLOWER = 10;
/** Parsing, planning and storing of the smallest program. */
const FIXED_SECONDS = 0.005;
/** Of drawing one bit of one shot and counting it. */
const BIT_SECONDS = 1e-7;

function evolvingSeconds({ method, cost, evolutionsMax }: RunWork, shots: number): number {
  const evolutions = Math.min(evolutionsMax, shots);
  return (cost * evolutions * (method === 'statevector' && evolutions > 1 ? BRANCHING_SLOWER : 1)) / UPDATES_PER_SECOND[method];
}

/** Seconds to two digits, and no more is known of them; null where a method cannot tell beforehand what it will take. */
export function secondsOf(work: readonly RunWork[], qubits: number, shots: number): number | null {
  const evolving = work.reduce((sum, part) => sum + evolvingSeconds(part, shots), 0);
  const seconds = FIXED_SECONDS + evolving + shots * qubits * BIT_SECONDS;
  return Number.isFinite(seconds) ? Number(seconds.toPrecision(2)) : null;
}
