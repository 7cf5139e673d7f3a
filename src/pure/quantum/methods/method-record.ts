import type { ThreadTeam } from '../dense/thread-team.js';
import type { ExecutionPlan } from '../sampling/execution-plan.js';
import type { PlanSampler } from '../sampling/plan-sampler.js';
import type { RunControl } from '../sampling/run-control.js';
import type { Precision } from '../statevector/state-vector.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { SimulatedState } from './quantum-state.js';

/** What a run of a method would take, in numbers that depend on the circuit alone. */
export interface MethodEstimate {
  /** Of one state at its largest. */
  readonly stateBytes: bigint;
  /** Of one evolution, in amplitudes touched: one gate on a state vector of n qubits costs 2^n. Infinity is allowed. */
  readonly cost: number;
  /** Evolutions that NOMINAL_SHOTS shots are expected to take where noise makes them differ; absent: 1. */
  readonly histories?: number;
}

/** Shots that methods are compared for. No run's own number: its parts would then choose differently from the whole. */
export const NOMINAL_SHOTS = 1024;

/** How a method runs all shots of some circuits together, measurements and noise on the way included, without a state to be shared. */
export interface RunTogether {
  takes(profile: CircuitProfile): boolean;
  /** Null for a circuit that it does not take. */
  sampler(part: { readonly plan: ExecutionPlan; readonly profile: CircuitProfile }, control: RunControl): PlanSampler | null;
}

/** A state on its way, the gates of the first `steps` steps done. */
export interface BegunRun {
  readonly state: SimulatedState;
  readonly steps: number;
}

/** A way of simulating. Why it refuses a circuit is for people, names the limit and needs no context. */
export interface MethodRecord {
  readonly summary: string;
  /** What it does with channels of noise: applies them to one state for all shots, or draws what they do to each. Absent: refuses. */
  readonly noise?: 'exact' | 'drawn';
  /** The estimate does part of the work to tell its price, as far as `costMax`. */
  readonly isTried?: true;
  /** Absent: it evolves states, and shots that share one share its evolution. */
  readonly together?: RunTogether;
  refusal(profile: CircuitProfile): string | null;
  /** A price above `costMax` may be told as Infinity. */
  estimate(profile: CircuitProfile, precision: Precision, costMax?: number): MethodEstimate;
  /**
   * What an estimate has already done of a run that evolves once: the state after so many steps of the profile, as one that was
   * created would be. Null: nothing that could be kept, or it has been taken.
   */
  begun?(profile: CircuitProfile, precision: Precision, team?: ThreadTeam): BegunRun | null;
  /** |0…0⟩ of the profile's qubits. The caller has asked `refusal` and compared `estimate` with its memory. The result does not depend on `team`. */
  create(profile: CircuitProfile, precision: Precision, team?: ThreadTeam): SimulatedState;
}
