import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString } from '../methods/quantum-state.js';
import { matrixOfGate } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import { applyGate } from './apply-gate.js';
import type { GateShape, KernelGate } from './kernel-gate.js';
import { placeGate, shapeOf } from './kernel-gate.js';
import { collapse, outcomeWeights } from './measurement.js';
import { amplitudesOf, expectationOf, probabilitiesOf, reducedDensityMatrixOf } from './read-out.js';
import { sampleStateVector } from './sample-state.js';
import type { StateEntries, WholeState } from './state-entries.js';
import type { Precision, StateVector } from './state-vector.js';
import { clearStateVector, copyStateVector, createStateVector, stateBytes } from './state-vector.js';

/** Gates as the kernels take them, each found once: a branch that runs again meets the same objects again. */
class KernelCache {
  private readonly placed = new WeakMap<AppliedGate, KernelGate>();
  /** By name or stated matrix: gates without parameters have one shape; the shape of others may depend on their angles. */
  private readonly constant = new Map<string | Matrix, GateShape>();

  kernel(gate: AppliedGate): KernelGate {
    const known = this.placed.get(gate);
    if (known !== undefined) return known;
    const kernel = placeGate(this.shape(gate), gate.qubits);
    this.placed.set(gate, kernel);
    return kernel;
  }

  private shape(gate: AppliedGate): GateShape {
    const key = gate.matrix ?? gate.name;
    const known = this.constant.get(key);
    if (known !== undefined) return known;
    const shape = shapeOf(matrixOfGate(gate));
    if (gate.parameters.length === 0) this.constant.set(key, shape);
    return shape;
  }
}

/** The state vector by plain loops over typed arrays, one sweep a gate. */
export class PlainState implements WholeState {
  readonly bytes: bigint;
  private readonly vector: StateVector;

  constructor(readonly qubits: number, private readonly precision: Precision, private readonly kernels = new KernelCache()) {
    this.vector = createStateVector(qubits, precision);
    this.bytes = stateBytes(qubits, precision);
  }

  apply(gate: AppliedGate): void {
    applyGate(this.vector, this.kernels.kernel(gate));
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    return outcomeWeights(this.vector, qubit);
  }

  collapse(qubit: number, outcome: 0 | 1, weight: number): void {
    collapse(this.vector, qubit, outcome, weight);
  }

  copy(): this {
    const copy = new PlainState(this.qubits, this.precision, this.kernels) as this;
    copy.assign(this);
    return copy;
  }

  assign(from: this): void {
    copyStateVector(from.vector, this.vector);
  }

  clear(): void {
    clearStateVector(this.vector);
  }

  startFrom({ indices, re, im }: StateEntries): void {
    this.clear();
    this.vector.re[0] = 0;
    indices.forEach((index, at) => {
      this.vector.re[index] = re[at] as number;
      this.vector.im[index] = im[at] as number;
    });
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    return sampleStateVector(this.vector, qubits, shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    return probabilitiesOf(this.vector, qubits);
  }

  expectation(pauli: PauliString): number {
    return expectationOf(this.vector, pauli);
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    return reducedDensityMatrixOf(this.vector, qubits);
  }

  amplitudes(): Float64Array {
    return amplitudesOf(this.vector);
  }
}
