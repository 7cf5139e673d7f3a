import { parity } from '../circuit/word-bits.js';
import type { TableauGate } from '../gates/clifford-steps.js';

/**
 * A stabilizer state as the signed Pauli strings that leave it unchanged: n generators, one for each qubit.
 *
 * Kept by column: for each qubit the X bits and the Z bits of all generators, 32 to a word, so a gate is a few word
 * operations over its own columns, whatever stands in the other qubits (Aaronson and Gottesman, arXiv:quant-ph/0406196;
 * the layout is that of bit-sliced simulators). A generator is (-1)^sign · Π W(x, z), W(1, 1) = Y = i·X·Z.
 *
 * With `destabilizers`, n more strings follow from word `words` on: number i anticommutes with generator i and commutes
 * with all others. They tell the outcome of a measurement that is certain; a circuit that only measures at its end does
 * not need them. Their signs mean nothing.
 */
export interface Tableau {
  readonly qubits: number;
  /** Words that hold the generators. */
  readonly words: number;
  /** Words of a column: `words`, or twice as many. */
  readonly stride: number;
  /** Column q is at [q · stride, (q + 1) · stride). */
  readonly x: Int32Array;
  readonly z: Int32Array;
  readonly signs: Int32Array;
  /**
   * For each qubit the places of its columns, 2^`placeShift` words each and 32 at most, outside of which both are zero.
   * Where circuits act locally that is nearly everywhere, and gates pass it over.
   */
  readonly live: Int32Array;
  readonly placeShift: number;
}

export function tableauBytes(qubits: number, hasDestabilizers: boolean): bigint {
  const stride = Math.ceil(qubits / 32) * (hasDestabilizers ? 2 : 1);
  return BigInt(4 * stride) * BigInt(2 * qubits + 1) + BigInt(4 * qubits);
}

/** |0…0⟩: generator i is Z on qubit i, destabilizer i is X there. */
export function createTableau(qubits: number, hasDestabilizers: boolean): Tableau {
  const words = Math.ceil(qubits / 32);
  const stride = hasDestabilizers ? 2 * words : words;
  const tableau: Tableau = {
    qubits, words, stride,
    x: new Int32Array(qubits * stride), z: new Int32Array(qubits * stride), signs: new Int32Array(stride),
    live: new Int32Array(qubits), placeShift: Math.max(0, Math.ceil(Math.log2(stride / 32))),
  };
  clearTableau(tableau);
  return tableau;
}

export function clearTableau({ qubits, words, stride, x, z, signs, live, placeShift }: Tableau): void {
  for (const column of [x, z, signs]) column.fill(0);
  for (let qubit = 0; qubit < qubits; qubit++) {
    const word = qubit * stride + (qubit >> 5);
    z[word] = 1 << (qubit & 31);
    live[qubit] = 1 << ((qubit >> 5) >> placeShift);
    if (stride === words) continue;
    x[word + words] = 1 << (qubit & 31);
    (live[qubit] as number) |= 1 << (((qubit >> 5) + words) >> placeShift);
  }
}

export function copyTableau(from: Tableau, to: Tableau): void {
  to.x.set(from.x);
  to.z.set(from.z);
  to.signs.set(from.signs);
  to.live.set(from.live);
}

/** What a gate does to the strings of the words `from` to `to`. `a` and `b` are where the columns of its qubits begin. */
type ColumnRule = (tableau: Tableau, from: number, to: number, a: number, b: number) => void;

/** Conjugation of every string by the gate, word by word. Type assertions: indices stay inside the columns. */
const COLUMN_RULES: Readonly<Record<TableauGate, ColumnRule>> = {
  x: ({ z, signs }, from, to, a) => {
    for (let w = from; w < to; w++) (signs[w] as number) ^= z[a + w] as number;
  },
  z: ({ x, signs }, from, to, a) => {
    for (let w = from; w < to; w++) (signs[w] as number) ^= x[a + w] as number;
  },
  y: ({ x, z, signs }, from, to, a) => {
    for (let w = from; w < to; w++) (signs[w] as number) ^= (x[a + w] as number) ^ (z[a + w] as number);
  },
  h: ({ x, z, signs }, from, to, a) => {
    for (let w = from, i = a + from; w < to; w++, i++) {
      const xs = x[i] as number;
      const zs = z[i] as number;
      (signs[w] as number) ^= xs & zs;
      x[i] = zs;
      z[i] = xs;
    }
  },
  s: ({ x, z, signs }, from, to, a) => {
    for (let w = from, i = a + from; w < to; w++, i++) {
      (signs[w] as number) ^= (x[i] as number) & (z[i] as number);
      (z[i] as number) ^= x[i] as number;
    }
  },
  sdg: ({ x, z, signs }, from, to, a) => {
    for (let w = from, i = a + from; w < to; w++, i++) {
      (signs[w] as number) ^= (x[i] as number) & ~(z[i] as number);
      (z[i] as number) ^= x[i] as number;
    }
  },
  cx: ({ x, z, signs }, from, to, a, b) => {
    for (let w = from, i = a + from, j = b + from; w < to; w++, i++, j++) {
      const xa = x[i] as number;
      const zb = z[j] as number;
      (signs[w] as number) ^= xa & zb & ~((x[j] as number) ^ (z[i] as number));
      (x[j] as number) ^= xa;
      (z[i] as number) ^= zb;
    }
  },
  cz: ({ x, z, signs }, from, to, a, b) => {
    for (let w = from, i = a + from, j = b + from; w < to; w++, i++, j++) {
      const xa = x[i] as number;
      const xb = x[j] as number;
      (signs[w] as number) ^= xa & xb & ((z[i] as number) ^ (z[j] as number));
      (z[i] as number) ^= xb;
      (z[j] as number) ^= xa;
    }
  },
  swap: ({ x, z }, from, to, a, b) => {
    for (const column of [x, z]) {
      for (let w = from, i = a + from, j = b + from; w < to; w++, i++, j++) {
        const first = column[i] as number;
        column[i] = column[j] as number;
        column[j] = first;
      }
    }
  },
};

/** `second`: the qubit again, where there is only one. */
export function applyTableauGate(tableau: Tableau, gate: TableauGate, first: number, second: number): void {
  const { stride, live, placeShift } = tableau;
  const rule = COLUMN_RULES[gate];
  const places = (live[first] as number) | (live[second] as number);
  live[first] = live[second] = places;
  const [a, b] = [first * stride, second * stride];
  // Run by run of places. In a column that is full it is all of the words at once.
  for (let rest = places, at = 0; rest !== 0;) {
    const skipped = lowestBit(rest);
    const length = lowestBit(~(rest >>> skipped));
    at += skipped;
    rule(tableau, at << placeShift, Math.min(stride, (at + length) << placeShift), a, b);
    at += length;
    rest = skipped + length < 32 ? rest >>> (skipped + length) : 0;
  }
}

/** Its number; 32 of 0. */
function lowestBit(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}

/** Number of the first generator that anticommutes with Z on the qubit, or null: then a measurement of it is certain. */
export function uncertainGenerator({ words, stride, x }: Tableau, qubit: number): number | null {
  for (let w = 0; w < words; w++) {
    const bits = x[qubit * stride + w] as number;
    if (bits !== 0) return 32 * w + (31 - Math.clz32(bits & -bits));
  }
  return null;
}

export function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bit i of the result is the parity of the bits below i: who stands before me, an odd number? */
function parityBelow(word: number): number {
  let folded = word << 1;
  for (const shift of [1, 2, 4, 8, 16]) folded ^= folded << shift;
  return folded;
}

/**
 * The outcome of measuring a qubit that no generator anticommutes with. Z on it is then ± the product of the generators
 * whose destabilizers anticommute with it, and the sign is the outcome. Each generator is (-1)^sign · i^#Y · X^x · Z^z;
 * pulling all X to the left costs a sign wherever a Z of an earlier factor meets an X of a later one.
 */
export function certainOutcome({ qubits, words, stride, x, z, signs }: Tableau, qubit: number): 0 | 1 {
  let [negative, imaginary] = [0, 0];
  const chosen = (w: number) => x[qubit * stride + words + w] as number;
  for (let w = 0; w < words; w++) negative ^= parity((signs[w] as number) & chosen(w));
  for (let column = 0; column < qubits; column++) {
    let carried = 0;
    for (let w = 0; w < words; w++) {
      const xs = (x[column * stride + w] as number) & chosen(w);
      const zs = (z[column * stride + w] as number) & chosen(w);
      if ((xs | zs) === 0) continue;
      imaginary += popCount(xs & zs);
      negative ^= parity(xs & (parityBelow(zs) ^ carried));
      if (parity(zs) === 1) carried = ~carried;
    }
  }
  return (negative ^ ((imaginary >> 1) & 1)) === 1 ? 1 : 0;
}

function setBit(words: Int32Array, word: number, bit: number, value: boolean): void {
  words[word] = value ? (words[word] as number) | bit : (words[word] as number) & ~bit;
}

/** Adds 1 to the counters (two bits each, mod 4) whose bit is set in `up`, and takes 1 from those in `down`. */
function count(low: Int32Array, high: Int32Array, w: number, up: number, down: number): void {
  (high[w] as number) ^= (low[w] as number) & up;
  (low[w] as number) ^= up;
  (low[w] as number) ^= down;
  (high[w] as number) ^= (low[w] as number) & down;
}

/**
 * Makes an uncertain qubit certain. Every string but the pivot that anticommutes with Z on it is multiplied by the pivot,
 * all of them at once; the pivot becomes the destabilizer of its own successor, ±Z.
 */
export function collapseTableau(tableau: Tableau, qubit: number, pivot: number, outcome: 0 | 1): void {
  const { qubits, words, stride, x, z, signs, live } = tableau;
  const [pivotWord, pivotBit] = [pivot >> 5, 1 << (pivot & 31)];
  const chosen = x.slice(qubit * stride, (qubit + 1) * stride);
  (chosen[pivotWord] as number) &= ~pivotBit;
  // The pivot's own destabilizer is replaced below.
  if (stride > words) (chosen[words + pivotWord] as number) &= ~pivotBit;
  // What is multiplied has bits wherever the pivot has.
  live.fill(-1);
  // Powers of i that the products bring in, per string.
  const [low, high] = [new Int32Array(stride), new Int32Array(stride)];
  for (let column = 0; column < qubits; column++) {
    const start = column * stride;
    const hasX = ((x[start + pivotWord] as number) & pivotBit) !== 0;
    const hasZ = ((z[start + pivotWord] as number) & pivotBit) !== 0;
    if (hasX || hasZ) {
      for (let w = 0; w < stride; w++) {
        const rows = chosen[w] as number;
        if (rows === 0) continue;
        const xs = x[start + w] as number;
        const zs = z[start + w] as number;
        // X·Y = i·Z, Y·Z = i·X, Z·X = i·Y, and -i the other way round.
        const plus = hasX ? (hasZ ? xs & ~zs : ~xs & zs) : xs & zs;
        const minus = hasX ? (hasZ ? ~xs & zs : xs & zs) : xs & ~zs;
        count(low, high, w, plus & rows, minus & rows);
        if (hasX) (x[start + w] as number) ^= rows;
        if (hasZ) (z[start + w] as number) ^= rows;
      }
    }
    if (stride > words) {
      setBit(x, start + words + pivotWord, pivotBit, hasX);
      setBit(z, start + words + pivotWord, pivotBit, hasZ);
    }
    setBit(x, start + pivotWord, pivotBit, false);
    setBit(z, start + pivotWord, pivotBit, column === qubit);
  }
  const flipped = ((signs[pivotWord] as number) & pivotBit) !== 0 ? -1 : 0;
  for (let w = 0; w < stride; w++) (signs[w] as number) ^= ((high[w] as number) ^ flipped) & (chosen[w] as number);
  setBit(signs, pivotWord, pivotBit, outcome === 1);
}
