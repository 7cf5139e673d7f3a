import type { Matrix } from '../gates/matrix.js';
import { dimensionOf } from '../gates/matrix.js';

/**
 * A gate as the kernels take it: controls stripped, and classified by the zeros of what is left.
 *
 *  - `phase`: no targets left; where all controls are 1, multiply by one number (z, s, t, p, cz, cp, …)
 *  - `diagonal`: one factor for each value of the targets (rz, rzz, crz)
 *  - `exchange`: two basis states change places (x, cx, ccx, swap, cswap)
 *  - `dense`: the rest
 */
export type KernelForm = 'phase' | 'diagonal' | 'exchange' | 'dense';

/** What depends on the matrix alone. Positions count in the gate's own argument list. */
export interface GateShape {
  readonly form: KernelForm;
  readonly controls: readonly number[];
  readonly targets: readonly number[];
  /** phase, diagonal: the factors; dense: the matrix over the targets, row by row; exchange: nothing. */
  readonly entries: Float64Array;
  /** exchange: the two values of the targets; otherwise [0, 0]. */
  readonly exchanged: readonly [number, number];
}

/** A shape on the qubits of a state. */
export interface KernelGate {
  readonly form: KernelForm;
  /** The bits of all controls. */
  readonly controlMask: number;
  /** The bits of all controls and targets: the ones that a kernel's outer loop holds still. */
  readonly fixedMask: number;
  /** For each value of the targets, their bits set accordingly. */
  readonly offsets: Int32Array;
  readonly entries: Float64Array;
}

function isEntry(matrix: Matrix, dimension: number, row: number, column: number, re: number): boolean {
  const k = 2 * (row * dimension + column);
  return matrix[k] === re && matrix[k + 1] === 0;
}

/** Bit `bit` is a control if, where it is 0, the matrix is exactly the identity (so unitarity decouples the rest). */
function isControl(matrix: Matrix, dimension: number, bit: number): boolean {
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      if (((row >> bit) & (column >> bit) & 1) === 1) continue;
      if (!isEntry(matrix, dimension, row, column, row === column ? 1 : 0)) return false;
    }
  }
  return true;
}

/** The block of the matrix in which all of `controls` are 1. */
function blockUnder(matrix: Matrix, dimension: number, controls: readonly number[], targets: readonly number[]): Matrix {
  const size = 1 << targets.length;
  const fixed = controls.reduce((mask, bit) => mask | (1 << bit), 0);
  const spread = Array.from({ length: size }, (_, value) =>
    targets.reduce((index, bit, position) => index | (((value >> position) & 1) << bit), fixed));
  const block = new Float64Array(2 * size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const from = 2 * ((spread[row] as number) * dimension + (spread[column] as number));
      block[2 * (row * size + column)] = matrix[from] as number;
      block[2 * (row * size + column) + 1] = matrix[from + 1] as number;
    }
  }
  return block;
}

/** The factors, if nothing stands off the diagonal. */
function diagonalOf(block: Matrix, size: number): Float64Array | null {
  const factors = new Float64Array(2 * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (row !== column && !isEntry(block, size, row, column, 0)) return null;
    }
    factors[2 * row] = block[2 * (row * size + row)] as number;
    factors[2 * row + 1] = block[2 * (row * size + row) + 1] as number;
  }
  return factors;
}

/** The two basis states that change places, if that is all that happens. */
function exchangeOf(block: Matrix, size: number): readonly [number, number] | null {
  const moved: number[] = [];
  for (let row = 0; row < size; row++) {
    if (!isEntry(block, size, row, row, 1)) moved.push(row);
  }
  const [first, second] = moved;
  if (moved.length !== 2 || first === undefined || second === undefined) return null;
  for (let row = 0; row < size; row++) {
    const image = row === first ? second : row === second ? first : row;
    for (let column = 0; column < size; column++) {
      if (!isEntry(block, size, row, column, column === image ? 1 : 0)) return null;
    }
  }
  return [first, second];
}

/** Finds controls and form of a unitary in the gate table's format. */
export function shapeOf(matrix: Matrix): GateShape {
  const dimension = dimensionOf(matrix);
  const bits = Array.from({ length: Math.log2(dimension) }, (_, bit) => bit);
  const controls = bits.filter((bit) => isControl(matrix, dimension, bit));
  const targets = bits.filter((bit) => !controls.includes(bit));
  const size = 1 << targets.length;
  const block = blockUnder(matrix, dimension, controls, targets);
  const factors = diagonalOf(block, size);
  if (factors !== null) {
    return { form: targets.length === 0 ? 'phase' : 'diagonal', controls, targets, entries: factors, exchanged: [0, 0] };
  }
  const exchanged = exchangeOf(block, size);
  if (exchanged !== null) return { form: 'exchange', controls, targets, entries: new Float64Array(0), exchanged };
  return { form: 'dense', controls, targets, entries: block, exchanged: [0, 0] };
}

/** Puts a shape on qubits: `qubits[j]` is where the gate's argument j lives in the state. */
export function placeGate(shape: GateShape, qubits: readonly number[]): KernelGate {
  const maskOf = (positions: readonly number[]) => positions.reduce((mask, position) => mask | (1 << (qubits[position] as number)), 0);
  const controlMask = maskOf(shape.controls);
  const offsets = new Int32Array(1 << shape.targets.length);
  for (let value = 0; value < offsets.length; value++) {
    offsets[value] = maskOf(shape.targets.filter((_, position) => ((value >> position) & 1) === 1));
  }
  const [first, second] = shape.exchanged;
  return {
    form: shape.form,
    controlMask,
    fixedMask: controlMask | maskOf(shape.targets),
    offsets: shape.form === 'exchange' ? Int32Array.of(offsets[first] as number, offsets[second] as number) : offsets,
    entries: shape.entries,
  };
}
