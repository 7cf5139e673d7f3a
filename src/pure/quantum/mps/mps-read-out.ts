import type { Matrix } from '../gates/matrix.js';
import type { OutcomeSink } from '../methods/quantum-state.js';
import { uniform } from '../random/philox.js';
import type { ShotRange } from '../sampling/run-control.js';
import type { SiteTensor } from './site-tensor.js';

/** What all sites so far contract to: entry (a, b) at `a · size + b`, a the bond of the state and b that of its conjugate. */
interface Environment {
  readonly size: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const EMPTY: Environment = { size: 1, re: Float64Array.of(1), im: Float64Array.of(0) };

/** Adds factor · Σ A[a, s, a'] · environment[a, b] · conj(A[b, t, b']) to a sum. */
function transfer({ left, right, re, im }: SiteTensor, environment: Environment, s: number, t: number, factorRe: number, factorIm: number, into: Environment): void {
  // First over a, into (a', b), then over b.
  const [halfRe, halfIm] = [new Float64Array(right * left), new Float64Array(right * left)];
  for (let a = 0; a < left; a++) {
    for (let b = 0; b < left; b++) {
      const x = environment.re[a * left + b] as number;
      const y = environment.im[a * left + b] as number;
      if (x === 0 && y === 0) continue;
      for (let to = 0; to < right; to++) {
        const [c, d] = [re[(2 * a + s) * right + to] as number, im[(2 * a + s) * right + to] as number];
        (halfRe[to * left + b] as number) += x * c - y * d;
        (halfIm[to * left + b] as number) += x * d + y * c;
      }
    }
  }
  for (let from = 0; from < right; from++) {
    for (let b = 0; b < left; b++) {
      const [p, q] = [halfRe[from * left + b] as number, halfIm[from * left + b] as number];
      const x = p * factorRe - q * factorIm;
      const y = p * factorIm + q * factorRe;
      for (let to = 0; to < right; to++) {
        const [c, d] = [re[(2 * b + t) * right + to] as number, im[(2 * b + t) * right + to] as number];
        (into.re[from * right + to] as number) += x * c + y * d;
        (into.im[from * right + to] as number) += y * c - x * d;
      }
    }
  }
}

function emptySum(size: number): Environment {
  return { size, re: new Float64Array(size * size), im: new Float64Array(size * size) };
}

function traced(tensor: SiteTensor, environment: Environment): Environment {
  const sum = emptySum(tensor.right);
  for (const value of [0, 1]) transfer(tensor, environment, value, value, 1, 0, sum);
  return sum;
}

/** Σ over all of ⟨ψ|O|ψ⟩ for a product of 2×2 matrices; sites without one have the identity. Not normalised. */
export function chainExpectation(tensors: readonly SiteTensor[], operators: ReadonlyMap<number, Matrix>): number {
  let environment = EMPTY;
  tensors.forEach((tensor, site) => {
    const operator = operators.get(site);
    if (operator === undefined) {
      environment = traced(tensor, environment);
      return;
    }
    const sum = emptySum(tensor.right);
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 2; column++) {
        const [x, y] = [operator[2 * (2 * row + column)] as number, operator[2 * (2 * row + column) + 1] as number];
        if (x !== 0 || y !== 0) transfer(tensor, environment, column, row, x, y, sum);
      }
    }
    environment = sum;
  });
  return environment.re[0] as number;
}

/**
 * The diagonal of the density matrix over some sites, or all of it: entry (row, column), not normalised. `places` says
 * which bit of an index a site is.
 */
export function chainDensity(tensors: readonly SiteTensor[], places: ReadonlyMap<number, number>, wantsAll: boolean): Matrix {
  const size = 2 ** places.size;
  let open: { readonly row: number; readonly column: number; readonly environment: Environment }[] = [{ row: 0, column: 0, environment: EMPTY }];
  tensors.forEach((tensor, site) => {
    const place = places.get(site);
    if (place === undefined) {
      open = open.map((entry) => ({ ...entry, environment: traced(tensor, entry.environment) }));
      return;
    }
    open = open.flatMap(({ row, column, environment }) => [0, 1, 2, 3].flatMap((code) => {
      const [s, t] = [code & 1, code >> 1];
      if (!wantsAll && s !== t) return [];
      const sum = emptySum(tensor.right);
      transfer(tensor, environment, s, t, 1, 0, sum);
      return [{ row: row | (s << place), column: column | (t << place), environment: sum }];
    }));
  });
  const density = new Float64Array(2 * size * size);
  for (const { row, column, environment } of open) {
    density[2 * (row * size + column)] = environment.re[0] as number;
    density[2 * (row * size + column) + 1] = environment.im[0] as number;
  }
  return density;
}

/** A row vector over the bond, times one value of a site. */
function advanced({ left, right, re, im }: SiteTensor, vRe: Float64Array, vIm: Float64Array, value: number): { readonly re: Float64Array; readonly im: Float64Array; readonly weight: number } {
  const next = { re: new Float64Array(right), im: new Float64Array(right), weight: 0 };
  for (let l = 0; l < left; l++) {
    const [x, y] = [vRe[l] as number, vIm[l] as number];
    for (let r = 0, k = (2 * l + value) * right; r < right; r++, k++) {
      const [c, d] = [re[k] as number, im[k] as number];
      (next.re[r] as number) += x * c - y * d;
      (next.im[r] as number) += x * d + y * c;
    }
  }
  for (let r = 0; r < right; r++) next.weight += (next.re[r] as number) ** 2 + (next.im[r] as number) ** 2;
  return next;
}

/** Shots that have drawn the same values so far. */
interface Prefix {
  readonly site: number;
  readonly values: Uint8Array;
  readonly shots: readonly number[];
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Draws site after site, each given those before; the centre is the first site, so that what follows a prefix has the
 * weight of its vector. Shot k takes its j-th random number for site j. Shots with equal beginnings share the work.
 * `places[j]` is the site whose value is bit j; sites behind the last of them are not drawn. False if the sink had enough.
 */
export function sampleChain(tensors: readonly SiteTensor[], places: readonly number[], { first, count, seed }: ShotRange, sink: OutcomeSink): boolean {
  const end = places.reduce((most, site) => Math.max(most, site + 1), 0);
  const bits = new Uint8Array(places.length);
  const open: Prefix[] = [{ site: 0, values: new Uint8Array(end), shots: Array.from({ length: count }, (_, k) => first + k), re: Float64Array.of(1), im: Float64Array.of(0) }];
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    const { site, values, shots } = prefix;
    if (site === end) {
      places.forEach((place, j) => (bits[j] = values[place] as number));
      if (!sink.add(bits, shots.length, sink.wantsShots ? shots : null)) return false;
      continue;
    }
    const next = [0, 1].map((value) => advanced(tensors[site] as SiteTensor, prefix.re, prefix.im, value)) as [ReturnType<typeof advanced>, ReturnType<typeof advanced>];
    const probability = next[1].weight / (next[0].weight + next[1].weight);
    const drawn: [number[], number[]] = [[], []];
    for (const shot of shots) drawn[uniform(seed, shot, site) < probability ? 1 : 0].push(shot);
    for (const value of [1, 0] as const) {
      if (drawn[value].length === 0) continue;
      const after = values.slice();
      after[site] = value;
      // Scaled back, as the product of a thousand probabilities leaves the range of a double.
      const scale = 1 / Math.sqrt(next[value].weight);
      open.push({ site: site + 1, values: after, shots: drawn[value], re: next[value].re.map((x) => x * scale), im: next[value].im.map((x) => x * scale) });
    }
  }
  return true;
}

/** All amplitudes, entry k with the value of site j as bit `places[j]`; not normalised. */
export function chainAmplitudes(tensors: readonly SiteTensor[], places: ArrayLike<number>): Float64Array {
  let open: { readonly index: number; readonly re: Float64Array; readonly im: Float64Array }[] = [{ index: 0, re: Float64Array.of(1), im: Float64Array.of(0) }];
  tensors.forEach((tensor, site) => {
    open = open.flatMap(({ index, re, im }) => [0, 1].map((value) => ({ index: index + value * 2 ** (places[site] as number), ...advanced(tensor, re, im, value) })));
  });
  const all = new Float64Array(2 * open.length);
  for (const { index, re, im } of open) {
    all[2 * index] = re[0] as number;
    all[2 * index + 1] = im[0] as number;
  }
  return all;
}
