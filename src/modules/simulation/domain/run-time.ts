import type { Method } from '#pure/quantum/methods/method-table.js';
import type { RunWork } from './run-cost.js';

/** What the planner knows of a part, and its time is told by. */
export interface TimedWork extends RunWork {
  /** Of one evolution: gates, measurements, resets and channels. */
  readonly steps: number;
  /** Of shots after the first, how many are expected to evolve by themselves. */
  readonly evolutionShare: number;
}

interface Pace {
  /** Seconds of reading, planning and placing one step. */
  readonly step: number;
  /** Updates of an amplitude, or what takes as long, that one core makes in a second where one evolution serves all shots. */
  readonly once: number;
  /** And where shots part ways: many small states, none of which is worth a plan. */
  readonly parting: number;
}

/**
 * Measured by `run-time.bench.ts` (CPU seconds of one thread on a shared machine of 2026), which prints how far the
 * estimate is from a run: within a factor of four for the circuits there, but for those that turn out easier than their
 * size, as where fewer shots part ways than measurements would let them. Constants, so that the same request is told the same time by every server; no run is held to it.
 */
const PACES: Readonly<Record<Method, Pace>> = {
  statevector: { step: 5e-6, once: 1.2e10, parting: 1e9 },
  stabilizer: { step: 1e-6, once: 2e9, parting: 2e9 },
  sparse: { step: 5e-6, once: 8e9, parting: 8e9 },
  'sparse-to-dense': { step: 5e-6, once: 1.2e10, parting: 1e9 },
  'matrix-product-state': { step: 5e-6, once: 5e9, parting: 5e9 },
  'density-matrix': { step: 5e-6, once: 1.3e8, parting: 1.3e8 },
  trajectories: { step: 5e-6, once: 1e9, parting: 1e9 },
};

/** Planning and storing of the smallest program. */
const FIXED_SECONDS = 0.004;
/** Of doing a step again on a small state. */
const REPEATED_SECONDS = 5e-7;
/** Of drawing one bit of one shot and counting it. */
const BIT_SECONDS = 4e-8;

function evolvingSeconds({ method, cost, evolutionsMax, evolutionShare, steps }: TimedWork, shots: number): number {
  const evolutions = Math.min(evolutionsMax, 1 + evolutionShare * (shots - 1));
  const { step, once, parting } = PACES[method];
  return steps * step + (evolutionsMax === 1 ? cost / once : evolutions * (steps * REPEATED_SECONDS + cost / parting));
}

/** Seconds to two digits, and no more is known of them; null where a method cannot tell beforehand what it will take. */
export function secondsOf(work: readonly TimedWork[], qubits: number, shots: number): number | null {
  const evolving = work.reduce((sum, part) => sum + evolvingSeconds(part, shots), 0);
  const seconds = FIXED_SECONDS + evolving + shots * qubits * BIT_SECONDS;
  return Number.isFinite(seconds) ? Number(seconds.toPrecision(2)) : null;
}
