import type { Operation } from '#pure/quantum/circuit/circuit.js';
import { gateNamed } from '#pure/quantum/gates/gate-table.js';
import type { GateStep } from '#pure/quantum/gates/gate-record.js';
import type { Matrix } from '#pure/quantum/gates/matrix.js';
import { dimensionOf } from '#pure/quantum/gates/matrix.js';

/**
 * A second simulator, as different from the kernels as can be: it writes each gate out as a matrix over all qubits and
 * multiplies. It knows no controls, forms or masks, and is usable up to some eight qubits.
 */

/** a·b, interleaved complex, row-major. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const dimension = dimensionOf(a);
  const product = new Float64Array(a.length);
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < dimension; k++) {
        const x = 2 * (row * dimension + k);
        const y = 2 * (k * dimension + column);
        re += a[x]! * b[y]! - a[x + 1]! * b[y + 1]!;
        im += a[x]! * b[y + 1]! + a[x + 1]! * b[y]!;
      }
      product[2 * (row * dimension + column)] = re;
      product[2 * (row * dimension + column) + 1] = im;
    }
  }
  return product;
}

/** The conjugate transpose. */
export function adjoint(a: Matrix): Matrix {
  const dimension = dimensionOf(a);
  const result = new Float64Array(a.length);
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      result[2 * (column * dimension + row)] = a[2 * (row * dimension + column)]!;
      result[2 * (column * dimension + row) + 1] = -a[2 * (row * dimension + column) + 1]!;
    }
  }
  return result;
}

/** exp(i·angle)·a */
export function phased(a: Matrix, angle: number): Matrix {
  const result = new Float64Array(a.length);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let k = 0; k < a.length; k += 2) {
    result[k] = a[k]! * cos - a[k + 1]! * sin;
    result[k + 1] = a[k]! * sin + a[k + 1]! * cos;
  }
  return result;
}

export function identityMatrix(dimension: number): Matrix {
  const result = new Float64Array(2 * dimension * dimension);
  for (let i = 0; i < dimension; i++) result[2 * (i * dimension + i)] = 1;
  return result;
}

/** A gate's matrix on `positions` of a space of `qubits` qubits, by asking of every pair of basis states. */
export function embed(matrix: Matrix, positions: readonly number[], qubits: number): Matrix {
  const dimension = 2 ** qubits;
  const inner = dimensionOf(matrix);
  const others = [...Array(qubits).keys()].filter((qubit) => !positions.includes(qubit));
  const result = new Float64Array(2 * dimension * dimension);
  const pick = (index: number, from: readonly number[]) => from.reduce((value, qubit, j) => value + (Math.floor(index / 2 ** qubit) % 2) * 2 ** j, 0);
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      if (pick(row, others) !== pick(column, others)) continue;
      const from = 2 * (pick(row, positions) * inner + pick(column, positions));
      result[2 * (row * dimension + column)] = matrix[from]!;
      result[2 * (row * dimension + column) + 1] = matrix[from + 1]!;
    }
  }
  return result;
}

/** The product of steps in order of time. */
export function productOf(steps: readonly GateStep[], qubits: number): Matrix {
  return steps.reduce(
    (product, { name, parameters, qubits: positions }) => multiply(embed(gateNamed(name).matrix(parameters), positions, qubits), product),
    identityMatrix(2 ** qubits),
  );
}

export function maximalDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = a.length === b.length ? 0 : Infinity;
  for (let k = 0; k < a.length; k++) difference = Math.max(difference, Math.abs(a[k]! - b[k]!));
  return difference;
}

/** Amplitudes after the gates of a circuit, from |0…0⟩, interleaved. */
export function referenceState(operations: readonly Operation[], qubits: number): Float64Array {
  let state = new Float64Array(2 ** (qubits + 1));
  state[0] = 1;
  for (const operation of operations) {
    if (operation.kind !== 'gate') continue;
    const matrix = embed(gateNamed(operation.name).matrix(operation.parameters), operation.qubits, qubits);
    const next = new Float64Array(state.length);
    const dimension = 2 ** qubits;
    for (let row = 0; row < dimension; row++) {
      for (let column = 0; column < dimension; column++) {
        const k = 2 * (row * dimension + column);
        next[2 * row]! += matrix[k]! * state[2 * column]! - matrix[k + 1]! * state[2 * column + 1]!;
        next[2 * row + 1]! += matrix[k]! * state[2 * column + 1]! + matrix[k + 1]! * state[2 * column]!;
      }
    }
    state = next;
  }
  return state;
}
