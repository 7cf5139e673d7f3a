import type { Complex, Matrix } from '../gates/matrix.js';
import type { PauliString } from './quantum-state.js';

/** The two entries of each Pauli operator that are not 0: in row b, the column and the factor. */
const PAULI_ROWS: Readonly<Record<'I' | 'X' | 'Y' | 'Z', readonly (readonly [column: number, factor: Complex])[]>> = {
  I: [[0, [1, 0]], [1, [1, 0]]],
  X: [[1, [1, 0]], [0, [1, 0]]],
  Y: [[1, [0, -1]], [0, [0, 1]]],
  Z: [[0, [1, 0]], [1, [-1, 0]]],
};
const OPERATORS = ['I', 'X', 'Y', 'Z'] as const;

/** ρ = 2^-k · Σ ⟨P⟩ · P over all 4^k Pauli strings on the qubits: for states that know expectations and no amplitudes. */
export function densityFromExpectations(qubits: readonly number[], expectation: (pauli: PauliString) => number): Matrix {
  const size = 2 ** qubits.length;
  const density = new Float64Array(2 * size * size);
  for (let code = 0; code < size * size; code++) {
    const operators = qubits.map((_, j) => OPERATORS[(code >> (2 * j)) & 3] as (typeof OPERATORS)[number]);
    const pauli = new Map<number, 'X' | 'Y' | 'Z'>();
    operators.forEach((operator, j) => operator !== 'I' && pauli.set(qubits[j] as number, operator));
    const weight = expectation(pauli) / size;
    if (weight === 0) continue;
    for (let row = 0; row < size; row++) {
      let [column, re, im] = [0, weight, 0];
      operators.forEach((operator, j) => {
        const [bit, [a, b]] = PAULI_ROWS[operator][(row >> j) & 1] as readonly [number, Complex];
        column |= bit << j;
        [re, im] = [re * a - im * b, re * b + im * a];
      });
      (density[2 * (row * size + column)] as number) += re;
      (density[2 * (row * size + column) + 1] as number) += im;
    }
  }
  return density;
}
