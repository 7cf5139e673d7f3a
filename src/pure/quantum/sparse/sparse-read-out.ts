import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import type { OutcomeSink, PauliString } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import { drawPoints } from '../statevector/sample-state.js';
import type { SparseAmplitudes } from './sparse-amplitudes.js';
import type { SparseGates } from './sparse-gates.js';

/** Bits of more than 31 qubits do not fit a word: the values of qubits at the stored keys are asked one by one. */
export class KeyValues {
  private readonly frames: readonly ReturnType<SparseGates['frameOf']>[];

  constructor(private readonly amplitudes: SparseAmplitudes, gates: SparseGates, qubits: readonly number[]) {
    this.frames = qubits.map((qubit) => gates.frameOf(qubit));
  }

  /** Of the j-th of the qubits. */
  bit(at: number, j: number): number {
    const { rowLow, rowHigh, flip } = this.frames[j] as ReturnType<SparseGates['frameOf']>;
    return parity(((this.amplitudes.low[at] as number) & rowLow) ^ ((this.amplitudes.high[at] as number) & rowHigh)) ^ flip;
  }

  /** Of all of them, the j-th as bit j: for 31 qubits at most. */
  value(at: number): number {
    let value = 0;
    for (let j = 0; j < this.frames.length; j++) value |= this.bit(at, j) << j;
    return value;
  }
}

/** Weight before each stored amplitude, and of all at the end. */
function cumulativeWeights({ re, im, count }: SparseAmplitudes): Float64Array {
  const cumulative = new Float64Array(count + 1);
  for (let at = 0; at < count; at++) cumulative[at + 1] = (cumulative[at] as number) + (re[at] as number) ** 2 + (im[at] as number) ** 2;
  return cumulative;
}

/** Each shot's first random number picks an amplitude. False if the sink had enough. */
export function sampleSparse(amplitudes: SparseAmplitudes, gates: SparseGates, qubits: readonly number[], range: ShotRange, sink: OutcomeSink): boolean {
  const values = new KeyValues(amplitudes, gates, qubits);
  const cumulative = cumulativeWeights(amplitudes);
  const total = cumulative[amplitudes.count] as number;
  const bits = new Uint8Array(qubits.length);
  const { points, shots } = drawPoints(range, sink.wantsShots);
  // Kept weights are 1e-24 at least and may still add nothing to the sum: such an amplitude's interval is empty.
  const isBelow = (at: number, point: number) => at + 1 < amplitudes.count && (cumulative[at + 1] as number) <= point * total;
  for (let start = 0, end = 0, at = 0; start < points.length; start = end) {
    while (isBelow(at, points[start] as number)) at++;
    for (end = start + 1; end < points.length && !isBelow(at, points[end] as number);) end++;
    for (let j = 0; j < bits.length; j++) bits[j] = values.bit(at, j);
    if (!sink.add(bits, end - start, shots?.subarray(start, end) ?? null)) return false;
  }
  return true;
}

/** Σ|amplitude|² by the value of `qubits`, not normalised. */
export function sparseWeights(amplitudes: SparseAmplitudes, gates: SparseGates, qubits: readonly number[]): Float64Array {
  const { re, im, count } = amplitudes;
  const values = new KeyValues(amplitudes, gates, qubits);
  const weights = new Float64Array(2 ** qubits.length);
  for (let at = 0; at < count; at++) (weights[values.value(at)] as number) += (re[at] as number) ** 2 + (im[at] as number) ** 2;
  return weights;
}

/** ⟨ψ|P|ψ⟩ as `statevector/read-out.ts` has it, over the stored amplitudes; not normalised. */
export function sparseExpectation(amplitudes: SparseAmplitudes, gates: SparseGates, pauli: PauliString): number {
  const { low, high, re, im, count } = amplitudes;
  let [moveLow, moveHigh, testLow, testHigh, turns, isNegated] = [0, 0, 0, 0, 0, 0];
  for (const [qubit, operator] of pauli) {
    const frame = gates.frameOf(qubit);
    if (operator !== 'Z') [moveLow, moveHigh] = [moveLow ^ frame.columnLow, moveHigh ^ frame.columnHigh];
    if (operator !== 'X') [testLow, testHigh, isNegated] = [testLow ^ frame.rowLow, testHigh ^ frame.rowHigh, isNegated ^ frame.flip];
    if (operator === 'Y') turns++;
  }
  let [sumRe, sumIm] = [0, 0];
  for (let at = 0; at < count; at++) {
    const [keyLow, keyHigh] = [low[at] as number, high[at] as number];
    const other = amplitudes.find(keyLow ^ moveLow, keyHigh ^ moveHigh);
    if (other === -1) continue;
    const sign = parity((keyLow & testLow) ^ (keyHigh & testHigh)) === isNegated ? 1 : -1;
    const [a, b, c, d] = [re[other] as number, im[other] as number, re[at] as number, im[at] as number];
    sumRe += sign * (a * c + b * d);
    sumIm += sign * (a * d - b * c);
  }
  return [sumRe, -sumIm, -sumRe, sumIm][turns % 4] as number;
}

/** ρ[row][column] = Σ over the rest of ψ[row]·conj(ψ[column]), not normalised. */
export function sparseDensity(amplitudes: SparseAmplitudes, gates: SparseGates, qubits: readonly number[]): Matrix {
  const { low, high, re, im, count } = amplitudes;
  const size = 2 ** qubits.length;
  const density = new Float64Array(2 * size * size);
  const values = new KeyValues(amplitudes, gates, qubits);
  const frames = qubits.map((qubit) => gates.frameOf(qubit));
  for (let change = 0; change < size; change++) {
    let [moveLow, moveHigh] = [0, 0];
    frames.forEach(({ columnLow, columnHigh }, j) => {
      if ((change >> j) & 1) [moveLow, moveHigh] = [moveLow ^ columnLow, moveHigh ^ columnHigh];
    });
    for (let at = 0; at < count; at++) {
      const other = amplitudes.find((low[at] as number) ^ moveLow, (high[at] as number) ^ moveHigh);
      if (other === -1) continue;
      const row = values.value(at);
      const k = 2 * (row * size + (row ^ change));
      const [a, b, c, d] = [re[at] as number, im[at] as number, re[other] as number, im[other] as number];
      (density[k] as number) += a * c + b * d;
      (density[k + 1] as number) += b * c - a * d;
    }
  }
  return density;
}
