import { uniform } from '../random/philox.js';
import { applyGate } from '../statevector/apply-gate.js';
import { blockStart, cumulativeBlockWeights } from '../statevector/measurement.js';
import type { Precision, StateVector } from '../statevector/state-vector.js';
import { createStateVector } from '../statevector/state-vector.js';
import { Tally, bitString } from './counts.js';
import type { ExecutionPlan } from './execution-plan.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';

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

  /** Back to the first state: the next points start from 0 again. */
  rewind(): void {
    this.block = 0;
    this.index = 0;
    this.before = 0;
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

/** The qubit that decides each classical bit, or null for a bit that stays 0: the last measurement into it wins. */
function finalSources(plan: ExecutionPlan): readonly (number | null)[] {
  const sources: (number | null)[] = Array.from({ length: plan.classicalBits }, () => null);
  for (const step of plan.steps) {
    if (step.kind === 'measure') sources[step.bit] = step.qubit;
  }
  return sources;
}

/** False if it was stopped. */
function evolve(plan: ExecutionPlan, state: StateVector, control: RunControl): boolean {
  let done = 0;
  for (const step of plan.steps) {
    if (control.shouldStop()) return false;
    if (step.kind === 'gate') applyGate(state, step.gate);
    control.onProgress(++done / plan.steps.length);
  }
  return true;
}

/** Shots whose random numbers are held at once. */
const BATCH_SHOTS = 2 ** 20;

/** Draws the shots of one batch: sorted, so that one walk over the state serves them all. */
function sampleBatch(sampler: AscendingSampler, shots: ShotRange, record: (index: number, count: number) => void): void {
  const points = new Float64Array(shots.count);
  for (let i = 0; i < points.length; i++) points[i] = uniform(shots.seed, shots.first + i, 0);
  points.sort();
  let current = -1;
  let run = 0;
  sampler.rewind();
  for (const point of points) {
    const index = sampler.locate(point);
    if (index !== current && run > 0) {
      record(current, run);
      run = 0;
    }
    current = index;
    run++;
  }
  if (run > 0) record(current, run);
}

/**
 * Runs a plan whose measurements all come last: the state evolves once, then each shot's first random number picks a
 * basis state. There is no table of probabilities, which would be half as long again as the state.
 */
export function sampleTerminal(plan: ExecutionPlan, precision: Precision, shots: ShotRange, control: RunControl): Tally | Abandoned {
  const state = createStateVector(plan.activeQubits, precision);
  if (!evolve(plan, state, control)) return 'stopped';
  const sampler = new AscendingSampler(state);
  const sources = finalSources(plan);
  const tally = new Tally(control.countsBytesMax);
  const record = (index: number, count: number) => {
    const bits = Uint8Array.from(sources, (qubit) => (qubit === null ? 0 : (index >> qubit) & 1));
    tally.add(bitString(bits), count);
  };
  for (let done = 0; done < shots.count; done += BATCH_SHOTS) {
    if (control.shouldStop()) return 'stopped';
    const count = Math.min(BATCH_SHOTS, shots.count - done);
    sampleBatch(sampler, { first: shots.first + done, count, seed: shots.seed }, record);
    if (tally.isTooLarge) return 'counts-too-large';
  }
  return tally;
}
