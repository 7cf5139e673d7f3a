import type { SimulatedState } from '../methods/quantum-state.js';

/** A state of norm 1 by the amplitudes that are not zero: the values of all qubits as an index, bit j of which is qubit j. */
export interface StateEntries {
  readonly indices: Int32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A state vector, which can go on from what another method has found. */
export interface WholeState extends SimulatedState {
  /** Whatever the state was before. */
  startFrom(entries: StateEntries): void;
}
