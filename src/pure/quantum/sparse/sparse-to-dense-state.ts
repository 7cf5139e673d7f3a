import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString, SimulatedState } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import type { WholeState } from '../statevector/state-entries.js';
import type { SparseState } from './sparse-state.js';

/**
 * Begins with the amplitudes that are not zero and goes over to a state vector when they are more than `amplitudesMax`:
 * after the gate that made them so, and for good, though a later one may take them away again.
 */
export class SparseToDenseState implements SimulatedState {
  readonly qubits: number;
  private whole: WholeState | null = null;

  constructor(private sparse: SparseState, readonly bytes: bigint, private readonly amplitudesMax: number, private readonly createWhole: () => WholeState) {
    this.qubits = sparse.qubits;
    this.goOver();
  }

  /** Of the arithmetic in the end: nothing before it depends on the machine. */
  get kernelVariant(): string {
    return this.whole?.kernelVariant ?? 'plain';
  }

  apply(gate: AppliedGate): void {
    this.state.apply(gate);
    this.goOver();
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    return this.state.outcomeWeights(qubit);
  }

  collapse(qubit: number, outcome: 0 | 1, weight: number): void {
    this.state.collapse(qubit, outcome, weight);
  }

  copy(): this {
    const copy = new SparseToDenseState(this.sparse.copy(), this.bytes, this.amplitudesMax, this.createWhole) as this;
    copy.whole = this.whole?.copy() ?? null;
    return copy;
  }

  assign(from: this): void {
    this.sparse.assign(from.sparse);
    if (from.whole === null) {
      this.leaveWhole();
    } else {
      this.whole ??= this.createWhole();
      this.whole.assign(from.whole);
    }
  }

  clear(): void {
    this.sparse.clear();
    this.leaveWhole();
  }

  release(): void {
    this.leaveWhole();
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    return this.state.sample(qubits, shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    return this.state.probabilities(qubits);
  }

  expectation(pauli: PauliString): number {
    return this.state.expectation(pauli);
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    return this.state.reducedDensityMatrix(qubits);
  }

  amplitudes(): Float64Array | null {
    return this.state.amplitudes();
  }

  /** Whether it has gone over. */
  get isWhole(): boolean {
    return this.whole !== null;
  }

  private get state(): SimulatedState {
    return this.whole ?? this.sparse;
  }

  private goOver(): void {
    if (this.whole !== null || this.sparse.stored <= this.amplitudesMax) return;
    this.whole = this.createWhole();
    this.whole.startFrom(this.sparse.entries());
    // They are in the state vector now.
    this.sparse.clear();
  }

  private leaveWhole(): void {
    this.whole?.release?.();
    this.whole = null;
  }
}
