import type { Method } from '#pure/quantum/methods/method-table.js';

/** What the planner knows, before a run begins, of the length of one of its parts that nothing connects. */
export interface RunWork {
  readonly method: Method;
  /** Of one evolution, in updates of an amplitude or what takes as long. */
  readonly cost: number;
  /** Evolutions of the whole state at most; 1 where all measurements come last. */
  readonly evolutionsMax: number;
}

/**
 * Updates of an amplitude that make one unit: some milliseconds of one core. A gate visits every amplitude of a state
 * vector once, so a run of it is operations × 2^qubits updates for each evolution, of which there is none without a shot.
 */
const UPDATES_PER_UNIT = 2 ** 20;

/** In units, at least 1: what the submission is charged for. An upper bound, since branches meet no more often than shots come by. */
export function costOf(work: readonly RunWork[], shots: number): number {
  const updates = work.reduce((sum, { cost, evolutionsMax }) => sum + cost * Math.min(evolutionsMax, shots), 0);
  return Math.min(Math.max(1, Math.ceil(updates / UPDATES_PER_UNIT)), Number.MAX_SAFE_INTEGER);
}

/** The sum; beyond what numbers hold exactly it is as good as that, for nobody can pay more. */
export function costOfAll(works: readonly (readonly RunWork[])[], shots: number): number {
  return Math.min(works.reduce((sum, work) => sum + costOf(work, shots), 0), Number.MAX_SAFE_INTEGER);
}
