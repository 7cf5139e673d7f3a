import type { ClassicalExpression } from '../circuit/classical-expression.js';
import type { AppliedChannel, AppliedGate } from '../methods/quantum-state.js';
import type { ReadoutError } from '../noise/planned-noise.js';

/** The bits of an `if`, compared one by one. Steps of one `if` share the object and are decided together. */
export interface PlannedCondition {
  readonly offset: number;
  /** Bit `offset + i` must equal element i. */
  readonly expected: Uint8Array;
}

export type PlanStep =
  | { readonly kind: 'gate'; readonly gate: AppliedGate; readonly condition: PlannedCondition | null }
  /** Under the condition of the gate that it follows. */
  | { readonly kind: 'channel'; readonly channel: AppliedChannel; readonly condition: PlannedCondition | null }
  /** `qubit` null: a qubit that nothing touched, so the outcome is 0. */
  | { readonly kind: 'measure'; readonly qubit: number | null; readonly bit: number; readonly readout: ReadoutError | null; readonly condition: PlannedCondition | null }
  | { readonly kind: 'reset'; readonly qubit: number; readonly condition: PlannedCondition | null }
  | ControlStep;

/**
 * Branches and loops, laid out flat: the steps of a plan are one list, in which a shot's place is one number, however
 * deeply its program nests. `to` is the index of the step to go on with.
 */
export type ControlStep =
  | { readonly kind: 'assign'; readonly bits: readonly number[]; readonly value: ClassicalExpression }
  | { readonly kind: 'jump-unless'; readonly condition: ClassicalExpression; readonly to: number }
  | { readonly kind: 'jump'; readonly to: number }
  /** The loop's rounds are counted from 0 again. */
  | { readonly kind: 'enter'; readonly loop: number; readonly iterationsMax: number }
  /** Back for another round, of which there may be `iterationsMax`. */
  | { readonly kind: 'repeat'; readonly loop: number; readonly iterationsMax: number; readonly to: number };
