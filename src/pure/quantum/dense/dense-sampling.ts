import { parity } from '../circuit/word-bits.js';
import type { OutcomeSink } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import { drawPoints } from '../statevector/sample-state.js';
import type { LiveView } from './live-view.js';
import type { QubitFrame } from './pauli-frame.js';

/** Sums of weights by groups of 2^groupBits rows of the live subspace, in order. */
export interface GroupWeights {
  readonly groupBits: number;
  readonly sums: Float64Array;
}

/** Finds the amplitude of each point of [0, 1), for points that come in ascending order. */
class AscendingWalk {
  private group = 0;
  /** Weight of the groups before `group`. */
  private before = 0;
  private total = 0;
  private readonly perGroup: number;
  /** Number of an amplitude within its group, and the weight before it there. */
  private position = 0;
  private inside = 0;
  private lastPossible = 0;
  /** Where the row of `position` begins. */
  private rowStart = 0;

  constructor(private readonly view: LiveView, private readonly weights: GroupWeights) {
    const { sums, groupBits } = weights;
    for (let group = 0; group < sums.length; group++) this.total += sums[group] as number;
    this.perGroup = view.rowLength * 2 ** groupBits;
  }

  /** The index of the first amplitude with cumulative weight above the point, so never one of weight 0. */
  locate(point: number): number {
    const target = point * this.total;
    this.walkGroups(target);
    const { view: { rowLength, reals, offsets, imaginaryStep }, perGroup } = this;
    const rest = target - this.before;
    let { position, inside, lastPossible, rowStart } = this;
    for (; position < perGroup; position++) {
      const low = position & (rowLength - 1);
      if (low === 0) rowStart = this.view.at(this.indexAt(position));
      const at = rowStart + (offsets[low] as number);
      const [a, b] = [reals[at] as number, reals[at + imaginaryStep] as number];
      const weight = a * a + b * b;
      if (weight > 0) lastPossible = position;
      if (inside + weight > rest) break;
      inside += weight;
    }
    this.stand(position, inside, lastPossible, rowStart);
    // Rounding may leave the target just above the group's own sum; its last possible amplitude is meant then.
    return this.indexAt(position < perGroup ? position : lastPossible);
  }

  /** To the group that the target is in. */
  private walkGroups(target: number): void {
    const { sums } = this.weights;
    let { group, before } = this;
    for (; group + 1 < sums.length; group++) {
      const after = before + (sums[group] as number);
      if (after > target) break;
      before = after;
    }
    if (group === this.group) return;
    this.group = group;
    this.before = before;
    this.stand(0, 0, 0, 0);
  }

  private stand(position: number, inside: number, lastPossible: number, rowStart: number): void {
    this.position = position;
    this.inside = inside;
    this.lastPossible = lastPossible;
    this.rowStart = rowStart;
  }

  private indexAt(position: number): number {
    const number = this.group * this.perGroup + position;
    return this.view.rowIndex(Math.floor(number / this.view.rowLength)) ^ (number % this.view.rowLength);
  }
}

/** Each shot's first random number picks an amplitude; sorted, they need one walk. False if the sink had enough. */
export function sampleLive(view: LiveView, frame: QubitFrame, weights: GroupWeights, qubits: readonly number[], range: ShotRange, sink: OutcomeSink): boolean {
  const walk = new AscendingWalk(view, weights);
  const masks = frame.masksOf(qubits);
  const flips = qubits.map((qubit) => frame.flipsOf([qubit]));
  const bits = new Uint8Array(qubits.length);
  const { points, shots } = drawPoints(range, sink.wantsShots);
  let index = points.length === 0 ? 0 : walk.locate(points[0] as number);
  for (let start = 0, end = 0, next = index; start < points.length; start = end, index = next) {
    for (end = start + 1; end < points.length; end++) {
      next = walk.locate(points[end] as number);
      if (next !== index) break;
    }
    for (let j = 0; j < bits.length; j++) bits[j] = parity(index & (masks[j] as number)) ^ (flips[j] as number);
    if (!sink.add(bits, end - start, shots?.subarray(start, end) ?? null)) return false;
  }
  return true;
}
