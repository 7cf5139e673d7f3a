import type { OutcomeSink, TextSink } from '../methods/quantum-state.js';
import type { ReadoutError } from '../noise/planned-noise.js';
import { uniform } from '../random/philox.js';
import type { OutcomeCounter } from './counts.js';
import { bitString } from './counts.js';
import type { ExecutionPlan } from './execution-plan.js';
import type { PlanStep } from './plan-step.js';

type Measurement = Extract<PlanStep, { readonly kind: 'measure' }>;

/**
 * Where a shot's stream of random numbers has those of noise, well beyond the ones that measurements use: what noise
 * draws does not depend on how many numbers a method needs to sample its state.
 */
export const CHANNEL_DRAWS = 2 ** 32;
const READOUT_DRAWS = 2 ** 33;

/** What a measurement tells of a shot whose outcome it is. */
export function readOff(outcome: 0 | 1, error: ReadoutError | null, seed: number, shot: number, draw: number): 0 | 1 {
  if (error === null || uniform(seed, shot, draw) >= error[outcome]) return outcome;
  return outcome === 0 ? 1 : 0;
}

/** What decides each classical bit, or null for a bit that stays 0: the last measurement into it wins. */
function finalMeasurements(plan: ExecutionPlan): readonly (Measurement | null)[] {
  const sources: (Measurement | null)[] = Array.from({ length: plan.classicalBits }, () => null);
  for (const step of plan.steps) {
    if (step.kind === 'measure') sources[step.bit] = step;
  }
  return sources;
}

/** Of a plan whose measurements come last: writes the qubits that were sampled into the bits that they decide, and counts. */
export class OutcomeTally implements OutcomeSink {
  readonly qubits: readonly number[];
  private readonly bits: Uint8Array;
  /** The place in `qubits` of each classical bit's source; -1 for a bit whose source is 0. */
  private readonly places: Int32Array;
  private readonly errors: readonly (readonly [bit: number, error: ReadoutError])[];
  /** Bit k is what was sampled of the k-th qubit, and nothing else is to be told: then there is nothing to spread. */
  private readonly isPlain: boolean;
  readonly addText: TextSink | null;

  constructor(plan: ExecutionPlan, private readonly tally: OutcomeCounter, private readonly seed: number) {
    const sources = finalMeasurements(plan);
    this.qubits = [...new Set(sources.flatMap((source) => source?.qubit ?? []))];
    const places = new Map(this.qubits.map((qubit, place) => [qubit, place]));
    this.places = Int32Array.from(sources, (source) => places.get(source?.qubit ?? -1) ?? -1);
    this.errors = sources.flatMap((source, bit) => (source === null || source.readout === null ? [] : [[bit, source.readout] as const]));
    this.bits = new Uint8Array(plan.classicalBits);
    this.isPlain = this.errors.length === 0 && this.places.length === this.qubits.length && this.places.every((place, bit) => place === bit);
    this.addText = this.isPlain ? (text, count, shots) => this.tell(text, count, shots) : null;
  }

  /** Each shot misreads by numbers of its own. */
  get wantsShots(): boolean {
    return this.errors.length > 0 || this.tally.wantsShots;
  }

  add(outcome: Uint8Array, count: number, shots: ArrayLike<number> | null): boolean {
    if (this.isPlain) return this.tell(bitString(outcome), count, shots);
    this.spread(outcome);
    if (this.errors.length === 0 || shots === null) return this.tell(bitString(this.bits), count, shots);
    for (let i = 0; i < count && !this.tally.isTooLarge; i++) {
      const shot = shots[i] as number;
      if (i > 0) this.spread(outcome);
      for (const [bit, error] of this.errors) this.bits[bit] = readOff(this.bits[bit] as 0 | 1, error, this.seed, shot, READOUT_DRAWS + bit);
      this.tally.add(bitString(this.bits), 1, [shot]);
    }
    return !this.tally.isTooLarge;
  }

  private tell(text: string, count: number, shots: ArrayLike<number> | null): boolean {
    this.tally.add(text, count, shots);
    return !this.tally.isTooLarge;
  }

  private spread(outcome: Uint8Array): void {
    for (let bit = 0; bit < this.bits.length; bit++) {
      const place = this.places[bit] as number;
      this.bits[bit] = place === -1 ? 0 : (outcome[place] as number);
    }
  }
}
