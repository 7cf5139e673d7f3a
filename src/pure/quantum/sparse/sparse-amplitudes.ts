import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import { KeyIndex } from './key-index.js';
import type { PhaseQueue } from './phase-queue.js';

/** |amplitude|² below which it is rounding: what interference should have made zero. */
const WEIGHT_MIN = 1e-24;

/** The state has more non-zero amplitudes than it may. */
export class SupportTooLarge extends RangeError {
  constructor(max: number) {
    super(`The state has grown beyond ${max} non-zero amplitudes, the most that the sparse method keeps.`);
  }
}

/** Bytes of an amplitude with its key and its share of the index, at twice the number of them that there are. */
export const AMPLITUDE_BYTES = 2 * (2 * 8 + 2 * 4 + 1 + 2 * 4);

/**
 * Amplitudes that are not zero, each with its key of two words. Their order is that in which gates made them. The loops
 * take no values apart by patterns, for which the compiler makes arrays in some of them: that was half of the time.
 */
export class SparseAmplitudes {
  count = 1;
  /** Amplitudes gone through by all sweeps so far. */
  visits = 0;
  low = new Int32Array(16);
  high = new Int32Array(16);
  re = new Float64Array(16);
  im = new Float64Array(16);
  private paired = new Uint8Array(16);
  private readonly index: KeyIndex;

  constructor(readonly countMax: number) {
    this.index = new KeyIndex(this.low, this.high);
    this.clear();
  }

  /** One amplitude, at key 0. */
  clear(): void {
    this.count = 1;
    [this.low[0], this.high[0], this.re[0], this.im[0]] = [0, 0, 1, 0];
    this.reindex(2);
  }

  assign(from: SparseAmplitudes): void {
    this.reserve(from.count);
    this.count = from.count;
    this.low.set(from.low.subarray(0, from.count));
    this.high.set(from.high.subarray(0, from.count));
    this.re.set(from.re.subarray(0, from.count));
    this.im.set(from.im.subarray(0, from.count));
    this.reindex(2 * this.count);
  }

  /** The place of a key, or -1. */
  find(low: number, high: number): number {
    return this.index.find(low, high);
  }

  phases(queue: PhaseQueue): void {
    queue.tabulate();
    const { low, high, re, im, count } = this;
    const { rank, masksLow, masksHigh, re: factorRe, im: factorIm } = queue;
    this.visits += count;
    for (let at = 0; at < count; at++) {
      const keyLow = low[at] as number;
      const keyHigh = high[at] as number;
      let value = 0;
      for (let k = 0; k < rank; k++) {
        value |= parity((keyLow & (masksLow[k] as number)) ^ (keyHigh & (masksHigh[k] as number))) << k;
      }
      const c = factorRe[value] as number;
      const d = factorIm[value] as number;
      const a = re[at] as number;
      const b = im[at] as number;
      re[at] = a * c - b * d;
      im[at] = a * d + b * c;
    }
  }

  /** A 2×2 matrix on the pairs of keys that differ by `move`; odd parity under `test` makes a key the second of its pair. */
  pairs(moveLow: number, moveHigh: number, testLow: number, testHigh: number, matrix: Matrix): void {
    const before = this.count;
    this.reserve(2 * before);
    if (this.index.room < 2 * before) this.reindex(4 * before);
    const { low, high, re, im, paired, index } = this;
    const [aRe, aIm, bRe, bIm, cRe, cIm, dRe, dIm] = matrix as unknown as readonly [number, number, number, number, number, number, number, number];
    paired.fill(0, 0, before);
    this.visits += before;
    let lost = 0;
    for (let at = 0; at < before; at++) {
      if (paired[at] === 1) continue;
      const keyLow = low[at] as number;
      const keyHigh = high[at] as number;
      let other = index.find(keyLow ^ moveLow, keyHigh ^ moveHigh);
      if (other === -1) {
        other = this.count++;
        low[other] = keyLow ^ moveLow;
        high[other] = keyHigh ^ moveHigh;
        re[other] = im[other] = 0;
        index.insert(other);
      } else {
        paired[other] = 1;
      }
      const isSecond = parity((keyLow & testLow) ^ (keyHigh & testHigh)) === 1;
      const zero = isSecond ? other : at;
      const one = isSecond ? at : other;
      const x = re[zero] as number;
      const y = im[zero] as number;
      const u = re[one] as number;
      const v = im[one] as number;
      const p = aRe * x - aIm * y + bRe * u - bIm * v;
      const q = aRe * y + aIm * x + bRe * v + bIm * u;
      const s = cRe * x - cIm * y + dRe * u - dIm * v;
      const t = cRe * y + cIm * x + dRe * v + dIm * u;
      re[zero] = p;
      im[zero] = q;
      re[one] = s;
      im[one] = t;
      if (p * p + q * q < WEIGHT_MIN) lost++;
      if (s * s + t * t < WEIGHT_MIN) lost++;
    }
    if (lost > 0) this.keep((at) => (re[at] as number) ** 2 + (im[at] as number) ** 2 >= WEIGHT_MIN, 1);
    if (this.count > this.countMax) throw new SupportTooLarge(this.countMax);
  }

  /** Drops all that `isKept` does not hold for and multiplies the others by `scale`. */
  keep(isKept: (at: number) => boolean, scale: number): void {
    const { low, high, re, im, count } = this;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (!isKept(at)) continue;
      low[kept] = low[at] as number;
      high[kept] = high[at] as number;
      re[kept] = (re[at] as number) * scale;
      im[kept] = (im[at] as number) * scale;
      kept++;
    }
    this.count = kept;
    this.reindex(2 * kept);
  }

  private reindex(roomFor: number): void {
    this.index.rebuild(this.low, this.high, this.count, roomFor);
  }

  /** Room in the lists. The index still refers to the old ones if they grow, so it is made again. */
  private reserve(count: number): void {
    if (count <= this.low.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(count));
    const grow = <T extends Int32Array | Float64Array>(old: T, grown: T): T => {
      grown.set(old);
      return grown;
    };
    this.low = grow(this.low, new Int32Array(capacity));
    this.high = grow(this.high, new Int32Array(capacity));
    this.re = grow(this.re, new Float64Array(capacity));
    this.im = grow(this.im, new Float64Array(capacity));
    this.paired = new Uint8Array(capacity);
    this.reindex(count);
  }
}
