import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString, SimulatedState } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import { AMPLITUDE_BYTES, SparseAmplitudes } from './sparse-amplitudes.js';
import { SparseGates } from './sparse-gates.js';
import { KeyValues, sampleSparse, sparseDensity, sparseExpectation, sparseWeights } from './sparse-read-out.js';

/** A state of few non-zero amplitudes, whatever the number of qubits. Throws SupportTooLarge when they become more than `amplitudesMax`. */
export class SparseState implements SimulatedState {
  readonly bytes: bigint;
  private readonly amplitudesStored: SparseAmplitudes;
  private readonly gates: SparseGates;

  constructor(readonly qubits: number, private readonly amplitudesMax: number) {
    this.amplitudesStored = new SparseAmplitudes(amplitudesMax);
    this.gates = new SparseGates(qubits, this.amplitudesStored);
    this.bytes = BigInt(amplitudesMax * AMPLITUDE_BYTES);
  }

  apply(gate: AppliedGate): void {
    this.gates.apply(gate);
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    return sparseWeights(this.finished(), this.gates, [qubit]) as unknown as readonly [number, number];
  }

  collapse(qubit: number, outcome: 0 | 1, weight: number): void {
    const amplitudes = this.finished();
    const values = new KeyValues(amplitudes, this.gates, [qubit]);
    amplitudes.keep((at) => values.bit(at, 0) === outcome, 1 / Math.sqrt(weight));
  }

  copy(): this {
    const copy = new SparseState(this.qubits, this.amplitudesMax) as this;
    copy.assign(this);
    return copy;
  }

  assign(from: this): void {
    this.amplitudesStored.assign(from.finished());
    this.gates.assign(from.gates);
  }

  clear(): void {
    this.amplitudesStored.clear();
    this.gates.clear();
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    return sampleSparse(this.finished(), this.gates, qubits, shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    const weights = sparseWeights(this.finished(), this.gates, qubits);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  }

  expectation(pauli: PauliString): number {
    return sparseExpectation(this.finished(), this.gates, pauli) / this.total();
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    const density = sparseDensity(this.finished(), this.gates, qubits);
    const total = this.total();
    return density.map((entry) => entry / total);
  }

  amplitudes(): Float64Array {
    const { re, im, count } = this.finished();
    const values = new KeyValues(this.amplitudesStored, this.gates, Array.from({ length: this.qubits }, (_, qubit) => qubit));
    const scale = 1 / Math.sqrt(this.total());
    const [cos, sin] = [scale * Math.cos(this.gates.phase), scale * Math.sin(this.gates.phase)];
    const all = new Float64Array(2 * 2 ** this.qubits);
    for (let at = 0; at < count; at++) {
      const [a, b, index] = [re[at] as number, im[at] as number, values.value(at)];
      all[2 * index] = a * cos - b * sin;
      all[2 * index + 1] = a * sin + b * cos;
    }
    return all;
  }

  /** Non-zero amplitudes now, once all gates are done. */
  get support(): number {
    return this.finished().count;
  }

  /** Non-zero amplitudes of what has been done so far; some gates may wait. */
  get stored(): number {
    return this.amplitudesStored.count;
  }

  /** Amplitudes gone through so far: what the run has cost. */
  get visits(): number {
    return this.amplitudesStored.visits;
  }

  private finished(): SparseAmplitudes {
    this.gates.finish();
    return this.amplitudesStored;
  }

  private total(): number {
    return sparseWeights(this.amplitudesStored, this.gates, [])[0] as number;
  }
}
