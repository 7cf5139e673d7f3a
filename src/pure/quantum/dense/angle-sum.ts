import { parity } from '../circuit/word-bits.js';

/** Terms from which on the transform of all angles costs less than a product term by term. */
const TERMS_MAX = 12;

/** Σ over masks of angle·(-1)^parity(mask & index): a few terms, by index an angle. */
export class AngleSum {
  private readonly angles = new Map<number, number>();

  get isEmpty(): boolean {
    return this.angles.size === 0;
  }

  /** Equal for equal sums. */
  get key(): string {
    let key = '';
    for (const [mask, angle] of this.angles) key += `${mask}:${angle};`;
    return key;
  }

  add(mask: number, angle: number): void {
    this.angles.set(mask, (this.angles.get(mask) ?? 0) + angle);
  }

  /** exp(i·angle) for every index of so many bits: cosines, then sines. */
  exponentials(bits: number): Float64Array {
    return this.angles.size > TERMS_MAX ? this.transformed(2 ** bits) : this.product(2 ** bits);
  }

  /** One pair of cosine and sine a term: the sign at an index only conjugates it. */
  private product(length: number): Float64Array {
    const result = new Float64Array(2 * length);
    result.fill(1, 0, length);
    for (const [mask, angle] of this.angles) multiplyTerm(result, length, mask, Math.cos(angle), Math.sin(angle));
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
