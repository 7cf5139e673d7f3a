import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString, SimulatedState } from '../methods/quantum-state.js';
import type { StateEntries } from '../statevector/state-entries.js';
import type { ShotRange } from '../sampling/run-control.js';
import { AMPLITUDE_BYTES, SparseAmplitudes } from './sparse-amplitudes.js';
import { SparseGates } from './sparse-gates.js';
import { KeyValues, sampleSparse, sparseDensity, sparseExpectation, sparseWeights } from './sparse-read-out.js';

/** Of a run: some 80 MiB. */
export const AMPLITUDES_MAX = 2 ** 20;

/** A state of few non-zero amplitudes, whatever the number of qubits. Throws SupportTooLarge when they become more than `amplitudesMax`. */
export class SparseState implements SimulatedState {
  readonly bytes: bigint;
  private readonly amplitudesStored: SparseAmplitudes;
  private readonly gates: SparseGates;

  constructor(readonly qubits: number, private readonly amplitudesMax = AMPLITUDES_MAX) {
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
    const { indices, re, im } = this.entries();
    const scale = 1 / Math.sqrt(this.total());
    const all = new Float64Array(2 * 2 ** this.qubits);
    indices.forEach((index, at) => {
      all[2 * index] = scale * (re[at] as number);
      all[2 * index + 1] = scale * (im[at] as number);
    });
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

  /** Dimension of what a state vector would have written by now, zeros included. */
  get reached(): number {
    return this.gates.reach.dimension;
  }

  /** What a state vector goes on from; for 31 qubits at most. */
  entries(): StateEntries {
    const { re, im, count } = this.finished();
    const values = new KeyValues(this.amplitudesStored, this.gates, Array.from({ length: this.qubits }, (_, qubit) => qubit));
    const [cos, sin] = [Math.cos(this.gates.phase), Math.sin(this.gates.phase)];
    const entries = { indices: new Int32Array(count), re: new Float64Array(count), im: new Float64Array(count) };
    for (let at = 0; at < count; at++) {
      const a = re[at] as number;
      const b = im[at] as number;
      entries.indices[at] = values.value(at);
      entries.re[at] = a * cos - b * sin;
      entries.im[at] = a * sin + b * cos;
    }
    return entries;
  }

  private finished(): SparseAmplitudes {
    this.gates.finish();
    return this.amplitudesStored;
  }

  private total(): number {
    return sparseWeights(this.amplitudesStored, this.gates, [])[0] as number;
  }
}
