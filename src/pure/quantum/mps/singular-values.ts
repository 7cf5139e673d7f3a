/** A complex matrix by columns: entry (row, column) at `column * rows + row`. */
export interface ColumnMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** M = Σ values[j] · left[:, order[j]] / values[j] · right[:, order[j]]†, values falling. */
export interface SingularValues {
  /** The columns of U, each times its singular value. */
  readonly scaledLeft: ColumnMatrix;
  /** The columns of V. */
  readonly right: ColumnMatrix;
  /** Squares of the singular values, falling, and the column of each. */
  readonly weights: Float64Array;
  readonly order: readonly number[];
}

/** Of two columns: |⟨p|q⟩| against the product of their norms. A few roundings. */
const ORTHOGONAL = 1e-15;
/** Columns of less than this share of the whole are zero but for rounding, and have no direction. */
const NOTHING = 1e-32;
/** Ten are usual. Past it the columns are orthogonal to more digits than the truncation keeps. */
const SWEEPS_MAX = 40;

export function columnMatrix(rows: number, columns: number): ColumnMatrix {
  return { rows, columns, re: new Float64Array(rows * columns), im: new Float64Array(rows * columns) };
}

function squaredNorm({ rows, re, im }: ColumnMatrix, column: number): number {
  let sum = 0;
  for (let k = column * rows; k < (column + 1) * rows; k++) sum += (re[k] as number) ** 2 + (im[k] as number) ** 2;
  return sum;
}

/** p, q ← cos·p - sin·ē·q, sin·p + cos·ē·q, where e = eRe + i·eIm is the phase of ⟨p|q⟩. */
function turn({ rows, re, im }: ColumnMatrix, p: number, q: number, cos: number, sin: number, eRe: number, eIm: number): void {
  for (let k = 0, i = p * rows, j = q * rows; k < rows; k++, i++, j++) {
    const a = re[i] as number;
    const b = im[i] as number;
    const c = (re[j] as number) * eRe + (im[j] as number) * eIm;
    const d = (im[j] as number) * eRe - (re[j] as number) * eIm;
    re[i] = cos * a - sin * c;
    im[i] = cos * b - sin * d;
    re[j] = sin * a + cos * c;
    im[j] = sin * b + cos * d;
  }
}

/** Makes two columns orthogonal. False if they were. */
function orthogonalise(matrix: ColumnMatrix, right: ColumnMatrix, p: number, q: number, floor: number): boolean {
  const { rows, re, im } = matrix;
  const [alpha, beta] = [squaredNorm(matrix, p), squaredNorm(matrix, q)];
  if (alpha <= floor || beta <= floor) return false;
  let gammaRe = 0;
  let gammaIm = 0;
  for (let k = 0, i = p * rows, j = q * rows; k < rows; k++, i++, j++) {
    gammaRe += (re[i] as number) * (re[j] as number) + (im[i] as number) * (im[j] as number);
    gammaIm += (re[i] as number) * (im[j] as number) - (im[i] as number) * (re[j] as number);
  }
  const gamma = Math.sqrt(gammaRe * gammaRe + gammaIm * gammaIm);
  if (gamma <= ORTHOGONAL * Math.sqrt(alpha * beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const tan = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cos = 1 / Math.sqrt(1 + tan * tan);
  for (const columns of [matrix, right]) turn(columns, p, q, cos, cos * tan, gammaRe / gamma, gammaIm / gamma);
  return true;
}

/**
 * One-sided Jacobi (Hestenes 1958; Demmel and Veselić 1992): turns pairs of columns until all are orthogonal. Small
 * singular values come out with as many digits as large ones, which is what truncation goes by, and every step is plain
 * arithmetic in a fixed order, so that the bits are the same everywhere. Written over the matrix.
 */
export function singularValues(matrix: ColumnMatrix): SingularValues {
  const { columns } = matrix;
  const right = columnMatrix(columns, columns);
  for (let k = 0; k < columns; k++) right.re[k * columns + k] = 1;
  let total = 0;
  for (let k = 0; k < columns; k++) total += squaredNorm(matrix, k);
  let isTurning = true;
  for (let sweep = 0; isTurning && sweep < SWEEPS_MAX; sweep++) {
    isTurning = false;
    for (let p = 0; p < columns; p++) {
      for (let q = p + 1; q < columns; q++) if (orthogonalise(matrix, right, p, q, NOTHING * total)) isTurning = true;
    }
  }
  const weights = Float64Array.from({ length: columns }, (_, k) => squaredNorm(matrix, k));
  const order = Array.from(weights.keys()).sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  return { scaledLeft: matrix, right, weights: Float64Array.from(order, (k) => weights[k] as number), order };
}
