import type { Matrix } from '../gates/matrix.js';
import type { ColumnMatrix } from './singular-values.js';
import { columnMatrix, singularValues } from './singular-values.js';

/** One qubit's part of the state: entry (l, value, r) at `(2·l + value)·right + r`. */
export interface SiteTensor {
  readonly left: number;
  readonly right: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function siteTensor(left: number, right: number): SiteTensor {
  return { left, right, re: new Float64Array(2 * left * right), im: new Float64Array(2 * left * right) };
}

export function copyTensor({ left, right, re, im }: SiteTensor): SiteTensor {
  return { left, right, re: re.slice(), im: im.slice() };
}

/** How much of the state a cut may lose, and how wide it may be. */
export interface Truncation {
  /** Share of the squared norm that is thrown away at one cut, at most; more only where `bondMax` forces it. */
  readonly weightMax: number;
  readonly bondMax: number;
}

/** A 2×2 matrix on the value of one site. */
export function applyOneSite({ left, right, re, im }: SiteTensor, m: Matrix): void {
  const [aRe, aIm, bRe, bIm, cRe, cIm, dRe, dIm] = m as unknown as readonly [number, number, number, number, number, number, number, number];
  for (let l = 0; l < left; l++) {
    for (let i = 2 * l * right, j = i + right; i < (2 * l + 1) * right; i++, j++) {
      const x = re[i] as number;
      const y = im[i] as number;
      const u = re[j] as number;
      const v = im[j] as number;
      re[i] = aRe * x - aIm * y + bRe * u - bIm * v;
      im[i] = aRe * y + aIm * x + bRe * v + bIm * u;
      re[j] = cRe * x - cIm * y + dRe * u - dIm * v;
      im[j] = cRe * y + cIm * x + dRe * v + dIm * u;
    }
  }
}

/** Two neighbours contracted, as a matrix: row 2·l + value of the first, column value of the second · right + r. */
function contracted(first: SiteTensor, second: SiteTensor): ColumnMatrix {
  const rows = 2 * first.left;
  const width = 2 * second.right;
  const product = columnMatrix(rows, width);
  for (let row = 0; row < rows; row++) {
    for (let middle = 0; middle < first.right; middle++) {
      const a = first.re[row * first.right + middle] as number;
      const b = first.im[row * first.right + middle] as number;
      if (a === 0 && b === 0) continue;
      const start = middle * width;
      for (let column = 0; column < width; column++) {
        const c = second.re[start + column] as number;
        const d = second.im[start + column] as number;
        (product.re[column * rows + row] as number) += a * c - b * d;
        (product.im[column * rows + row] as number) += a * d + b * c;
      }
    }
  }
  return product;
}

/** A 4×4 matrix on the two values of `contracted`; bit 0 of its index is the first site's. */
function applyTwoSites({ rows, columns, re, im }: ColumnMatrix, m: Matrix): void {
  const right = columns / 2;
  const [xs, ys] = [new Float64Array(4), new Float64Array(4)];
  for (let l = 0; l < rows / 2; l++) {
    for (let r = 0; r < right; r++) {
      const at = (value: number) => ((value >> 1) * right + r) * rows + 2 * l + (value & 1);
      for (let value = 0; value < 4; value++) [xs[value], ys[value]] = [re[at(value)] as number, im[at(value)] as number];
      for (let row = 0; row < 4; row++) {
        let [x, y] = [0, 0];
        for (let column = 0; column < 4; column++) {
          const [a, b] = [m[2 * (4 * row + column)] as number, m[2 * (4 * row + column) + 1] as number];
          x += a * (xs[column] as number) - b * (ys[column] as number);
          y += a * (ys[column] as number) + b * (xs[column] as number);
        }
        re[at(row)] = x;
        im[at(row)] = y;
      }
    }
  }
}

function adjoint({ rows, columns, re, im }: ColumnMatrix): ColumnMatrix {
  const result = columnMatrix(columns, rows);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      result.re[row * columns + column] = re[column * rows + row] as number;
      result.im[row * columns + column] = -(im[column * rows + row] as number);
    }
  }
  return result;
}

/** How many of the weights, which fall, are kept, and the sum of the others. */
function keptOf(weights: Float64Array, total: number, { weightMax, bondMax }: Truncation): { readonly kept: number; readonly lost: number } {
  let kept = weights.length;
  let lost = 0;
  while (kept > 1 && (kept > bondMax || lost + (weights[kept - 1] as number) <= weightMax * total)) lost += weights[--kept] as number;
  return { kept, lost };
}

export interface Split {
  readonly first: SiteTensor;
  readonly second: SiteTensor;
  /** Share of the squared norm that was thrown away. */
  readonly lost: number;
}

/**
 * A gate on two neighbours, one of which is the centre, and the two apart again: the singular values of the pair are
 * those of the whole state across the cut, so that what is thrown away is known exactly. The centre is put on the
 * second or the first.
 */
export function applyAndSplit(before: SiteTensor, after: SiteTensor, gate: Matrix | null, truncation: Truncation, centre: 'first' | 'second'): Split {
  const pair = contracted(before, after);
  if (gate !== null) applyTwoSites(pair, gate);
  // The side with fewer columns is turned; of the adjoint, U and V are exchanged.
  const isAdjoint = pair.columns > pair.rows;
  const { scaledLeft, right, weights, order } = singularValues(isAdjoint ? adjoint(pair) : pair);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const { kept, lost } = keptOf(weights, total, truncation);
  const first = siteTensor(before.left, kept);
  const second = siteTensor(kept, after.right);
  // What is left is scaled up, so that the norm stays.
  const scale = Math.sqrt(total / (total - lost));
  for (let k = 0; k < kept; k++) {
    const [column, value] = [order[k] as number, Math.sqrt(weights[k] as number)];
    // `scaledLeft` holds one side times the singular value; each side gets it, or loses it, as the centre stands.
    const [ofRows, ofColumns] = isAdjoint ? [right, scaledLeft] : [scaledLeft, right];
    const rowFactor = (isAdjoint ? 1 : 1 / value) * (centre === 'first' ? value * scale : 1);
    const columnFactor = (isAdjoint ? 1 / value : 1) * (centre === 'second' ? value * scale : 1);
    for (let row = 0; row < pair.rows; row++) {
      first.re[row * kept + k] = (ofRows.re[column * pair.rows + row] as number) * rowFactor;
      first.im[row * kept + k] = (ofRows.im[column * pair.rows + row] as number) * rowFactor;
    }
    for (let entry = 0; entry < pair.columns; entry++) {
      second.re[k * pair.columns + entry] = (ofColumns.re[column * pair.columns + entry] as number) * columnFactor;
      second.im[k * pair.columns + entry] = -(ofColumns.im[column * pair.columns + entry] as number) * columnFactor;
    }
  }
  return { first, second, lost: total > 0 ? lost / total : 0 };
}
