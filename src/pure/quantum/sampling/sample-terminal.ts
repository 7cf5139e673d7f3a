import type { SimulatedState } from '../methods/quantum-state.js';
import type { OutcomeCounter } from './counts.js';
import type { ExecutionPlan } from './execution-plan.js';
import { OutcomeTally } from './outcome-tally.js';
import type { PlanSampler } from './plan-sampler.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';

/** False if it was stopped. */
function evolve(plan: ExecutionPlan, state: SimulatedState, control: RunControl): boolean {
  let done = 0;
  for (const step of plan.steps) {
    if (control.shouldStop()) return false;
    if (step.kind === 'gate') state.apply(step.gate);
    else if (step.kind === 'channel') state.applyChannel?.(step.channel);
    control.onProgress(++done / plan.steps.length);
  }
  return true;
}

/** Shots between two questions whether to stop. */
const BATCH_SHOTS = 2 ** 20;

/** Runs a plan whose measurements all come last, with channels only if the state has them: it evolves once and serves all shots. */
export class TerminalSampler implements PlanSampler {
  private hasEvolved = false;

  constructor(private readonly plan: ExecutionPlan, private readonly state: SimulatedState, private readonly control: RunControl) {}

  sample(shots: ShotRange, counter: OutcomeCounter): Abandoned | null {
    if (!this.hasEvolved && !evolve(this.plan, this.state, this.control)) return 'stopped';
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
