import { evaluateClassical, writeBits } from '../circuit/classical-expression.js';
import type { Alternative, AppliedChannel, SimulatedState } from '../methods/quantum-state.js';
import { cumulativeChances } from '../noise/draw-alternative.js';
import { uniform } from '../random/philox.js';
import type { OutcomeCounter } from './counts.js';
import { bitString } from './counts.js';
import type { ExecutionPlan } from './execution-plan.js';
import type { ControlStep, PlanStep, PlannedCondition } from './plan-step.js';
import { CHANNEL_DRAWS, OutcomeTally, readOff } from './outcome-tally.js';
import type { PlanSampler } from './plan-sampler.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';

/** Copies of the state that may wait at branchings, all together. Beyond it a branch runs again from its beginning. */
export const BRANCH_COPIES_BYTES_MAX = 64n * 1024n * 1024n;

/** Shots that are followed at once. */
const BATCH_SHOTS = 2 ** 20;

/** Of a qubit that nothing touched. */
const CERTAIN_ZERO: readonly [number, number] = [1, 0];

/** Shots that have seen the same outcomes so far, and therefore are in the same state. */
interface Branch {
  shots: readonly number[];
  /** Index of the next step. */
  step: number;
  /** Random numbers that each of the shots has used. */
  draws: number;
  /** Those that the counts show, then the hidden ones. */
  readonly bits: Uint8Array;
  /** Rounds that each loop has begun. */
  readonly rounds: Int32Array;
  /** The latest `if` and what it decided: the rest of its operations follow that. */
  condition: PlannedCondition | null;
  decision: boolean;
  /** The state at `step`; null for a branch that must run again from the prefix. */
  copy: SimulatedState | null;
}

/** Steps before the first one that draws a random number or asks a bit: the same for all shots. */
function prefixLength(steps: readonly PlanStep[]): number {
  const first = steps.findIndex((step) => step.kind !== 'gate' || step.condition !== null);
  return first === -1 ? steps.length : first;
}

/**
 * Runs a plan with measurements, resets, conditions and noise on the way.
 *
 * Each shot owns a stream of random numbers and uses one at each measurement, reset and channel of noise. Shots are not run one by one:
 * those with the same outcomes so far share one state and part where their numbers make them differ. The result is
 * the same as running every shot alone, at the cost of one run for each history that occurs: four for a teleportation,
 * however many shots.
 */
export class TrajectorySampler implements PlanSampler {
  private prefixState: SimulatedState | null = null;
  private readonly prefix: number;
  private isPrefixDone = false;
  private copiesLeft: number;
  private readonly pending: Branch[] = [];
  // Of the shots that are asked for now.
  private shots: ShotRange = { first: 0, count: 0, seed: 0 };
  private counter: OutcomeCounter | null = null;
  /** Where only noise makes shots differ: all are measured at the end of their branch, which is sampled for all of its shots. */
  private outcomes: OutcomeTally | null = null;
  private shotsDone = 0;

  /** `copiesBytesMax` trades time for memory; the outcomes do not depend on it. */
  constructor(
    private readonly plan: ExecutionPlan,
    private readonly state: SimulatedState,
    private readonly control: RunControl,
    copiesBytesMax = BRANCH_COPIES_BYTES_MAX,
  ) {
    this.prefix = prefixLength(plan.steps);
    this.copiesLeft = Number(copiesBytesMax / state.bytes);
  }

  sample(shots: ShotRange, counter: OutcomeCounter): Abandoned | null {
    const { first, count, seed } = shots;
    if (!this.isPrefixDone && !this.evolvePrefix()) return 'stopped';
    [this.shots, this.counter, this.shotsDone] = [shots, counter, 0];
    this.outcomes = this.plan.isTerminal ? new OutcomeTally(this.plan, counter, seed) : null;
    for (let done = 0; done < count; done += BATCH_SHOTS) {
      const length = Math.min(BATCH_SHOTS, count - done);
      this.pending.push(this.branchAtPrefix(Array.from({ length }, (_, i) => first + done + i)));
      const abandoned = this.finishPending(counter);
      if (abandoned !== null) return abandoned;
    }
    return null;
  }

  /** False if it was stopped. */
  private evolvePrefix(): boolean {
    for (let step = 0; step < this.prefix; step++) {
      if (this.control.shouldStop()) return false;
      this.applyStep(this.plan.steps[step] as PlanStep);
      this.control.onProgress((step + 1) / this.plan.steps.length);
    }
    if (this.prefix > 0) this.prefixState = this.state.copy();
    this.isPrefixDone = true;
    return true;
  }

  private finishPending(counter: OutcomeCounter): Abandoned | null {
    const { length } = this.plan.steps;
    for (let branch = this.pending.pop(); branch !== undefined; branch = this.pending.pop()) {
      this.restore(branch);
      const abandoned = this.finish(branch);
      if (abandoned !== null) return abandoned;
      if (counter.isTooLarge) return 'counts-too-large';
      this.shotsDone += branch.shots.length;
      this.control.onProgress((this.prefix + (length - this.prefix) * (this.shotsDone / this.shots.count)) / length);
    }
    return null;
  }

  private branchAtPrefix(shots: readonly number[]): Branch {
    const bits = new Uint8Array(this.plan.classicalBits + this.plan.hiddenBits);
    const rounds = new Int32Array(this.plan.loops);
    return { shots, step: this.prefix, draws: 0, bits, rounds, condition: null, decision: true, copy: null };
  }

  /** Puts the state where the branch left it, and gives its copy back. */
  private restore(branch: Branch): void {
    if (branch.copy !== null) {
      this.state.assign(branch.copy);
      branch.copy = null;
      this.copiesLeft++;
    } else if (this.prefixState !== null) {
      this.state.assign(this.prefixState);
    } else {
      this.state.clear();
    }
  }

  /** Runs a branch to its end, leaving behind what parts from it. */
  private finish(branch: Branch): Abandoned | null {
    const { steps } = this.plan;
    while (branch.step < steps.length) {
      if (this.control.shouldStop()) return 'stopped';
      const step = steps[branch.step++] as PlanStep;
      if (isControl(step)) {
        if (!follow(branch, step)) return 'loop-limit';
      } else if (this.holds(branch, step.condition)) {
        this.do(branch, step);
      }
    }
    this.tell(branch);
    return null;
  }

  /** Counts a branch that has ended. */
  private tell({ shots, bits }: Branch): void {
    if (this.outcomes === null) {
      this.counter?.add(bitString(bits.subarray(0, this.plan.classicalBits)), shots.length, shots);
    } else {
      this.state.sample(this.outcomes.qubits, { first: 0, count: shots.length, seed: this.shots.seed, numbers: shots }, this.outcomes);
    }
  }

  private do(branch: Branch, step: Exclude<PlanStep, ControlStep>): void {
    if (step.kind === 'gate') this.state.apply(step.gate);
    else if (step.kind === 'channel') this.disturb(branch, step.channel);
    else if (step.kind === 'reset') this.reset(branch, step.qubit);
    else if (this.outcomes === null) this.measure(branch, step);
  }

  private applyStep(step: PlanStep): void {
    if (step.kind === 'gate') this.state.apply(step.gate);
  }

  /** Whether a step is done. Asked once for each `if`: later steps of it follow the first answer. */
  private holds(branch: Branch, condition: PlannedCondition | null): boolean {
    if (condition === null) return true;
    if (branch.condition !== condition) {
      branch.condition = condition;
      branch.decision = condition.expected.every((bit, i) => branch.bits[condition.offset + i] === bit);
    }
    return branch.decision;
  }

  /** Measures a qubit into a bit, which may tell another outcome than the state has, or null: a qubit that is |0⟩. */
  private measure(branch: Branch, { qubit, bit, readout }: Extract<PlanStep, { readonly kind: 'measure' }>): void {
    if (qubit === null && readout === null) {
      branch.bits[bit] = 0;
      return;
    }
    const weights = qubit === null ? CERTAIN_ZERO : this.state.outcomeWeights(qubit);
    const groupOf = (shot: number) => {
      const outcome = qubit === null ? 0 : this.outcome(branch, weights, shot);
      return 2 * outcome + readOff(outcome, readout, this.shots.seed, shot, CHANNEL_DRAWS + branch.draws);
    };
    this.split(branch, 4, groupOf, (group, state, bits) => {
      const outcome = group >= 2 ? 1 : 0;
      if (qubit !== null) state.collapse(qubit, outcome, weights[outcome]);
      bits[bit] = group & 1;
    });
  }

  private reset(branch: Branch, qubit: number): void {
    const weights = this.state.outcomeWeights(qubit);
    this.split(branch, 2, (shot) => this.outcome(branch, weights, shot), (outcome, state) => {
      state.collapse(qubit, outcome === 1 ? 1 : 0, weights[outcome === 1 ? 1 : 0]);
      if (outcome === 1) state.apply({ name: 'x', parameters: [], qubits: [qubit] });
    });
  }

  private outcome(branch: Branch, weights: readonly [number, number], shot: number): 0 | 1 {
    return uniform(this.shots.seed, shot, branch.draws) < weights[1] / (weights[0] + weights[1]) ? 1 : 0;
  }

  /** A state that can be mixed goes through the channel; of a pure one, each shot has its alternative. */
  private disturb(branch: Branch, channel: AppliedChannel): void {
    if (this.state.applyChannel !== undefined) {
      this.state.applyChannel(channel);
      return;
    }
    const chances = cumulativeChances(channel, this.state);
    const groupOf = (shot: number) => {
      const random = uniform(this.shots.seed, shot, CHANNEL_DRAWS + branch.draws);
      let group = 0;
      while ((chances[group] as number) <= random) group++;
      return group;
    };
    this.split(branch, chances.length, groupOf, (group, state) => {
      for (const gate of (channel.alternatives[group] as Alternative).gates) state.apply(gate);
    });
  }

  /** Groups the shots by what they draw. The largest group goes on, the others part from the branch. */
  private split(branch: Branch, groups: number, groupOf: (shot: number) => number, deed: (group: number, state: SimulatedState, bits: Uint8Array) => void): void {
    const shots: number[][] = Array.from({ length: groups }, () => []);
    for (const shot of branch.shots) (shots[groupOf(shot)] as number[]).push(shot);
    branch.draws++;
    // In place: were the largest group one to run again, its long list would be gone through twice.
    let largest = 0;
    shots.forEach(({ length }, group) => {
      if (length > (shots[largest] as number[]).length) largest = group;
    });
    shots.forEach((parted, group) => {
      if (group !== largest && parted.length > 0) this.part(branch, parted, (state, bits) => deed(group, state, bits));
    });
    branch.shots = shots[largest] as number[];
    deed(largest, this.state, branch.bits);
  }

  private part(branch: Branch, shots: readonly number[], deed: (state: SimulatedState, bits: Uint8Array) => void): void {
    if (this.copiesLeft === 0) {
      // Run again, these shots draw the same numbers and so arrive here together.
      this.pending.push(this.branchAtPrefix(shots));
      return;
    }
    this.copiesLeft--;
    const copy = this.state.copy();
    const bits = branch.bits.slice();
    deed(copy, bits);
    this.pending.push({ ...branch, shots, bits, rounds: branch.rounds.slice(), copy });
  }
}

function isControl(step: PlanStep): step is ControlStep {
  return step.kind !== 'gate' && step.kind !== 'channel' && step.kind !== 'measure' && step.kind !== 'reset';
}

/** Does what a step says of bits and of the next step. False: a loop has had all the rounds that it may have. */
function follow(branch: Branch, step: ControlStep): boolean {
  switch (step.kind) {
    case 'assign':
      writeBits(evaluateClassical(step.value, branch.bits), step.bits, branch.bits);
      return true;
    case 'jump-unless':
      if (evaluateClassical(step.condition, branch.bits) === 0n) branch.step = step.to;
      return true;
    case 'jump':
      branch.step = step.to;
      return true;
    case 'enter':
      branch.rounds[step.loop] = 0;
      return true;
    case 'repeat':
      branch.step = step.to;
      // An `if` of the body is decided anew in each round.
      branch.condition = null;
      return ++(branch.rounds[step.loop] as number) <= step.iterationsMax;
  }
}
