import type { Matrix } from '../gates/matrix.js';
import { dimensionOf } from '../gates/matrix.js';
import { shapeOf } from '../statevector/kernel-gate.js';
import { type GateSink, allOnesPhase } from './gate-sink.js';

const ZERO_MIN = 1e-15;
const PAULI_X = Float64Array.of(0, 0, 1, 0, 1, 0, 0, 0);

/** A 2×2 unitary as V · diag(e^ia, e^ib) · V†. */
interface Diagonalised {
  readonly basis: Matrix;
  readonly adjoint: Matrix;
  readonly angles: readonly [number, number];
}

/**
 * U = e^iα · (cos γ - i·sin γ · n·σ): the axis n gives the eigenvectors, whose phases are α ∓ γ. Axes that point down
 * are turned up together with γ, so that the eigenvector's large entry is never the one divided by.
 */
function diagonalise(u: Matrix): Diagonalised {
  const [aRe, aIm, bRe, bIm, cRe, cIm, dRe, dIm] = u as unknown as readonly [number, number, number, number, number, number, number, number];
  const alpha = Math.atan2(aRe * dIm + aIm * dRe - bRe * cIm - bIm * cRe, aRe * dRe - aIm * dIm - bRe * cRe + bIm * cIm) / 2;
  const [cos, sin] = [Math.cos(alpha), Math.sin(alpha)];
  const re = (x: number, y: number) => x * cos + y * sin;
  const im = (x: number, y: number) => y * cos - x * sin;
  // Of the matrix without its phase: [[w - iz, -y - ix], [y - ix, w + iz]].
  const w = re(aRe, aIm);
  let [x, y, z] = [-im(cRe, cIm), re(cRe, cIm), -im(aRe, aIm)];
  const length = Math.hypot(x, y, z);
  let gamma = Math.atan2(length, w);
  if (length < ZERO_MIN) [x, y, z] = [0, 0, 1];
  else [x, y, z] = [x / length, y / length, z / length];
  if (z < 0) {
    [x, y, z] = [-x, -y, -z];
    gamma = -gamma;
  }
  const norm = Math.sqrt(2 * (1 + z));
  const [upper, side] = [(1 + z) / norm, [x / norm, y / norm] as const];
  return {
    basis: Float64Array.of(upper, 0, -side[0], side[1], side[0], side[1], upper, 0),
    adjoint: Float64Array.of(upper, 0, side[0], -side[1], -side[0], -side[1], upper, 0),
    angles: [alpha - gamma, alpha + gamma],
  };
}

/** U on `target` where all of `controls` are 1: in U's own basis that is nothing but phases. */
export function lowerControlled(sink: GateSink, controls: readonly number[], target: number, unitary: Matrix): void {
  if (controls.length === 0) return sink.oneQubit(target, unitary);
  const { basis, adjoint, angles } = diagonalise(unitary);
  sink.oneQubit(target, adjoint);
  if (angles[0] !== 0) allOnesPhase(sink, controls, angles[0]);
  allOnesPhase(sink, [...controls, target], angles[1] - angles[0]);
  sink.oneQubit(target, basis);
}

/** Phases by basis state, as phases by parity: the Walsh-Hadamard transform of the angles. */
function lowerDiagonal(sink: GateSink, qubits: readonly number[], factors: (value: number) => number): void {
  const size = 1 << qubits.length;
  const angles = Float64Array.from({ length: size }, (_, value) => factors(value));
  sink.globalPhase(angles[0] as number);
  for (let half = 1; half < size; half *= 2) {
    for (let i = 0; i < size; i++) {
      if ((i & half) !== 0) continue;
      const [a, b] = [angles[i] as number, angles[i | half] as number];
      angles[i] = a + b;
      angles[i | half] = a - b;
    }
  }
  for (let mask = 1; mask < size; mask++) {
    const angle = (-2 * (angles[mask] as number)) / size;
    if (angle !== 0) sink.parityPhase(qubits.filter((_, position) => (mask >> position) & 1), angle);
  }
}

/**
 * A 2×2 unitary between the basis states `low` and `high` of `qubits`. CX makes the two differ in one qubit, X sets the
 * others to 1; both are free, so that what remains is one controlled gate.
 */
function lowerTwoLevel(sink: GateSink, qubits: readonly number[], low: number, high: number, unitary: Matrix): void {
  const different = low ^ high;
  const target = 31 - Math.clz32(different & -different);
  const at = (position: number) => qubits[position] as number;
  const others = qubits.map((_, position) => position).filter((position) => position !== target);
  const carried = others.filter((position) => (different >> position) & 1);
  // `low` has target 0 by this exchange of roles, so the CX leave its other bits alone.
  const isReversed = ((low >> target) & 1) === 1;
  const still = isReversed ? high : low;
  const zeros = others.filter((position) => ((still >> position) & 1) === 0);
  const swapped = isReversed ? reversedRoles(unitary) : unitary;
  for (const position of carried) sink.controlledX(at(target), at(position));
  for (const position of zeros) sink.oneQubit(at(position), PAULI_X);
  lowerControlled(sink, others.map(at), at(target), swapped);
  for (const position of zeros) sink.oneQubit(at(position), PAULI_X);
  for (const position of carried) sink.controlledX(at(target), at(position));
}

/** X·U·X */
function reversedRoles(u: Matrix): Matrix {
  return Float64Array.of(...u.subarray(6, 8), ...u.subarray(4, 6), ...u.subarray(2, 4), ...u.subarray(0, 2));
}

/**
 * Any unitary as two-level unitaries (Reck and others, 1994): rotations between two rows clear what stands below the
 * diagonal, until the inverse is found. Half the square of the dimension of them; for the few gates without a form.
 */
function lowerByElimination(sink: GateSink, qubits: readonly number[], matrix: Matrix): void {
  const dimension = dimensionOf(matrix);
  const left = Float64Array.from(matrix);
  const undone: { readonly low: number; readonly high: number; readonly unitary: Matrix }[] = [];
  for (let column = 0; column < dimension; column++) {
    for (let row = column + 1; row < dimension; row++) {
      const [p, q] = [2 * (column * dimension + column), 2 * (row * dimension + column)];
      const [aRe, aIm, bRe, bIm] = [left[p], left[p + 1], left[q], left[q + 1]] as [number, number, number, number];
      const length = Math.hypot(aRe, aIm, bRe, bIm);
      if (Math.hypot(bRe, bIm) < ZERO_MIN) continue;
      // [[a, b], [-b̄, ā]]/length has the inverse of this as its conjugate transpose.
      const [cRe, cIm, sRe, sIm] = [aRe / length, aIm / length, bRe / length, bIm / length];
      combineRows(left, dimension, column, row, [cRe, -cIm, sRe, -sIm, -sRe, -sIm, cRe, cIm]);
      undone.push({ low: column, high: row, unitary: Float64Array.of(cRe, cIm, -sRe, sIm, sRe, sIm, cRe, -cIm) });
    }
  }
  lowerDiagonal(sink, qubits, (value) => Math.atan2(left[2 * value * (dimension + 1) + 1] as number, left[2 * value * (dimension + 1)] as number));
  for (const { low, high, unitary } of undone.reverse()) lowerTwoLevel(sink, qubits, low, high, unitary);
}

/** Rows `a` and `b` become the products of a 2×2 matrix with them. */
function combineRows(matrix: Matrix, dimension: number, a: number, b: number, m: readonly number[]): void {
  for (let column = 0; column < dimension; column++) {
    const [p, q] = [2 * (a * dimension + column), 2 * (b * dimension + column)];
    const [x, y, u, v] = [matrix[p], matrix[p + 1], matrix[q], matrix[q + 1]] as [number, number, number, number];
    const row = (k: number): [number, number] => {
      const [r, i, s, j] = [m[k], m[k + 1], m[k + 2], m[k + 3]] as [number, number, number, number];
      return [r * x - i * y + s * u - j * v, r * y + i * x + s * v + j * u];
    };
    [matrix[p], matrix[p + 1]] = row(0);
    [matrix[q], matrix[q + 1]] = row(4);
  }
}

/** Any unitary over `qubits`, by the form that its zeros show. */
export function lowerUnitary(sink: GateSink, qubits: readonly number[], matrix: Matrix): void {
  if (qubits.length === 1) return sink.oneQubit(qubits[0] as number, matrix);
  const shape = shapeOf(matrix);
  const dimension = dimensionOf(matrix);
  const controls = shape.controls.map((position) => qubits[position] as number);
  const [target] = shape.targets.map((position) => qubits[position] as number);
  if (shape.form === 'phase' || shape.form === 'diagonal') {
    lowerDiagonal(sink, qubits, (value) => Math.atan2(matrix[2 * value * (dimension + 1) + 1] as number, matrix[2 * value * (dimension + 1)] as number));
  } else if (shape.targets.length === 1 && target !== undefined) {
    lowerControlled(sink, controls, target, shape.form === 'exchange' ? PAULI_X : shape.entries);
  } else {
    lowerByElimination(sink, qubits, matrix);
  }
}
