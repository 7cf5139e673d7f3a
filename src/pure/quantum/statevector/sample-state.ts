import type { OutcomeSink } from '../methods/quantum-state.js';
import { uniform } from '../random/philox.js';
import type { ShotRange } from '../sampling/run-control.js';
import { shotNumber } from '../sampling/run-control.js';
import { blockStart, cumulativeBlockWeights } from './measurement.js';
import type { StateVector } from './state-vector.js';

/** Finds the basis state of each point of [0, 1), for points that come in ascending order. */
class AscendingSampler {
  private readonly cumulative: Float64Array;
  private readonly total: number;
  private block = 0;
  private index = 0;
  /** Weight of everything before `index`. */
  private before = 0;

  constructor(private readonly state: StateVector) {
    this.cumulative = cumulativeBlockWeights(state);
    // The norm is 1 but for rounding (in single precision some 1e-6): dividing by it keeps the last states reachable.
    this.total = this.cumulative[this.cumulative.length - 1] as number;
  }

  /** The state whose interval holds `point`: the first with cumulative weight above it, so never one of weight 0. */
  locate(point: number): number {
    const target = point * this.total;
    if ((this.cumulative[this.block + 1] as number) <= target) {
      while (this.block + 2 < this.cumulative.length && (this.cumulative[this.block + 1] as number) <= target) this.block++;
      this.index = blockStart(this.block);
      this.before = this.cumulative[this.block] as number;
    }
    const end = Math.min(blockStart(this.block + 1), this.state.re.length);
    let { index, before } = this;
    let last = index;
    for (; index < end; index++) {
      const weight = this.weight(index);
      if (weight > 0) last = index;
      if (before + weight > target) break;
      before += weight;
    }
    // Rounding may leave the target just above the block's own sum; its last possible state is meant then.
    if (index === end) return this.lastPossible(last);
    this.index = index;
    this.before = before;
    return index;
  }

  private weight(index: number): number {
    const a = this.state.re[index] as number;
    const b = this.state.im[index] as number;
    return a * a + b * b;
  }

  private lastPossible(candidate: number): number {
    let index = candidate;
    while (index > 0 && this.weight(index) === 0) index--;
    return index;
  }
}

/** Points of one batch in ascending order and, if they are wanted, the shots that drew them. */
export function drawPoints(range: ShotRange, wantsShots: boolean): { readonly points: Float64Array; readonly shots: Float64Array | null } {
  const points = new Float64Array(range.count);
  for (let i = 0; i < points.length; i++) points[i] = uniform(range.seed, shotNumber(range, i), 0);
  if (!wantsShots) return { points: points.sort(), shots: null };
  // Equal points are in one state, so their order among themselves changes nothing but the order of the numbers told.
  const order = Uint32Array.from(points.keys()).sort((a, b) => (points[a] as number) - (points[b] as number) || a - b);
  return { points: Float64Array.from(order, (i) => points[i] as number), shots: Float64Array.from(order, (i) => shotNumber(range, i)) };
}

/**
 * Each shot's first random number picks a basis state; sorted, they need one walk over the state. There is no table of
 * probabilities, which would be half as long again as the state. False if the sink had enough.
 */
export function sampleStateVector(state: StateVector, qubits: readonly number[], range: ShotRange, sink: OutcomeSink): boolean {
  const sampler = new AscendingSampler(state);
  const bits = new Uint8Array(qubits.length);
  const { points, shots } = drawPoints(range, sink.wantsShots);
  for (let start = 0, end = 0; start < points.length; start = end) {
    const index = sampler.locate(points[start] as number);
    for (end = start + 1; end < points.length && sampler.locate(points[end] as number) === index;) end++;
    qubits.forEach((qubit, i) => (bits[i] = (index >> qubit) & 1));
    if (!sink.add(bits, end - start, shots?.subarray(start, end) ?? null)) return false;
  }
  return true;
}
