import { evaluateClassical, writeBits } from '../circuit/classical-expression.js';
import type { QuantumState } from '../methods/quantum-state.js';
import { uniform } from '../random/philox.js';
import { Tally, bitString } from './counts.js';
import type { ControlStep, ExecutionPlan, PlanStep, PlannedCondition } from './execution-plan.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';

/** Copies of the state that may wait at branchings, all together. Beyond it a branch runs again from its beginning. */
export const BRANCH_COPIES_BYTES_MAX = 64n * 1024n * 1024n;

/** Shots that are followed at once. */
const BATCH_SHOTS = 2 ** 20;

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
  copy: QuantumState | null;
}

/** Steps before the first one that draws a random number or asks a bit: the same for all shots. */
function prefixLength(steps: readonly PlanStep[]): number {
  const first = steps.findIndex((step) => step.kind !== 'gate' || step.condition !== null);
  return first === -1 ? steps.length : first;
}

/**
 * Runs a plan with measurements, resets and conditions on the way.
 *
 * Each shot owns a stream of random numbers and uses one at each measurement or reset. Shots are not run one by one:
 * those with the same outcomes so far share one state and part where their numbers make them differ. The result is
 * the same as running every shot alone, at the cost of one run for each history that occurs: four for a teleportation,
 * however many shots.
 */
class TrajectorySampler {
  private prefixState: QuantumState | null = null;
  private readonly prefix: number;
  private readonly tally: Tally;
  private readonly pending: Branch[] = [];
  private copiesLeft: number;
  private shotsDone = 0;

  constructor(
    private readonly plan: ExecutionPlan,
    private readonly state: QuantumState,
    private readonly shots: ShotRange,
    private readonly control: RunControl,
    copiesBytesMax: bigint,
  ) {
    this.tally = new Tally(control.countsBytesMax, control.keepsMemory ? shots : null);
    this.prefix = prefixLength(plan.steps);
    this.copiesLeft = Number(copiesBytesMax / state.bytes);
  }

  run(): Tally | Abandoned {
    const { first, count } = this.shots;
    for (let step = 0; step < this.prefix; step++) {
      if (this.control.shouldStop()) return 'stopped';
      this.applyStep(this.plan.steps[step] as PlanStep);
      this.control.onProgress((step + 1) / this.plan.steps.length);
    }
    if (this.prefix > 0) this.prefixState = this.state.copy();
    for (let done = 0; done < count; done += BATCH_SHOTS) {
      const length = Math.min(BATCH_SHOTS, count - done);
      this.pending.push(this.branchAtPrefix(Array.from({ length }, (_, i) => first + done + i)));
      const abandoned = this.finishPending();
      if (abandoned !== null) return abandoned;
    }
    return this.tally;
  }

  private finishPending(): Abandoned | null {
    const { length } = this.plan.steps;
    for (let branch = this.pending.pop(); branch !== undefined; branch = this.pending.pop()) {
      this.restore(branch);
      const abandoned = this.finish(branch);
      if (abandoned !== null) return abandoned;
      if (this.tally.isTooLarge) return 'counts-too-large';
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
    this.tally.add(bitString(branch.bits.subarray(0, this.plan.classicalBits)), branch.shots.length, branch.shots);
    return null;
  }

  private do(branch: Branch, step: Exclude<PlanStep, ControlStep>): void {
    if (step.kind === 'gate') this.state.apply(step.gate);
    else if (step.kind === 'reset') this.draw(branch, step.qubit, null);
    else if (step.qubit === null) branch.bits[step.bit] = 0;
    else this.draw(branch, step.qubit, step.bit);
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

  /** Measures a qubit into `bit`, or resets it if that is null. Shots with the rarer outcome part from the branch. */
  private draw(branch: Branch, qubit: number, bit: number | null): void {
    const weights = this.state.outcomeWeights(qubit);
    const probability = weights[1] / (weights[0] + weights[1]);
    const outcomes: [number[], number[]] = [[], []];
    for (const shot of branch.shots) {
      outcomes[uniform(this.shots.seed, shot, branch.draws) < probability ? 1 : 0].push(shot);
    }
    branch.draws++;
    // The larger group goes on in place: were it the one to run again, its long list would be gone through twice.
    const outcome = outcomes[1].length > outcomes[0].length ? 1 : 0;
    const rarer = outcome === 1 ? 0 : 1;
    if (outcomes[rarer].length > 0) this.part(branch, outcomes[rarer], qubit, bit, rarer, weights[rarer]);
    branch.shots = outcomes[outcome];
    settle(this.state, branch.bits, qubit, bit, outcome, weights[outcome]);
  }

  private part(branch: Branch, shots: readonly number[], qubit: number, bit: number | null, outcome: 0 | 1, weight: number): void {
    if (this.copiesLeft === 0) {
      // Run again, these shots draw the same numbers and so arrive here together.
      this.pending.push(this.branchAtPrefix(shots));
      return;
    }
    this.copiesLeft--;
    const copy = this.state.copy();
    const bits = branch.bits.slice();
    settle(copy, bits, qubit, bit, outcome, weight);
    this.pending.push({ ...branch, shots, bits, rounds: branch.rounds.slice(), copy });
  }
}

function isControl(step: PlanStep): step is ControlStep {
  return step.kind !== 'gate' && step.kind !== 'measure' && step.kind !== 'reset';
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

/** What an outcome does to the state and to the bits. */
function settle(state: QuantumState, bits: Uint8Array, qubit: number, bit: number | null, outcome: 0 | 1, weight: number): void {
  state.collapse(qubit, outcome, weight);
  if (bit !== null) bits[bit] = outcome;
  else if (outcome === 1) state.apply({ name: 'x', parameters: [], qubits: [qubit] });
}

/** `copiesBytesMax` trades time for memory; the counts do not depend on it. */
export function sampleTrajectories(
  plan: ExecutionPlan, state: QuantumState, shots: ShotRange, control: RunControl, copiesBytesMax = BRANCH_COPIES_BYTES_MAX,
): Tally | Abandoned {
  return new TrajectorySampler(plan, state, shots, control, copiesBytesMax).run();
}
