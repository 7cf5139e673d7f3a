import type { ThreadTeam } from '../dense/thread-team.js';
import type { Precision } from '../statevector/state-vector.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { SimulatedState } from './quantum-state.js';

/** What a run of a method would take, in numbers that depend on the circuit alone. */
export interface MethodEstimate {
  /** Of one state at its largest. */
  readonly stateBytes: bigint;
  /** Of one evolution, in amplitudes touched: one gate on a state vector of n qubits costs 2^n. Infinity is allowed. */
  readonly cost: number;
}

/** A way of simulating. Why it refuses a circuit is for people, names the limit and needs no context. */
export interface MethodRecord {
  readonly summary: string;
  refusal(profile: CircuitProfile): string | null;
  estimate(profile: CircuitProfile, precision: Precision): MethodEstimate;
  /** |0…0⟩ of the profile's qubits. The caller has asked `refusal` and compared `estimate` with its memory. The result does not depend on `team`. */
  create(profile: CircuitProfile, precision: Precision, team?: ThreadTeam): SimulatedState;
}
