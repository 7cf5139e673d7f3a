/**
 * Small dense complex matrices, as the gate table states them.
 *
 * Format: row-major Float64Array, real and imaginary part interleaved, dimension 2^k for k qubits. Bit j of a row or
 * column index is the j-th qubit of the gate's argument list (little-endian, as in Qiskit), so `cx` with control 0
 * and target 1 exchanges the rows 1 and 3.
 */
export type Matrix = Float64Array;

/** [real, imaginary] */
export type Complex = readonly [number, number];

export const ZERO: Complex = [0, 0];
export const ONE: Complex = [1, 0];
export const I: Complex = [0, 1];
export const MINUS_ONE: Complex = [-1, 0];
export const MINUS_I: Complex = [0, -1];

/** exp(i·angle) */
export function unitPhase(angle: number): Complex {
  return [Math.cos(angle), Math.sin(angle)];
}

export function matrixOf(...rowsOfEntries: readonly Complex[]): Matrix {
  return Float64Array.from(rowsOfEntries.flat());
}

export function diagonal(...entries: readonly Complex[]): Matrix {
  const dimension = entries.length;
  const matrix = new Float64Array(2 * dimension * dimension);
  entries.forEach(([re, im], i) => {
    matrix[2 * (i * dimension + i)] = re;
    matrix[2 * (i * dimension + i) + 1] = im;
  });
  return matrix;
}

export function identity(dimension: number): Matrix {
  return diagonal(...Array.from({ length: dimension }, () => ONE));
}

/** The dimension of a square matrix in this format. */
export function dimensionOf(matrix: Matrix): number {
  return Math.round(Math.sqrt(matrix.length / 2));
}

/** A matrix that sends basis state `column` to `factor` × basis state `row`, given as [column, row, factor]. */
export function monomial(dimension: number, moved: readonly (readonly [number, number, Complex])[]): Matrix {
  const matrix = identity(dimension);
  for (const [column] of moved) {
    matrix[2 * (column * dimension + column)] = 0;
  }
  for (const [column, row, [re, im]] of moved) {
    matrix[2 * (row * dimension + column)] = re;
    matrix[2 * (row * dimension + column) + 1] = im;
  }
  return matrix;
}

/** `inner` applied where all of `controls` further qubits are 1. The controls are the first arguments: the low bits. */
export function controlled(controls: number, inner: Matrix): Matrix {
  const innerDimension = dimensionOf(inner);
  const dimension = innerDimension << controls;
  const ones = (1 << controls) - 1;
  const matrix = identity(dimension);
  for (let row = 0; row < innerDimension; row++) {
    for (let column = 0; column < innerDimension; column++) {
      const from = 2 * (row * innerDimension + column);
      const to = 2 * (((row << controls) | ones) * dimension + ((column << controls) | ones));
      matrix[to] = inner[from] as number;
      matrix[to + 1] = inner[from + 1] as number;
    }
  }
  return matrix;
}

/** A single-qubit rotation by Euler angles, in Qiskit's phase convention: the top left entry is real. */
export function eulerRotation(theta: number, phi: number, lambda: number): Matrix {
  const cos = Math.cos(theta / 2);
  const sin = Math.sin(theta / 2);
  const [phiRe, phiIm] = unitPhase(phi);
  const [lambdaRe, lambdaIm] = unitPhase(lambda);
  const [sumRe, sumIm] = unitPhase(phi + lambda);
  return matrixOf([cos, 0], [-lambdaRe * sin, -lambdaIm * sin], [phiRe * sin, phiIm * sin], [sumRe * cos, sumIm * cos]);
}
