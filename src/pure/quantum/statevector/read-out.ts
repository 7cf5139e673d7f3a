import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import type { PauliString } from '../methods/quantum-state.js';
import { cumulativeBlockWeights } from './measurement.js';
import type { StateVector } from './state-vector.js';

/** The norm squared: 1 but for rounding, by which everything that is read off is divided. */
function weightOf(state: StateVector): number {
  return cumulativeBlockWeights(state).at(-1) as number;
}

/** Gathers the bits of an index that belong to `qubits`, and tells for each of their values where it lies in an index. */
export function spread(qubits: readonly number[]): Uint32Array {
  return Uint32Array.from({ length: 2 ** qubits.length }, (_, value) =>
    qubits.reduce((index, qubit, j) => index + ((value >> j) & 1) * 2 ** qubit, 0));
}

/** Indices at which all of `qubits` are 0, in ascending order. */
export function* restOf(length: number, qubits: readonly number[]): Generator<number> {
  const fixed = qubits.reduce((mask, qubit) => mask | (1 << qubit), 0);
  for (let base = 0; base < length; base = ((base | fixed) + 1) & ~fixed) yield base;
}

export function probabilitiesOf(state: StateVector, qubits: readonly number[]): Float64Array {
  const { re, im } = state;
  const offsets = spread(qubits);
  const weights = new Float64Array(offsets.length);
  for (const base of restOf(re.length, qubits)) {
    offsets.forEach((offset, value) => {
      const a = re[base + offset] as number;
      const b = im[base + offset] as number;
      (weights[value] as number) += a * a + b * b;
    });
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** ⟨ψ|P|ψ⟩ = Σ i^(number of Y) · (-1)^parity(index & z) · conj(ψ[index ^ x]) · ψ[index], x and z the masks of the string. */
export function expectationOf(state: StateVector, pauli: PauliString): number {
  const { re, im } = state;
  const { x, z, turns } = pauliMasks(pauli);
  let [sumRe, sumIm] = [0, 0];
  for (let index = 0; index < re.length; index++) {
    const other = index ^ x;
    const sign = parity(index & z) === 1 ? -1 : 1;
    const [a, b, c, d] = [re[other] as number, im[other] as number, re[index] as number, im[index] as number];
    sumRe += sign * (a * c + b * d);
    sumIm += sign * (a * d - b * c);
  }
  const real = [sumRe, -sumIm, -sumRe, sumIm][turns % 4] as number;
  return real / weightOf(state);
}

/** Where a Pauli string flips, where it signs, and how many Y it has. */
export function pauliMasks(pauli: PauliString): { readonly x: number; readonly z: number; readonly turns: number } {
  let [x, z, turns] = [0, 0, 0];
  for (const [qubit, operator] of pauli) {
    if (operator !== 'Z') x |= 1 << qubit;
    if (operator !== 'X') z |= 1 << qubit;
    if (operator === 'Y') turns++;
  }
  return { x, z, turns };
}

/** ρ[row][column] = Σ over the rest of ψ[row] · conj(ψ[column]). */
export function reducedDensityMatrixOf(state: StateVector, qubits: readonly number[]): Matrix {
  const { re, im } = state;
  const offsets = spread(qubits);
  const size = offsets.length;
  const density = new Float64Array(2 * size * size);
  for (const base of restOf(re.length, qubits)) {
    for (let row = 0, k = 0; row < size; row++) {
      const a = re[base + (offsets[row] as number)] as number;
      const b = im[base + (offsets[row] as number)] as number;
      for (let column = 0; column < size; column++, k += 2) {
        const c = re[base + (offsets[column] as number)] as number;
        const d = im[base + (offsets[column] as number)] as number;
        (density[k] as number) += a * c + b * d;
        (density[k + 1] as number) += b * c - a * d;
      }
    }
  }
  const weight = weightOf(state);
  return density.map((entry) => entry / weight);
}

export function amplitudesOf(state: StateVector): Float64Array {
  const { re, im } = state;
  const scale = 1 / Math.sqrt(weightOf(state));
  return Float64Array.from({ length: 2 * re.length }, (_, k) => ((k & 1 ? im : re)[k >> 1] as number) * scale);
}
