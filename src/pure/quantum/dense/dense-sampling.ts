import type { OutcomeSink } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import { drawPoints } from '../statevector/sample-state.js';
import { LiveView } from './live-view.js';
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
  private readonly total: number;
  private readonly perGroup: number;
  /** Number of an amplitude within its group, and the weight before it there. */
  private position = 0;
  private inside = 0;
  private lastPossible = 0;

  constructor(private readonly view: LiveView, private readonly weights: GroupWeights) {
    this.total = weights.sums.reduce((sum, weight) => sum + weight, 0);
    this.perGroup = view.rowLength * 2 ** weights.groupBits;
  }

  /** The index of the first amplitude with cumulative weight above the point, so never one of weight 0. */
  locate(point: number): number {
    const { sums } = this.weights;
    const target = point * this.total;
    while (this.group + 1 < sums.length && this.before + (sums[this.group] as number) <= target) {
      this.before += sums[this.group++] as number;
      [this.position, this.inside, this.lastPossible] = [0, 0, 0];
    }
    const rest = target - this.before;
    for (; this.position < this.perGroup; this.position++) {
      const weight = this.weightAt(this.position);
      if (weight > 0) this.lastPossible = this.position;
      if (this.inside + weight > rest) return this.indexAt(this.position);
      this.inside += weight;
    }
    // Rounding may leave the target just above the group's own sum; its last possible amplitude is meant then.
    return this.indexAt(this.lastPossible);
  }

  private indexAt(position: number): number {
    const number = this.group * this.perGroup + position;
    return this.view.rowIndex(Math.floor(number / this.view.rowLength)) ^ (number % this.view.rowLength);
  }

  private rowNumber = -1;
  private rowStart = 0;

  private weightAt(position: number): number {
    const { view } = this;
    const low = position & (view.rowLength - 1);
    const row = (this.group * this.perGroup + position - low) / view.rowLength;
    if (row !== this.rowNumber) [this.rowNumber, this.rowStart] = [row, view.at(view.rowIndex(row))];
    const at = this.rowStart + (view.offsets[low] as number);
    const [a, b] = [view.reals[at] as number, view.reals[at + view.imaginaryStep] as number];
    return a * a + b * b;
  }
}

/** Each shot's first random number picks an amplitude; sorted, they need one walk. False if the sink had enough. */
export function sampleLive(view: LiveView, frame: QubitFrame, weights: GroupWeights, qubits: readonly number[], range: ShotRange, sink: OutcomeSink): boolean {
  const walk = new AscendingWalk(view, weights);
  const masks = frame.masksOf(qubits);
  const flips = qubits.map((qubit) => frame.flipsOf([qubit]));
  const bits = new Uint8Array(qubits.length);
  const { points, shots } = drawPoints(range, sink.wantsShots);
  for (let start = 0, end = 0; start < points.length; start = end) {
    const index = walk.locate(points[start] as number);
    for (end = start + 1; end < points.length && walk.locate(points[end] as number) === index;) end++;
    masks.forEach((mask, j) => (bits[j] = LiveView.valueAt(index, [mask]) ^ (flips[j] as number)));
    if (!sink.add(bits, end - start, shots?.subarray(start, end) ?? null)) return false;
  }
  return true;
}
