import type { OutcomeSink, TextSink } from '../methods/quantum-state.js';
import { uniformWords } from '../random/philox.js';
import type { ShotRange } from '../sampling/run-control.js';
import { shotNumber } from '../sampling/run-control.js';
import type { Echelon } from './echelon.js';
import { possibleOutcome } from './echelon.js';
import { WordText } from './word-text.js';

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
  const places = new Int32Array(32 * echelon.words).fill(-1);
  qubits.forEach((qubit, j) => (places[qubit] = j));
  const project = (bits: Int32Array, start: number, to: Int32Array, at: number): void => {
    for (let w = 0; w < echelon.words; w++) {
      for (let rest = bits[start + w] as number; rest !== 0; rest &= rest - 1) {
        const place = places[32 * w + 31 - Math.clz32(rest & -rest)] as number;
        if (place >= 0) (to[at + (place >> 5)] as number) |= 1 << (place & 31);
      }
    }
  };
  const origin = new Int32Array(words);
  project(possibleOutcome(echelon), 0, origin, 0);
  const directions = new Int32Array(echelon.rank * words);
  for (let row = 0; row < echelon.rank; row++) project(echelon.x, row * echelon.words, directions, row * words);
  return { words, origin, directions, count: echelon.rank };
}

/** Directions whose sums are tabulated together: 2^8 rows each (Arlazarov, Dinic, Kronrod and Faradzev, 1970). */
const GROUP = 8;
/** Groups that take their bytes from the same 128 random bits of a shot. */
const GROUPS_A_DRAW = 16;
/** Shots that go through one table after the other: they and a table of a thousand qubits stay in a core's own cache. */
const SHOTS_TOGETHER = 512;

/** The sums of every subset of a group of directions, as far as any of them reaches: words `from` to `to`. */
class GroupTable {
  from = 0;
  to = 0;
  /** Of a byte: the directions that there are. */
  mask = 0;
  private readonly sums: Int32Array;

  constructor(private readonly space: OutcomeSpace) {
    this.sums = new Int32Array(space.words << GROUP);
  }

  fill(group: number): void {
    const { space: { words, directions, count }, sums } = this;
    const [first, size] = [group * GROUP, Math.min(GROUP, count - group * GROUP)];
    this.mask = (1 << size) - 1;
    let [from, to] = [words, 0];
    for (let row = first; row < first + size; row++) {
      for (let w = 0; w < words; w++) {
        if (directions[row * words + w] === 0) continue;
        if (w < from) from = w;
        if (w >= to) to = w + 1;
      }
    }
    [this.from, this.to] = [from, to];
    sums.fill(0, 0, words);
    for (let subset = 1; subset <= this.mask; subset++) {
      const rest = (subset & (subset - 1)) * words;
      const added = (first + 31 - Math.clz32(subset & -subset)) * words;
      for (let w = from; w < to; w++) sums[subset * words + w] = (sums[rest + w] as number) ^ (directions[added + w] as number);
    }
  }

  /** Adds to each outcome the sum that a byte of its draw chooses. */
  addTo(outcomes: Int32Array, count: number, draws: Uint32Array, group: number): void {
    const { sums, from, to, mask, space: { words } } = this;
    const [word, shift] = [(group >> 2) & 3, 8 * (group & 3)];
    for (let i = 0, at = 0; i < count; i++, at += words) {
      const start = (((draws[4 * i + word] as number) >>> shift) & mask) * words;
      for (let w = from; w < to; w++) (outcomes[at + w] as number) ^= sums[start + w] as number;
    }
  }
}

/** Draws a subset of the directions for every shot, from 128 random bits at a time of the shot's own stream. */
export function sampleOutcomes(space: OutcomeSpace, width: number, shots: ShotRange, sink: OutcomeSink): boolean {
  const { words } = space;
  const together = Math.min(SHOTS_TOGETHER, shots.count);
  const outcomes = new Int32Array(together * words);
  const draws = new Uint32Array(4 * together);
  const table = new GroupTable(space);
  const tell = sink.addText ? textTeller(sink.addText, words, width) : bitsTeller(sink, words, width);
  for (let first = 0; first < shots.count; first += together) {
    const count = Math.min(together, shots.count - first);
    drawOutcomes(space, table, { shots, first, count }, outcomes, draws);
    for (let i = 0; i < count; i++) {
      if (!tell(outcomes, i * words, sink.wantsShots ? [shotNumber(shots, first + i)] : null)) return false;
    }
  }
  return true;
}

type Teller = (outcomes: Int32Array, at: number, shots: readonly number[] | null) => boolean;

function bitsTeller(sink: OutcomeSink, words: number, width: number): Teller {
  const bits = new Uint8Array(32 * words);
  const shown = bits.subarray(0, width);
  return (outcomes, at, shots) => {
    for (let w = 0, j = 0; w < words; w++) {
      for (let rest = outcomes[at + w] as number, end = j + 32; j < end; j++, rest >>>= 1) bits[j] = rest & 1;
    }
    return sink.add(shown, 1, shots);
  };
}

function textTeller(addText: TextSink, words: number, width: number): Teller {
  const text = new WordText(words, width);
  return (outcomes, at, shots) => addText(text.of(outcomes, at), 1, shots);
}

/** `draws` holds the four words of each shot that a few groups share. */
function drawOutcomes(space: OutcomeSpace, table: GroupTable, { shots, first, count }: { readonly shots: ShotRange; readonly first: number; readonly count: number }, outcomes: Int32Array, draws: Uint32Array): void {
  const { words, origin } = space;
  const random = new Uint32Array(4);
  for (let i = 0; i < count; i++) outcomes.set(origin, i * words);
  for (let group = 0; group * GROUP < space.count; group++) {
    if (group % GROUPS_A_DRAW === 0) {
      for (let i = 0; i < count; i++) {
        uniformWords(shots.seed, shotNumber(shots, first + i), group / GROUPS_A_DRAW, random);
        draws.set(random, 4 * i);
      }
    }
    table.fill(group);
    table.addTo(outcomes, count, draws, group);
  }
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
