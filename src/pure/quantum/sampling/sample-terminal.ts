import type { SimulatedState } from '../methods/quantum-state.js';
import type { OutcomeCounter } from './counts.js';
import type { ExecutionPlan } from './execution-plan.js';
import { OutcomeTally } from './outcome-tally.js';
import type { PlanStep } from './plan-step.js';
import type { PlanSampler } from './plan-sampler.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';

/** A step on a state of so many bytes takes less than asking whether to stop, and telling how far it is, is worth. */
const SMALL_BYTES_MAX = 2 ** 20;
const STEPS_ASKED_OF_SMALL = 64;

/** From the step numbered `first`. False if it was stopped. */
function evolve({ steps }: ExecutionPlan, state: SimulatedState, control: RunControl, first: number): boolean {
  const together = state.bytes <= SMALL_BYTES_MAX ? STEPS_ASKED_OF_SMALL : 1;
  for (let at = first; at < steps.length; at++) {
    const step = steps[at] as PlanStep;
    if (at % together === 0) {
      if (control.shouldStop()) return false;
      control.onProgress(at / steps.length);
    }
    if (step.kind === 'gate') state.apply(step.gate);
    else if (step.kind === 'channel') state.applyChannel?.(step.channel);
  }
  control.onProgress(1);
  return true;
}

/** Shots between two questions whether to stop. */
const BATCH_SHOTS = 2 ** 20;

/** Runs a plan whose measurements all come last, with channels only if the state has them: it evolves once, from where the state is, and serves all shots. */
export class TerminalSampler implements PlanSampler {
  private hasEvolved = false;

  constructor(private readonly plan: ExecutionPlan, private readonly state: SimulatedState, private readonly control: RunControl, private readonly stepsDone = 0) {}

  sample(shots: ShotRange, counter: OutcomeCounter): Abandoned | null {
    if (!this.hasEvolved && !evolve(this.plan, this.state, this.control, this.stepsDone)) return 'stopped';
    this.hasEvolved = true;
    const outcomes = new OutcomeTally(this.plan, counter, shots.seed);
    for (let done = 0; done < shots.count; done += BATCH_SHOTS) {
      if (this.control.shouldStop()) return 'stopped';
      const count = Math.min(BATCH_SHOTS, shots.count - done);
      if (!this.state.sample(outcomes.qubits, { first: shots.first + done, count, seed: shots.seed }, outcomes)) return 'counts-too-large';
    }
    return null;
  }
}
