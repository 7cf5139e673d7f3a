/** What the planner knows of a run's length before it begins. */
export interface RunWork {
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
export function costOf({ cost, evolutionsMax }: RunWork, shots: number): number {
  const updates = cost * Math.min(evolutionsMax, shots);
  return Math.min(Math.max(1, Math.ceil(updates / UPDATES_PER_UNIT)), Number.MAX_SAFE_INTEGER);
}
