import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import type { PauliString } from '../methods/quantum-state.js';
import { LiveView } from './live-view.js';
import type { QubitFrame } from './pauli-frame.js';

/** Σ|amplitude|² by the value of `qubits`, as stored: neither scaled nor normalised. */
export function storedWeights(view: LiveView, frame: QubitFrame, qubits: readonly number[]): Float64Array {
  const masks = frame.masksOf(qubits);
  const flips = frame.flipsOf(qubits);
  const lowValues = view.lowValues(masks);
  const weights = new Float64Array(2 ** qubits.length);
  const rowWeights = new Float64Array(weights.length <= view.rowLength ? weights.length : 0);
  const { reals, offsets, imaginaryStep } = view;
  for (let row = 0; row < view.rows; row++) {
    const index = view.rowIndex(row);
    const value = LiveView.valueAt(index, masks) ^ flips;
    const start = view.at(index);
    // A row's sums join the total together: a plain sum of 2^28 terms would lose seven digits.
    const into = rowWeights.length > 0 ? rowWeights : weights;
    for (let low = 0; low < lowValues.length; low++) {
      const at = start + (offsets[low] as number);
      const [a, b] = [reals[at] as number, reals[at + imaginaryStep] as number];
      (into[value ^ (lowValues[low] as number)] as number) += a * a + b * b;
    }
    if (rowWeights.length === 0) continue;
    for (let k = 0; k < weights.length; k++) (weights[k] as number) += rowWeights[k] as number;
    rowWeights.fill(0);
  }
  return weights;
}

/** Sets amplitudes at which `qubit` is not `outcome` to zero. */
export function clearOthers(view: LiveView, frame: QubitFrame, qubit: number, outcome: 0 | 1): void {
  const masks = frame.masksOf([qubit]);
  const wanted = outcome ^ frame.flipsOf([qubit]);
  const lowValues = view.lowValues(masks);
  for (let row = 0; row < view.rows; row++) {
    const index = view.rowIndex(row);
    const value = LiveView.valueAt(index, masks) ^ wanted;
    const start = view.at(index);
    for (let low = 0; low < lowValues.length; low++) {
      if (lowValues[low] === value) continue;
      const at = start + (view.offsets[low] as number);
      view.reals[at] = 0;
      view.reals[at + view.imaginaryStep] = 0;
    }
  }
}

/** ⟨ψ|P|ψ⟩ as stored. Where P leads out of the live subspace, it leads to zeros. */
export function storedExpectation(view: LiveView, frame: QubitFrame, string: PauliString): number {
  const { move, test, turns, isNegated } = frame.pauli(string);
  if (view.frame.live.residual(move) !== 0) return 0;
  let [sumRe, sumIm] = [0, 0];
  for (let row = 0; row < view.rows; row++) {
    const rowIndex = view.rowIndex(row);
    for (let low = 0; low < view.rowLength; low++) {
      const index = rowIndex ^ low;
      const [here, there] = [view.at(index), view.at(index ^ move)];
      const [a, b] = [view.reals[there] as number, view.reals[there + view.imaginaryStep] as number];
      const [c, d] = [view.reals[here] as number, view.reals[here + view.imaginaryStep] as number];
      const sign = parity(index & test) === 1 ? -1 : 1;
      sumRe += sign * (a * c + b * d);
      sumIm += sign * (a * d - b * c);
    }
  }
  const real = [sumRe, -sumIm, -sumRe, sumIm][turns % 4] as number;
  return isNegated ? -real : real;
}

/** The stored amplitude at an index, its sign as the frame has it; 0 outside the live subspace. */
function amplitudeAt(view: LiveView, signMask: number, index: number): readonly [re: number, im: number] {
  if (view.frame.live.residual(index) !== 0) return [0, 0];
  const at = view.at(index);
  const sign = parity(index & signMask) === 1 ? -1 : 1;
  return [sign * (view.reals[at] as number), sign * (view.reals[at + view.imaginaryStep] as number)];
}

/** ρ[row][column] = Σ over the rest of ψ[row]·conj(ψ[column]), as stored. */
export function storedDensity(view: LiveView, frame: QubitFrame, qubits: readonly number[]): Matrix {
  const size = 2 ** qubits.length;
  const density = new Float64Array(2 * size * size);
  const masks = frame.masksOf(qubits);
  const flips = frame.flipsOf(qubits);
  const { signMask } = frame;
  const moves = Array.from({ length: size }, (_, change) =>
    qubits.reduce((move, qubit, j) => (((change >> j) & 1) === 1 ? move ^ frame.columnOf(qubit) : move), 0));
  for (let row = 0; row < view.rows; row++) {
    const rowIndex = view.rowIndex(row);
    for (let low = 0; low < view.rowLength; low++) {
      const index = rowIndex ^ low;
      const value = LiveView.valueAt(index, masks) ^ flips;
      const [a, b] = amplitudeAt(view, signMask, index);
      for (let change = 0; change < size; change++) {
        const [c, d] = amplitudeAt(view, signMask, index ^ (moves[change] as number));
        const k = 2 * (value * size + (value ^ change));
        (density[k] as number) += a * c + b * d;
        (density[k + 1] as number) += b * c - a * d;
      }
    }
  }
  return density;
}

/** All amplitudes in the order of the qubits, times `scale` and the frame's phase. */
export function scaledAmplitudes(view: LiveView, frame: QubitFrame, qubits: number, scale: number): Float64Array {
  const { signMask, phase } = frame;
  const [cos, sin] = [scale * Math.cos(phase), scale * Math.sin(phase)];
  const result = new Float64Array(2 * 2 ** qubits);
  for (let value = 0; value < 2 ** qubits; value++) {
    const [a, b] = amplitudeAt(view, signMask, frame.indexOf(value));
    result[2 * value] = a * cos - b * sin;
    result[2 * value + 1] = a * sin + b * cos;
  }
  return result;
}
