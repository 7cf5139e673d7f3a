import { adjoint, multiply } from './matrix-algebra.js';
import type { Matrix } from './matrix.js';
import { dimensionOf, identity } from './matrix.js';

const SWEEPS_MAX = 60;
/** Off the diagonal, beside entries of size 1: what rounding leaves of 32 × 32. */
const TOLERANCE = 1e-11;

/**
 * Mixes of the Hermitian and the anti-Hermitian part, which a unitary's eigenvectors diagonalise both. A mix could join
 * two eigenvalues into one and so hide which vectors belong to which; it would take an unusual matrix to meet that
 * with all of these.
 */
const MIXES = [0.7390851332, 1.3247179572, -0.5671432904, 2.2360679775];

/**
 * The principal power of a unitary: each eigenvalue exp(iθ) with θ in (-π, π] becomes exp(iθ·exponent), so that
 * pow(1/2) @ x is sx, as the specification has it.
 */
export function principalPower(unitary: Matrix, exponent: number): Matrix {
  const vectors = eigenvectors(unitary);
  const dimension = dimensionOf(unitary);
  const diagonalised = multiply(adjoint(vectors), multiply(unitary, vectors));
  const power = new Float64Array(unitary.length);
  for (let k = 0; k < dimension; k++) {
    const at = 2 * (k * dimension + k);
    // -π and π are one eigenvalue; rounding must not choose between them.
    const angle = Math.atan2(diagonalised[at + 1] as number, diagonalised[at] as number);
    const principal = (angle < -Math.PI + 1e-12 ? Math.PI : angle) * exponent;
    power[at] = Math.cos(principal);
    power[at + 1] = Math.sin(principal);
  }
  return multiply(vectors, multiply(power, adjoint(vectors)));
}

function eigenvectors(unitary: Matrix): Matrix {
  const dimension = dimensionOf(unitary);
  let best = identity(dimension);
  let least = Infinity;
  for (const mix of MIXES) {
    const vectors = hermitianEigenvectors(mixed(unitary, mix));
    const rest = offDiagonal(multiply(adjoint(vectors), multiply(unitary, vectors)));
    if (rest < least) [best, least] = [vectors, rest];
    if (least < TOLERANCE) break;
  }
  return best;
}

/** (U + U†)/2 + mix·(U - U†)/2i, which is Hermitian and commutes with U. */
function mixed(unitary: Matrix, mix: number): Matrix {
  const dagger = adjoint(unitary);
  const result = new Float64Array(unitary.length);
  for (let k = 0; k < unitary.length; k += 2) {
    const [a, b, c, d] = [unitary[k] as number, unitary[k + 1] as number, dagger[k] as number, dagger[k + 1] as number];
    result[k] = (a + c) / 2 + (mix * (b - d)) / 2;
    result[k + 1] = (b + d) / 2 - (mix * (a - c)) / 2;
  }
  return result;
}

function offDiagonal(matrix: Matrix): number {
  const dimension = dimensionOf(matrix);
  let sum = 0;
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      if (row === column) continue;
      const at = 2 * (row * dimension + column);
      sum += (matrix[at] as number) ** 2 + (matrix[at + 1] as number) ** 2;
    }
  }
  return Math.sqrt(sum);
}

/** The cyclic Jacobi method for Hermitian matrices (Golub and Van Loan, section 8.5). Columns are the eigenvectors. */
function hermitianEigenvectors(hermitian: Matrix): Matrix {
  const dimension = dimensionOf(hermitian);
  const matrix = hermitian.slice();
  const vectors = identity(dimension);
  for (let sweep = 0; sweep < SWEEPS_MAX && offDiagonal(matrix) > 1e-15 * dimension; sweep++) {
    for (let p = 0; p < dimension; p++) {
      for (let q = p + 1; q < dimension; q++) rotate(matrix, vectors, dimension, p, q);
    }
  }
  return vectors;
}

/** Makes entry (p, q) zero by a rotation of the plane of p and q, after turning it real by a phase. */
function rotate(matrix: Matrix, vectors: Matrix, dimension: number, p: number, q: number): void {
  const at = 2 * (p * dimension + q);
  const [re, im] = [matrix[at] as number, matrix[at + 1] as number];
  const size = Math.hypot(re, im);
  if (size === 0) return;
  const [phaseRe, phaseIm] = [re / size, im / size];
  const [a, b] = [matrix[2 * (p * dimension + p)] as number, matrix[2 * (q * dimension + q)] as number];
  const theta = (b - a) / (2 * size);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  // Columns: new p = c·p - s·conj(phase)·q, new q = s·phase·p + c·q.
  for (const target of [matrix, vectors]) {
    for (let row = 0; row < dimension; row++) combine(target, 2 * (row * dimension + p), 2 * (row * dimension + q), c, s, phaseRe, -phaseIm);
  }
  for (let column = 0; column < dimension; column++) combine(matrix, 2 * (p * dimension + column), 2 * (q * dimension + column), c, s, phaseRe, phaseIm);
}

function combine(target: Matrix, i: number, j: number, c: number, s: number, phaseRe: number, phaseIm: number): void {
  const [x, y, z, w] = [target[i] as number, target[i + 1] as number, target[j] as number, target[j + 1] as number];
  target[i] = c * x - s * (phaseRe * z - phaseIm * w);
  target[i + 1] = c * y - s * (phaseRe * w + phaseIm * z);
  target[j] = s * (phaseRe * x + phaseIm * y) + c * z;
  target[j + 1] = s * (phaseRe * y - phaseIm * x) + c * w;
}
