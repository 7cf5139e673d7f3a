import { parity } from '../circuit/word-bits.js';
import type { Tableau } from './tableau.js';
import { popCount } from './tableau.js';
import { transpose } from './transpose.js';

/**
 * The generators by row, brought into echelon form: first those with an X part, each with a qubit of its own (its
 * pivot) that no later row has an X on; then those of Z alone, each with a pivot that no later one has a Z on.
 *
 * The first kind spans the outcomes that differ from one another, the second kind says which outcomes are possible.
 */
export interface Echelon {
  readonly qubits: number;
  /** Words of a row. */
  readonly words: number;
  /** Row r is at [r · words, (r + 1) · words); bit q of it belongs to qubit q. */
  readonly x: Int32Array;
  readonly z: Int32Array;
  /** 0 or 1 each. */
  readonly signs: Uint8Array;
  /** Of each row. */
  readonly pivots: Int32Array;
  /** Rows of the first kind. */
  readonly rank: number;
}

/** Turns the columns of generators into rows: 32 × 32 bits at a time, blocks of zeros skipped. */
function rowsOf(columns: Int32Array, { qubits, words, stride, live, placeShift }: Tableau): Int32Array {
  const rows = new Int32Array(32 * words * words);
  const block = new Int32Array(32);
  for (let across = 0; across < words; across++) {
    let places = 0;
    for (let qubit = 32 * across; qubit < Math.min(qubits, 32 * across + 32); qubit++) places |= live[qubit] as number;
    for (let down = 0; down < words; down++) {
      if (((places >>> (down >> placeShift)) & 1) === 0) continue;
      let any = 0;
      for (let i = 0; i < 32; i++) {
        const qubit = 32 * across + i;
        block[i] = qubit < qubits ? (columns[qubit * stride + down] as number) : 0;
        any |= block[i] as number;
      }
      if (any === 0) continue;
      transpose(block);
      for (let i = 0; i < 32; i++) rows[(32 * down + i) * words + across] = block[i] as number;
    }
  }
  return rows;
}

class Eliminator {
  readonly qubits: number;
  readonly words: number;
  readonly x: Int32Array;
  readonly z: Int32Array;
  readonly signs: Uint8Array;
  readonly pivots: Int32Array;
  /** First word of each row that is not zero, and the one behind its last. */
  private readonly from: Int32Array;
  private readonly to: Int32Array;
  /** Where rows are listed, in ascending order. */
  private readonly listed: Int32Array;

  constructor(tableau: Tableau) {
    const { qubits, words } = tableau;
    this.qubits = qubits;
    this.words = words;
    this.x = rowsOf(tableau.x, tableau);
    this.z = rowsOf(tableau.z, tableau);
    this.signs = Uint8Array.from({ length: qubits }, (_, row) => ((tableau.signs[row >> 5] as number) >>> (row & 31)) & 1);
    this.pivots = new Int32Array(qubits).fill(-1);
    this.from = new Int32Array(qubits);
    this.to = new Int32Array(qubits);
    this.listed = new Int32Array(qubits);
    for (let row = 0; row < qubits; row++) this.findWindow(row);
  }

  /**
   * One pass over the qubits. Of the rows left that have a bit there, the one with the narrowest window becomes the
   * pivot and is multiplied into the others: circuits that act locally stay banded, and most words are never touched.
   */
  eliminate(bits: Int32Array, first: number): number {
    let done = first;
    for (let word = 0; word < this.words && done < this.qubits; word++) done = this.eliminateWord(bits, word, done);
    return done;
  }

  /**
   * The 32 qubits of a word. Rows that have none of them are not looked at: they come in at none of its pivots, since a
   * product has bits in this word only where one of its factors has.
   */
  private eliminateWord(bits: Int32Array, word: number, first: number): number {
    const { words, listed } = this;
    let count = 0;
    for (let row = first; row < this.qubits; row++) if (bits[row * words + word] !== 0) listed[count++] = row;
    let done = first;
    for (let i = 0; i < 32 && count > 0; i++) {
      const bit = 1 << i;
      const chosen = this.narrowest(bits, count, word, bit);
      if (chosen === -1) continue;
      this.exchange(listed[chosen] as number, done);
      // The row that was at `done` is now where the pivot was: the list stays right if it is in it, too.
      if (listed[0] === done) listed.copyWithin(0, 1, count);
      else listed.copyWithin(chosen, chosen + 1, count);
      count--;
      for (let k = 0; k < count; k++) {
        const row = listed[k] as number;
        if (((bits[row * words + word] as number) & bit) !== 0) this.multiply(row, done);
      }
      this.pivots[done++] = 32 * word + i;
    }
    return done;
  }

  /** Place in the list. */
  private narrowest(bits: Int32Array, count: number, word: number, bit: number): number {
    let best = -1;
    let width = Infinity;
    for (let k = 0; k < count; k++) {
      const row = this.listed[k] as number;
      const rowWidth = (this.to[row] as number) - (this.from[row] as number);
      if (rowWidth < width && ((bits[row * this.words + word] as number) & bit) !== 0) [best, width] = [k, rowWidth];
    }
    return best;
  }

  private exchange(a: number, b: number): void {
    if (a === b) return;
    const { words, x, z } = this;
    const end = Math.max(this.to[a] as number, this.to[b] as number);
    for (let w = Math.min(this.from[a] as number, this.from[b] as number); w < end; w++) {
      const [i, j] = [a * words + w, b * words + w];
      const [xs, zs] = [x[i] as number, z[i] as number];
      x[i] = x[j] as number;
      z[i] = z[j] as number;
      x[j] = xs;
      z[j] = zs;
    }
    for (const list of [this.signs, this.from, this.to]) [list[a], list[b]] = [list[b] as number, list[a] as number];
  }

  /** row ← row · by. Both are generators and commute, so the powers of i that single qubits bring in cancel to ±1. */
  private multiply(row: number, by: number): void {
    const { words, x, z } = this;
    let [low, high, turns] = [0, 0, 0];
    const [start, end] = [this.from[by] as number, this.to[by] as number];
    for (let w = start, i = row * words + start, j = by * words + start; w < end; w++, i++, j++) {
      const [x1, z1, x2, z2] = [x[i] as number, z[i] as number, x[j] as number, z[j] as number];
      const plus = (x1 & z1 & ~x2 & z2) | (~x1 & z1 & x2 & ~z2) | (x1 & ~z1 & x2 & z2);
      const minus = (x1 & z1 & x2 & ~z2) | (x1 & ~z1 & ~x2 & z2) | (~x1 & z1 & x2 & z2);
      high ^= low & plus;
      low ^= plus;
      low ^= minus;
      high ^= low & minus;
      x[i] = x1 ^ x2;
      z[i] = z1 ^ z2;
    }
    turns = popCount(low) + 2 * popCount(high);
    (this.signs[row] as number) ^= (this.signs[by] as number) ^ ((turns >> 1) & 1);
    this.from[row] = Math.min(this.from[row] as number, start);
    this.to[row] = Math.max(this.to[row] as number, end);
  }

  private findWindow(row: number): void {
    const { words, x, z } = this;
    let from = 0;
    let to = words;
    const isEmpty = (w: number): boolean => ((x[row * words + w] as number) | (z[row * words + w] as number)) === 0;
    while (from < words && isEmpty(from)) from++;
    while (to > from && isEmpty(to - 1)) to--;
    this.from[row] = from;
    this.to[row] = to;
  }
}

export function echelonOf(tableau: Tableau): Echelon {
  const rows = new Eliminator(tableau);
  const rank = rows.eliminate(rows.x, 0);
  rows.eliminate(rows.z, rank);
  const { qubits, words, x, z, signs, pivots } = rows;
  return { qubits, words, x, z, signs, pivots, rank };
}

/** One outcome that is possible, as a row of bits: what the rows of Z alone demand, every free qubit 0. */
export function possibleOutcome({ qubits, words, z, signs, pivots, rank }: Echelon): Int32Array {
  const outcome = new Int32Array(words);
  // From the last row up: a row's pivot is the only qubit of it that the rows below have not settled.
  for (let row = qubits - 1; row >= rank; row--) {
    let odd = signs[row] as number;
    for (let w = 0; w < words; w++) odd ^= parity((z[row * words + w] as number) & (outcome[w] as number));
    const pivot = pivots[row] as number;
    if (odd === 1) (outcome[pivot >> 5] as number) |= 1 << (pivot & 31);
  }
  return outcome;
}

/**
 * The expectation of a Pauli string, given by its X and Z bits: ±1 if the string or its negative is a product of
 * generators, else 0. Reduces it by the rows of the echelon, pivot by pivot.
 */
export function expectationByRows({ words, x, z, signs, pivots, rank, qubits }: Echelon, px: Int32Array, pz: Int32Array): -1 | 0 | 1 {
  let negative = 0;
  let turns = 0;
  for (let row = 0; row < qubits; row++) {
    const pivot = pivots[row] as number;
    const bits = row < rank ? px : pz;
    if ((((bits[pivot >> 5] as number) >>> (pivot & 31)) & 1) === 0) continue;
    negative ^= signs[row] as number;
    for (let w = 0; w < words; w++) {
      const [x1, z1, x2, z2] = [px[w] as number, pz[w] as number, x[row * words + w] as number, z[row * words + w] as number];
      turns += popCount((x1 & z1 & ~x2 & z2) | (~x1 & z1 & x2 & ~z2) | (x1 & ~z1 & x2 & z2));
      turns -= popCount((x1 & z1 & x2 & ~z2) | (x1 & ~z1 & ~x2 & z2) | (~x1 & z1 & x2 & z2));
      px[w] = x1 ^ x2;
      pz[w] = z1 ^ z2;
    }
  }
  if (px.some((word) => word !== 0) || pz.some((word) => word !== 0)) return 0;
  return (negative ^ ((turns >> 1) & 1)) === 1 ? -1 : 1;
}
