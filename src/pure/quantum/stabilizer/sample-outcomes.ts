import type { OutcomeSink } from '../methods/quantum-state.js';
import { uniformWords } from '../random/philox.js';
import type { ShotRange } from '../sampling/run-control.js';
import { shotNumber } from '../sampling/run-control.js';
import type { Echelon } from './echelon.js';
import { possibleOutcome } from './echelon.js';

/**
 * The outcomes of some qubits: a possible one, and directions in which the others lie. All of the 2^(directions) sums
 * are equally likely; directions may depend on one another once qubits are left out, which changes nothing.
 */
export interface OutcomeSpace {
  readonly words: number;
  readonly origin: Int32Array;
  /** Row after row of `words`; bit j belongs to the j-th of the qubits. */
  readonly directions: Int32Array;
  readonly count: number;
}

export function outcomeSpace(echelon: Echelon, qubits: readonly number[]): OutcomeSpace {
  const words = Math.ceil(qubits.length / 32);
  const project = (bits: Int32Array, start: number, to: Int32Array, at: number): void => {
    qubits.forEach((qubit, j) => {
      if ((((bits[start + (qubit >> 5)] as number) >>> (qubit & 31)) & 1) === 1) (to[at + (j >> 5)] as number) |= 1 << (j & 31);
    });
  };
  const origin = new Int32Array(words);
  project(possibleOutcome(echelon), 0, origin, 0);
  const directions = new Int32Array(echelon.rank * words);
  for (let row = 0; row < echelon.rank; row++) project(echelon.x, row * echelon.words, directions, row * words);
  return { words, origin, directions, count: echelon.rank };
}

/** Directions whose sums are tabulated together: 2^8 rows each (Arlazarov, Dinic, Kronrod and Faradzev, 1970). */
const GROUP = 8;

/** The sums of every subset of each group of directions. */
function groupTables({ words, directions, count }: OutcomeSpace): Int32Array {
  const groups = Math.ceil(count / GROUP);
  const tables = new Int32Array((groups << GROUP) * words);
  for (let group = 0; group < groups; group++) {
    const table = (group << GROUP) * words;
    const size = Math.min(GROUP, count - group * GROUP);
    for (let subset = 1; subset < 1 << size; subset++) {
      const rest = table + (subset & (subset - 1)) * words;
      const added = (group * GROUP + 31 - Math.clz32(subset & -subset)) * words;
      for (let w = 0; w < words; w++) tables[table + subset * words + w] = (tables[rest + w] as number) ^ (directions[added + w] as number);
    }
  }
  return tables;
}

/** Draws a subset of the directions for every shot, from 128 random bits at a time of the shot's own stream. */
export function sampleOutcomes(space: OutcomeSpace, width: number, shots: ShotRange, sink: OutcomeSink): boolean {
  const { words, origin, count } = space;
  const tables = groupTables(space);
  const outcome = new Int32Array(words);
  const bits = new Uint8Array(width);
  const random = new Uint32Array(4);
  const groups = Math.ceil(count / GROUP);
  const lastMask = (1 << (count - (groups - 1) * GROUP)) - 1;
  for (let i = 0; i < shots.count; i++) {
    const shot = shotNumber(shots, i);
    outcome.set(origin);
    for (let group = 0; group < groups; group++) {
      if (group % 16 === 0) uniformWords(shots.seed, shot, group >> 4, random);
      const byte = ((random[(group >> 2) & 3] as number) >>> (8 * (group & 3))) & 0xff;
      const start = ((group << GROUP) + (group === groups - 1 ? byte & lastMask : byte)) * words;
      for (let w = 0; w < words; w++) (outcome[w] as number) ^= tables[start + w] as number;
    }
    for (let j = 0; j < width; j++) bits[j] = ((outcome[j >> 5] as number) >>> (j & 31)) & 1;
    if (!sink.add(bits, 1, sink.wantsShots ? [shot] : null)) return false;
  }
  return true;
}

/** The probability of each value of the qubits; `width` of them. */
export function outcomeProbabilities({ words, origin, directions, count }: OutcomeSpace, width: number): Float64Array {
  if (words > 1) throw new RangeError('probabilities are told for at most 32 qubits');
  // Independent directions by their highest bits: what is left of a dependent one is 0.
  const basis: number[] = [];
  for (let row = 0; row < count; row++) {
    const left = basis.reduce((bits, base) => Math.min(bits, (bits ^ base) >>> 0), (directions[row] as number) >>> 0);
    if (left !== 0) basis.push(left);
    basis.sort((a, b) => b - a);
  }
  const probabilities = new Float64Array(2 ** width);
  for (let subset = 0; subset < 2 ** basis.length; subset++) {
    const outcome = basis.reduce((bits, base, i) => ((subset >>> i) & 1 ? bits ^ base : bits), origin[0] ?? 0);
    probabilities[outcome >>> 0] = 2 ** -basis.length;
  }
  return probabilities;
}
