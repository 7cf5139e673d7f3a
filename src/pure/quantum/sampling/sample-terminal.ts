import type { OutcomeSink, SimulatedState } from '../methods/quantum-state.js';
import { Tally, bitString } from './counts.js';
import type { ExecutionPlan } from './execution-plan.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';

/** The qubit that decides each classical bit, or null for a bit that stays 0: the last measurement into it wins. */
function finalSources(plan: ExecutionPlan): readonly (number | null)[] {
  const sources: (number | null)[] = Array.from({ length: plan.classicalBits }, () => null);
  for (const step of plan.steps) {
    if (step.kind === 'measure') sources[step.bit] = step.qubit;
  }
  return sources;
}

/** False if it was stopped. */
function evolve(plan: ExecutionPlan, state: SimulatedState, control: RunControl): boolean {
  let done = 0;
  for (const step of plan.steps) {
    if (control.shouldStop()) return false;
    if (step.kind === 'gate') state.apply(step.gate);
    control.onProgress(++done / plan.steps.length);
  }
  return true;
}

/** Writes the qubits that were sampled into the classical bits that they decide, and counts. */
class OutcomeTally implements OutcomeSink {
  readonly tally: Tally;
  readonly qubits: readonly number[];
  private readonly bits: Uint8Array;
  /** The place in `qubits` of each classical bit's source; -1 for a bit that stays 0. */
  private readonly places: Int32Array;

  constructor(plan: ExecutionPlan, shots: ShotRange, { countsBytesMax, keepsMemory }: RunControl) {
    const sources = finalSources(plan);
    this.qubits = [...new Set(sources.filter((qubit) => qubit !== null))];
    const places = new Map(this.qubits.map((qubit, place) => [qubit, place]));
    this.places = Int32Array.from(sources, (qubit) => (qubit === null ? -1 : (places.get(qubit) as number)));
    this.bits = new Uint8Array(plan.classicalBits);
    this.tally = new Tally(countsBytesMax, keepsMemory ? shots : null);
  }

  get wantsShots(): boolean {
    return this.tally.wantsShots;
  }

  add(outcome: Uint8Array, count: number, shots: ArrayLike<number> | null): boolean {
    for (let bit = 0; bit < this.bits.length; bit++) {
      const place = this.places[bit] as number;
      this.bits[bit] = place === -1 ? 0 : (outcome[place] as number);
    }
    this.tally.add(bitString(this.bits), count, shots);
    return !this.tally.isTooLarge;
  }
}

/** Shots between two questions whether to stop. */
const BATCH_SHOTS = 2 ** 20;

/** Runs a plan whose measurements all come last: the state evolves once and serves all shots. */
export function sampleTerminal(plan: ExecutionPlan, state: SimulatedState, shots: ShotRange, control: RunControl): Tally | Abandoned {
  if (!evolve(plan, state, control)) return 'stopped';
  const outcomes = new OutcomeTally(plan, shots, control);
  for (let done = 0; done < shots.count; done += BATCH_SHOTS) {
    if (control.shouldStop()) return 'stopped';
    const count = Math.min(BATCH_SHOTS, shots.count - done);
    if (!state.sample(outcomes.qubits, { first: shots.first + done, count, seed: shots.seed }, outcomes)) return 'counts-too-large';
  }
  return outcomes.tally;
}
