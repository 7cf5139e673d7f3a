import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import { KeyIndex } from './key-index.js';
import type { PairGate, PhaseQueue } from './phase-queue.js';

/** |amplitude|² below which it is rounding: what interference should have made zero. */
const WEIGHT_MIN = 1e-24;

/** The state has more non-zero amplitudes than it may. */
export class SupportTooLarge extends RangeError {
  constructor(max: number) {
    super(`The state has grown beyond ${max} non-zero amplitudes, the most that the sparse method keeps.`);
  }
}

/** Bytes of an amplitude with its key, its marks and its shares of the index and of the lists of pairs, at twice the number of them that there are. */
export const AMPLITUDE_BYTES = 2 * (2 * 8 + 2 * 4 + 1 + 2 * 4 + 2 * 4);

/**
 * Amplitudes that are not zero, each with its key of two words. Their order is that in which gates made them. The loops
 * take no values apart by patterns, for which the compiler makes arrays in some of them: that was half of the time.
 *
 * A gate needs the partner of each key, and the index tells it; but a gate that changes what is the same in all keys
 * finds none, and puts the partners that it makes in the order of the keys. So the index is made only when it is asked.
 */
export class SparseAmplitudes {
  count = 1;
  /** Amplitudes gone through by all sweeps so far. */
  visits = 0;
  low = new Int32Array(16);
  high = new Int32Array(16);
  re = new Float64Array(16);
  im = new Float64Array(16);
  /** Of a key whose partner has done it, then of an amplitude that is gone. */
  private marks = new Uint8Array(16);
  /** Pairs that were looked up. */
  private firsts = new Int32Array(16);
  private seconds = new Int32Array(16);
  private readonly index: KeyIndex;
  private isIndexed = false;
  /** Bits that all keys have in common are none of these. */
  private varyingLow = 0;
  private varyingHigh = 0;
  /** The second half of the list are the partners of the first, in its order, by this move; 0: not so. */
  private halvedLow = 0;
  private halvedHigh = 0;

  constructor(readonly countMax: number) {
    this.index = new KeyIndex(this.low, this.high);
    this.clear();
  }

  /** One amplitude, at key 0. */
  clear(): void {
    this.count = 1;
    this.low[0] = this.high[0] = this.im[0] = 0;
    this.re[0] = 1;
    this.reordered();
  }

  assign(from: SparseAmplitudes): void {
    this.reserve(from.count);
    this.count = from.count;
    this.low.set(from.low.subarray(0, from.count));
    this.high.set(from.high.subarray(0, from.count));
    this.re.set(from.re.subarray(0, from.count));
    this.im.set(from.im.subarray(0, from.count));
    this.reordered();
  }

  /** The place of a key, or -1. */
  find(low: number, high: number): number {
    this.reindex(this.count);
    return this.index.find(low, high);
  }

  /** A factor for each key, and a move of some, by a queue that has been tabulated with them. */
  phases(queue: PhaseQueue, moveLow = 0, moveHigh = 0): void {
    const { low, high, re, im, count } = this;
    const { values, shifts, shiftsOfLow, re: factorRe, im: factorIm, moves, hasMoves } = queue;
    const bytes = shifts.length;
    this.visits += count;
    for (let at = 0; at < count; at++) {
      const keyLow = low[at] as number;
      const keyHigh = high[at] as number;
      let value = 0;
      for (let k = 0; k < bytes; k++) {
        const word = k < shiftsOfLow ? keyLow : keyHigh;
        value ^= values[(k << 8) | ((word >>> (shifts[k] as number)) & 0xff)] as number;
      }
      const c = factorRe[value] as number;
      const d = factorIm[value] as number;
      const a = re[at] as number;
      const b = im[at] as number;
      re[at] = a * c - b * d;
      im[at] = a * d + b * c;
      if (hasMoves && moves[value] === 1) {
        low[at] = keyLow ^ moveLow;
        high[at] = keyHigh ^ moveHigh;
      }
    }
    if (hasMoves) this.reordered();
  }

  pairs({ moveLow, moveHigh, testLow, testHigh, matrix }: PairGate): void {
    this.visits += this.count;
    const isHalved = moveLow === this.halvedLow && moveHigh === this.halvedHigh;
    const isNew = (moveLow & ~this.varyingLow) !== 0 || (moveHigh & ~this.varyingHigh) !== 0;
    if (!isHalved && isNew) this.double(moveLow, moveHigh);
    if (isHalved || isNew) this.rotate(this.count / 2, false, testLow, testHigh, matrix);
    else this.rotate(this.lookUp(moveLow, moveHigh), true, testLow, testHigh, matrix);
    if (this.count > this.countMax) throw new SupportTooLarge(this.countMax);
  }

  /** Drops all that `isKept` does not hold for and multiplies the others by `scale`. */
  keep(isKept: (at: number) => boolean, scale: number): void {
    const { marks, re, im, count } = this;
    for (let at = 0; at < count; at++) {
      marks[at] = isKept(at) ? 0 : 1;
      (re[at] as number) *= scale;
      (im[at] as number) *= scale;
    }
    this.dropMarked();
  }

  /** Adds the partner of every key, of which there is none yet. */
  private double(moveLow: number, moveHigh: number): void {
    const before = this.count;
    this.reserve(2 * before);
    const { low, high, re, im } = this;
    for (let at = 0; at < before; at++) {
      low[before + at] = (low[at] as number) ^ moveLow;
      high[before + at] = (high[at] as number) ^ moveHigh;
      re[before + at] = im[before + at] = 0;
    }
    this.count = 2 * before;
    this.isIndexed = false;
    this.varyingLow |= moveLow;
    this.varyingHigh |= moveHigh;
    this.halvedLow = moveLow;
    this.halvedHigh = moveHigh;
  }

  /** Lists each pair once, its partner added where there is none. How many there are. */
  private lookUp(moveLow: number, moveHigh: number): number {
    const before = this.count;
    this.reserve(2 * before);
    this.reindex(2 * before);
    const { low, high, re, im, marks, firsts, seconds, index } = this;
    marks.fill(0, 0, before);
    let count = before;
    let pairs = 0;
    for (let at = 0; at < before; at++) {
      if (marks[at] === 1) continue;
      const keyLow = (low[at] as number) ^ moveLow;
      const keyHigh = (high[at] as number) ^ moveHigh;
      let other = index.find(keyLow, keyHigh);
      if (other === -1) {
        other = count++;
        low[other] = keyLow;
        high[other] = keyHigh;
        re[other] = im[other] = 0;
        index.insert(other);
      } else {
        marks[other] = 1;
      }
      firsts[pairs] = at;
      seconds[pairs++] = other;
    }
    if (count > before) {
      const isHalved = count === 2 * before;
      this.halvedLow = isHalved ? moveLow : 0;
      this.halvedHigh = isHalved ? moveHigh : 0;
    }
    this.count = count;
    return pairs;
  }

  /** The pairs that are listed, or those of one half with the other. */
  private rotate(pairs: number, isListed: boolean, testLow: number, testHigh: number, matrix: Matrix): void {
    const { low, high, re, im, marks, firsts, seconds } = this;
    const [aRe, aIm, bRe, bIm, cRe, cIm, dRe, dIm] = matrix as unknown as readonly [number, number, number, number, number, number, number, number];
    marks.fill(0, 0, this.count);
    let lost = 0;
    for (let k = 0; k < pairs; k++) {
      const at = isListed ? firsts[k] as number : k;
      const other = isListed ? seconds[k] as number : k + pairs;
      const isSecond = parity(((low[at] as number) & testLow) ^ ((high[at] as number) & testHigh)) === 1;
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
      if (p * p + q * q < WEIGHT_MIN) lost += marks[zero] = 1;
      if (s * s + t * t < WEIGHT_MIN) lost += marks[one] = 1;
    }
    if (lost > 0) this.dropMarked();
  }

  private dropMarked(): void {
    const { low, high, re, im, marks, count } = this;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (marks[at] === 1) continue;
      low[kept] = low[at] as number;
      high[kept] = high[at] as number;
      re[kept] = re[at] as number;
      im[kept] = im[at] as number;
      kept++;
    }
    this.count = kept;
    this.reordered();
  }

  /** Nothing is known of the list, but what it shows. */
  private reordered(): void {
    const { low, high, count } = this;
    const [firstLow, firstHigh] = [low[0] as number, high[0] as number];
    let [varyingLow, varyingHigh] = [0, 0];
    for (let at = 1; at < count; at++) {
      varyingLow |= (low[at] as number) ^ firstLow;
      varyingHigh |= (high[at] as number) ^ firstHigh;
    }
    this.varyingLow = varyingLow;
    this.varyingHigh = varyingHigh;
    this.halvedLow = this.halvedHigh = 0;
    this.isIndexed = false;
  }

  /** The index of the list as it is, with room for `roomFor` keys. */
  private reindex(roomFor: number): void {
    if (this.isIndexed && this.index.room >= roomFor) return;
    this.index.rebuild(this.low, this.high, this.count, 2 * roomFor);
    this.isIndexed = true;
  }

  /** Room in the lists. */
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
    this.marks = new Uint8Array(capacity);
    this.firsts = new Int32Array(capacity);
    this.seconds = new Int32Array(capacity);
    this.isIndexed = false;
  }
}
