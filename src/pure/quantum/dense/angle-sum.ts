import { parity } from '../circuit/word-bits.js';

/** Terms from which on the transform of all angles costs less than a product term by term. */
const TERMS_MAX = 12;

/** Doubles as text of their 64 bits: keys of numbers that come from the same arithmetic, without printing them. */
const double = new Float64Array(1);
const units = new Uint16Array(double.buffer);

export function bitsOf(value: number): string {
  double[0] = value;
  return String.fromCharCode(units[0] as number, units[1] as number, units[2] as number, units[3] as number);
}

/** Σ over masks of angle·(-1)^parity(mask & index): a few terms, by index an angle. */
export class AngleSum {
  private readonly angles = new Map<number, number>();

  get isEmpty(): boolean {
    return this.angles.size === 0;
  }

  /** Equal for equal sums. */
  get key(): string {
    let key = '';
    for (const [mask, angle] of this.angles) key += String.fromCharCode(mask & 0xffff, mask >>> 16) + bitsOf(angle);
    return key;
  }

  add(mask: number, angle: number): void {
    this.angles.set(mask, (this.angles.get(mask) ?? 0) + angle);
  }

  /** exp(i·angle) for every index of so many bits: cosines, then sines. */
  exponentials(bits: number): Float64Array {
    if (this.angles.size > TERMS_MAX) return this.transformed(2 ** bits);
    return this.angles.size > bits ? this.product(2 ** bits) : this.spreadProduct(bits);
  }

  /** One pair of cosine and sine a term: the sign at an index only conjugates it. */
  private product(length: number): Float64Array {
    const result = new Float64Array(2 * length);
    result.fill(1, 0, length);
    for (const [mask, angle] of this.angles) multiplyTerm(result, length, mask, Math.cos(angle), Math.sin(angle));
    return result;
  }

  /**
   * The same products, of fewer terms than there are bits: an index matters by the parities of its terms alone, so each
   * pattern of them is multiplied up once. The pattern of an index is linear in it.
   */
  private spreadProduct(bits: number): Float64Array {
    const length = 2 ** bits;
    const result = new Float64Array(2 * length);
    const values = patterns.subarray(0, 2 << this.angles.size);
    const patternOfBit = new Int32Array(bits);
    [values[0], values[1]] = [1, 0];
    let term = 0;
    for (const [mask, angle] of this.angles) {
      splitPatterns(values, 1 << term, Math.cos(angle), Math.sin(angle));
      for (let bit = 0; bit < bits; bit++) if (((mask >>> bit) & 1) === 1) (patternOfBit[bit] as number) |= 2 << term;
      term++;
    }
    let pattern = 0;
    result[0] = values[0] as number;
    result[length] = values[1] as number;
    // Neighbours in the order of a Gray code differ in one bit.
    for (let i = 1, index = 0; i < length; i++) {
      const bit = 31 - Math.clz32(i & -i);
      index ^= 1 << bit;
      pattern ^= patternOfBit[bit] as number;
      result[index] = values[pattern] as number;
      result[length + index] = values[pattern + 1] as number;
    }
    return result;
  }

  /** The Walsh-Hadamard transform of the angles, then a cosine and a sine for each index. */
  private transformed(length: number): Float64Array {
    const angles = new Float64Array(length);
    for (const [mask, angle] of this.angles) angles[mask] = angle;
    for (let half = 1; half < length; half *= 2) {
      for (let start = 0; start < length; start += 2 * half) {
        for (let i = start; i < start + half; i++) {
          const a = angles[i] as number;
          const b = angles[i + half] as number;
          angles[i] = a + b;
          angles[i + half] = a - b;
        }
      }
    }
    const result = new Float64Array(2 * length);
    for (let i = 0; i < length; i++) {
      result[i] = Math.cos(angles[i] as number);
      result[length + i] = Math.sin(angles[i] as number);
    }
    return result;
  }
}

/** Pairs of real and imaginary part by pattern. */
const patterns = new Float64Array(2 << TERMS_MAX);

/** Each of the first `count` patterns becomes two: those without the new term's sign in place, those with it behind. */
function splitPatterns(values: Float64Array, count: number, cos: number, sin: number): void {
  for (let i = 0, j = 2 * count; i < 2 * count; i += 2, j += 2) {
    const x = values[i] as number;
    const y = values[i + 1] as number;
    values[i] = x * cos - y * sin;
    values[i + 1] = x * sin + y * cos;
    values[j] = x * cos - y * -sin;
    values[j + 1] = x * -sin + y * cos;
  }
}

/** The sign at an index only conjugates the factor. */
function multiplyTerm(table: Float64Array, length: number, mask: number, cos: number, sin: number): void {
  for (let i = 0; i < length; i++) {
    const s = parity(i & mask) === 1 ? -sin : sin;
    const x = table[i] as number;
    const y = table[length + i] as number;
    table[i] = x * cos - y * s;
    table[length + i] = x * s + y * cos;
  }
}
