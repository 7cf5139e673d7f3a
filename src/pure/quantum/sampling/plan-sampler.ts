import type { OutcomeCounter } from './counts.js';
import type { Abandoned, ShotRange } from './run-control.js';

/** A plan and all that is needed to run it. Shots may be asked for in several parts, which are the same as one. */
export interface PlanSampler {
  /** Null: all of the shots have been told. */
  sample(shots: ShotRange, counter: OutcomeCounter): Abandoned | null;
}
