import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import { dimensionOf } from '../gates/matrix.js';
import type { AppliedChannel, AppliedGate, OutcomeSink, PauliString, SimulatedState } from '../methods/quantum-state.js';
import { matrixOfGate } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import { applyGate } from '../statevector/apply-gate.js';
import type { KernelGate } from '../statevector/kernel-gate.js';
import { placeGate, shapeOf } from '../statevector/kernel-gate.js';
import { collapse, outcomeWeights } from '../statevector/measurement.js';
import { pauliMasks, probabilitiesOf, restOf, spread } from '../statevector/read-out.js';
import { sampleStateVector } from '../statevector/sample-state.js';
import type { Precision, StateVector } from '../statevector/state-vector.js';
import { clearStateVector, copyStateVector, createStateVector, stateBytes } from '../statevector/state-vector.js';

function conjugate(matrix: Matrix): Matrix {
  return matrix.map((entry, k) => (k & 1 ? -entry : entry));
}

/** Σ K ⊗ K*: the channel as a matrix on the bits of the row (the low ones) and of the column. */
export function superoperatorOf(kraus: readonly Matrix[]): Matrix {
  const size = dimensionOf(kraus[0] as Matrix);
  const whole = size * size;
  const sum = new Float64Array(2 * whole * whole);
  for (const matrix of kraus) {
    for (let to = 0; to < whole; to++) {
      for (let from = 0; from < whole; from++) {
        const row = 2 * ((to % size) * size + (from % size));
        const column = 2 * (Math.floor(to / size) * size + Math.floor(from / size));
        const [a, b, c, d] = [matrix[row] as number, matrix[row + 1] as number, matrix[column] as number, -(matrix[column + 1] as number)];
        (sum[2 * (to * whole + from)] as number) += a * c - b * d;
        (sum[2 * (to * whole + from) + 1] as number) += a * d + b * c;
      }
    }
  }
  return sum;
}

/**
 * The density matrix, kept as a vector over twice the qubits: bit q of an index is qubit q of the row, bit n + q that of
 * the column. A gate is U on the one and U* on the other; a channel is one matrix on both. So the kernels, their
 * precision and their memory are those of a state vector.
 */
export class DensityState implements SimulatedState {
  readonly bytes: bigint;
  private readonly vector: StateVector;

  constructor(
    readonly qubits: number, private readonly precision: Precision,
    private readonly kernels = new WeakMap<AppliedGate | AppliedChannel, readonly KernelGate[]>(),
  ) {
    this.vector = createStateVector(2 * qubits, precision);
    this.bytes = stateBytes(2 * qubits, precision);
  }

  apply(gate: AppliedGate): void {
    this.run(gate, () => {
      const matrix = matrixOfGate(gate);
      return [placeGate(shapeOf(matrix), gate.qubits), placeGate(shapeOf(conjugate(matrix)), this.columnsOf(gate.qubits))];
    });
  }

  applyChannel(channel: AppliedChannel): void {
    this.run(channel, () => [placeGate(shapeOf(superoperatorOf(channel.kraus)), [...channel.qubits, ...this.columnsOf(channel.qubits)])]);
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    return outcomeWeights(this.diagonal(), qubit);
  }

  collapse(qubit: number, outcome: 0 | 1, weight: number): void {
    // The kernel for vectors divides by √weight, for each of the two.
    collapse(this.vector, qubit, outcome, weight);
    collapse(this.vector, this.qubits + qubit, outcome, weight);
  }

  copy(): this {
    const copy = new DensityState(this.qubits, this.precision, this.kernels) as this;
    copy.assign(this);
    return copy;
  }

  assign(from: this): void {
    copyStateVector(from.vector, this.vector);
  }

  clear(): void {
    clearStateVector(this.vector);
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    return sampleStateVector(this.diagonal(), qubits, shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    return probabilitiesOf(this.diagonal(), qubits);
  }

  /** tr(P·ρ): each column of P has one entry, i^(number of Y) · (-1)^parity(index & z) in the row index ^ x. */
  expectation(pauli: PauliString): number {
    const { re, im } = this.vector;
    const { x, z, turns } = pauliMasks(pauli);
    let [sumRe, sumIm] = [0, 0];
    for (let index = 0; index < 2 ** this.qubits; index++) {
      const at = index + (index ^ x) * 2 ** this.qubits;
      const sign = parity(index & z) === 1 ? -1 : 1;
      sumRe += sign * (re[at] as number);
      sumIm += sign * (im[at] as number);
    }
    return ([sumRe, -sumIm, -sumRe, sumIm][turns % 4] as number) / this.trace();
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    const { re, im } = this.vector;
    const offsets = spread(qubits);
    const size = offsets.length;
    const density = new Float64Array(2 * size * size);
    for (const base of restOf(2 ** this.qubits, qubits)) {
      for (let row = 0, k = 0; row < size; row++) {
        for (let column = 0; column < size; column++, k += 2) {
          const at = base + (offsets[row] as number) + (base + (offsets[column] as number)) * 2 ** this.qubits;
          (density[k] as number) += re[at] as number;
          (density[k + 1] as number) += im[at] as number;
        }
      }
    }
    const trace = this.trace();
    return density.map((entry) => entry / trace);
  }

  /** A mixed state has none. */
  amplitudes(): null {
    return null;
  }

  private columnsOf(qubits: readonly number[]): readonly number[] {
    return qubits.map((qubit) => this.qubits + qubit);
  }

  private run(step: AppliedGate | AppliedChannel, place: () => readonly KernelGate[]): void {
    const kernels = this.kernels.get(step) ?? place();
    this.kernels.set(step, kernels);
    for (const kernel of kernels) applyGate(this.vector, kernel);
  }

  private trace(): number {
    let sum = 0;
    for (let index = 0; index < 2 ** this.qubits; index++) sum += this.vector.re[index * (1 + 2 ** this.qubits)] as number;
    return sum;
  }

  /** The pure state that is measured alike: what reads probabilities off a state vector reads them off this. */
  private diagonal(): StateVector {
    const pure = createStateVector(this.qubits, 'double');
    // Rounding may leave a probability of 0 below it.
    for (let index = 0; index < pure.re.length; index++) pure.re[index] = Math.sqrt(Math.max(0, this.vector.re[index * (1 + 2 ** this.qubits)] as number));
    return pure;
  }
}
