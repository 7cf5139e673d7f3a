import type { Matrix } from './matrix.js';
import { dimensionOf, identity } from './matrix.js';

/** Products, adjoints and powers of small unitary matrices, in the format of `matrix.ts`. */

export function multiply(a: Matrix, b: Matrix): Matrix {
  const dimension = dimensionOf(a);
  const product = new Float64Array(a.length);
  for (let row = 0; row < dimension; row++) {
    for (let inner = 0; inner < dimension; inner++) {
      const at = 2 * (row * dimension + inner);
      const [re, im] = [a[at] as number, a[at + 1] as number];
      if (re === 0 && im === 0) continue;
      for (let column = 0; column < dimension; column++) {
        const from = 2 * (inner * dimension + column);
        const to = 2 * (row * dimension + column);
        product[to] = (product[to] as number) + re * (b[from] as number) - im * (b[from + 1] as number);
        product[to + 1] = (product[to + 1] as number) + re * (b[from + 1] as number) + im * (b[from] as number);
      }
    }
  }
  return product;
}

export function adjoint(matrix: Matrix): Matrix {
  const dimension = dimensionOf(matrix);
  const result = new Float64Array(matrix.length);
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      const [from, to] = [2 * (row * dimension + column), 2 * (column * dimension + row)];
      result[to] = matrix[from] as number;
      result[to + 1] = -(matrix[from + 1] as number);
    }
  }
  return result;
}

/** exp(i·phase) times a matrix. */
export function withPhase(matrix: Matrix, phase: number): Matrix {
  const [cos, sin] = [Math.cos(phase), Math.sin(phase)];
  const result = new Float64Array(matrix.length);
  for (let k = 0; k < matrix.length; k += 2) {
    const [re, im] = [matrix[k] as number, matrix[k + 1] as number];
    result[k] = re * cos - im * sin;
    result[k + 1] = re * sin + im * cos;
  }
  return result;
}

/** The matrix that a gate on some of `qubits` qubits is on all of them. */
export function embed(matrix: Matrix, positions: readonly number[], qubits: number): Matrix {
  const dimension = 2 ** qubits;
  const inner = dimensionOf(matrix);
  const mask = positions.reduce((bits, position) => bits | (1 << position), 0);
  const gather = (index: number) => positions.reduce((bits, position, i) => bits | (((index >> position) & 1) << i), 0);
  const result = new Float64Array(2 * dimension * dimension);
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      if ((row & ~mask) !== (column & ~mask)) continue;
      const from = 2 * (gather(row) * inner + gather(column));
      result[2 * (row * dimension + column)] = matrix[from] as number;
      result[2 * (row * dimension + column) + 1] = matrix[from + 1] as number;
    }
  }
  return result;
}

/** A whole power by squaring; `exponent` is 0 or more. */
export function wholePower(matrix: Matrix, exponent: number): Matrix {
  let power = identity(dimensionOf(matrix));
  let square = matrix;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    if (left > 1) square = multiply(square, square);
  }
  return power;
}
