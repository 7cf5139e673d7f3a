import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { AppliedChannel } from '../methods/quantum-state.js';
import type { OutcomeCounter } from '../sampling/counts.js';
import { bitString } from '../sampling/counts.js';
import type { ExecutionPlan } from '../sampling/execution-plan.js';
import { CHANNEL_DRAWS } from '../sampling/outcome-tally.js';
import type { PlanSampler } from '../sampling/plan-sampler.js';
import type { PlanStep } from '../sampling/plan-step.js';
import type { Abandoned, RunControl, ShotRange } from '../sampling/run-control.js';
import { PauliFrames } from './pauli-frames.js';
import { RareEvents } from './rare-events.js';
import { CliffordCache, StabilizerState } from './stabilizer-state.js';

/** Shots that are followed together: their frames of a thousand qubits are a quarter of a mebibyte. */
export const FRAME_SHOTS = 1024;
/** Steps between two questions whether to stop. */
const STEPS_ASKED = 1024;

/** Steps of a plan that decides nothing: no condition, no branch, no loop. */
export type FrameStep = Exclude<PlanStep, { readonly kind: 'assign' | 'jump-unless' | 'jump' | 'enter' | 'repeat' }>;

/** Whether all shots go through the same Clifford gates, and differ only by Pauli operators and by what they measure. */
export function goesByFrames({ steps, isTerminal, channels, wantsState }: CircuitProfile): boolean {
  if (wantsState || (isTerminal && channels === 0)) return false;
  return steps.every((step) => {
    switch (step.kind) {
      case 'gate':
      case 'measure':
      case 'reset':
        return step.condition === null;
      case 'channel':
        return step.condition === null && step.channel.isPauli;
      default:
        return false;
    }
  });
}

/** Outcomes of one possible run without noise, of the measurements in their order. */
function referenceOutcomes({ activeQubits, steps, isTerminal }: ExecutionPlan): Uint8Array {
  const state = new StabilizerState(activeQubits, !isTerminal);
  const measured: number[] = [];
  const certain = (qubit: number): 0 | 1 => {
    const [zero, one] = state.outcomeWeights(qubit);
    if (zero === one) state.collapse(qubit, 0);
    return one > zero ? 1 : 0;
  };
  for (const step of steps as readonly FrameStep[]) {
    if (step.kind === 'gate') state.apply(step.gate);
    else if (step.kind === 'measure') measured.push(step.qubit === null ? 0 : isTerminal ? step.qubit : certain(step.qubit));
    else if (step.kind === 'reset' && certain(step.qubit) === 1) state.apply({ name: 'x', parameters: [], qubits: [step.qubit] });
  }
  if (!isTerminal) return Uint8Array.from(measured);
  const outcome = state.possibleOutcome();
  return Uint8Array.from(measured, (qubit) => ((outcome[qubit >> 5] as number) >>> (qubit & 31)) & 1);
}

/** A Pauli operator on one of a channel's qubits. */
interface Flip {
  readonly qubit: number;
  readonly hasX: boolean;
  readonly hasZ: boolean;
}

/** What a channel does, as against its first alternative, which all shots have that draw nothing else. */
interface ChannelFlips {
  readonly always: readonly Flip[];
  readonly others: readonly { readonly flips: readonly Flip[]; readonly until: number }[];
}

function flipsOf({ gates }: AppliedChannel['alternatives'][number]): readonly Flip[] {
  return gates.map(({ name, qubits }) => ({ qubit: qubits[0] as number, hasX: name !== 'z', hasZ: name !== 'x' }));
}

function channelFlips({ alternatives, rarity }: AppliedChannel): ChannelFlips {
  const [always = [], ...others] = alternatives.map(flipsOf);
  let until = 0;
  return { always, others: others.map((flips, i) => ({ flips: [...always, ...flips], until: (until += (alternatives[i + 1]?.chance[0] ?? 0) / rarity) })) };
}

/** How often at most a step has something happen to a shot. */
function chanceOf(step: FrameStep): number {
  if (step.kind === 'channel') return step.channel.alternatives.length > 1 ? step.channel.rarity : 0;
  return step.kind === 'measure' && step.readout !== null ? Math.max(...step.readout) : 0;
}

/** Where the bits of one batch of shots are, column by column. */
interface Batch {
  readonly frames: PauliFrames;
  readonly columns: readonly Int32Array[];
}

/**
 * Clifford circuits with Pauli noise and with measurements on the way: one tableau for a run without noise, and for each
 * shot the Pauli operator by which it differs. Random bits are a shot's own, however shots are grouped.
 */
export class FrameSampler implements PlanSampler {
  private readonly gates = new CliffordCache();
  private readonly flips = new Map<AppliedChannel, ChannelFlips>();
  private readonly steps: readonly FrameStep[];
  private readonly chances: number[] = [];
  /** Of each step the place at which its rare events are, or -1. */
  private readonly places: Int32Array;
  private reference: Uint8Array | null = null;

  constructor(private readonly plan: ExecutionPlan, private readonly control: RunControl) {
    this.steps = plan.steps as readonly FrameStep[];
    this.places = Int32Array.from(this.steps, (step) => {
      const chance = chanceOf(step);
      return chance > 0 ? this.chances.push(chance) - 1 : -1;
    });
  }

  sample({ first, count, seed }: ShotRange, counter: OutcomeCounter): Abandoned | null {
    this.reference ??= referenceOutcomes(this.plan);
    const events = new RareEvents(this.chances, seed, CHANNEL_DRAWS);
    for (let done = 0; done < count; done += FRAME_SHOTS) {
      const shots = Math.min(FRAME_SHOTS, count - done);
      const batch: Batch = {
        frames: new PauliFrames(this.plan.activeQubits, seed, first + done, shots),
        columns: Array.from({ length: this.plan.classicalBits + this.plan.hiddenBits }, () => new Int32Array(Math.ceil(shots / 32))),
      };
      events.begin(first + done, shots);
      if (!this.run(batch, events, this.reference)) return 'stopped';
      if (!this.tell(batch, first + done, counter)) return 'counts-too-large';
      this.control.onProgress((done + shots) / count);
    }
    return null;
  }

  /** False if it was stopped. */
  private run({ frames, columns }: Batch, events: RareEvents, reference: Uint8Array): boolean {
    let measured = 0;
    for (const [at, step] of this.steps.entries()) {
      if (at % STEPS_ASKED === 0 && this.control.shouldStop()) return false;
      const place = this.places[at] as number;
      switch (step.kind) {
        case 'gate':
          for (const { name, qubits } of this.gates.steps(step.gate)) frames.gate(name, step.gate.qubits[qubits[0] as number] as number, step.gate.qubits[qubits[1] ?? 0] as number);
          break;
        case 'channel':
          this.disturb(step.channel, place, frames, events);
          break;
        case 'reset':
          frames.reset(step.qubit);
          break;
        case 'measure': {
          const column = columns[step.bit] as Int32Array;
          if (step.qubit === null) column.fill(0);
          else frames.measure(step.qubit, reference[measured] as number, column);
          measured++;
          // What follows a measurement on the way sees that its qubit has a value.
          if (step.qubit !== null && !this.plan.isTerminal) frames.scramble(step.qubit);
          if (place !== -1) misread(column, step.readout ?? [0, 0], this.chances[place] as number, (deed) => events.at(place, deed));
        }
      }
    }
    return true;
  }

  private disturb(channel: AppliedChannel, place: number, frames: PauliFrames, events: RareEvents): void {
    const { always, others } = this.flips.get(channel) ?? channelFlips(channel);
    if (!this.flips.has(channel)) this.flips.set(channel, { always, others });
    for (const { qubit, hasX, hasZ } of always) frames.flipAll(qubit, hasX, hasZ);
    if (place === -1) return;
    events.at(place, (slot, own) => {
      const drawn = others.find(({ until }) => own < until) ?? others.at(-1);
      for (const { qubit, hasX, hasZ } of drawn?.flips ?? []) frames.flip(qubit, slot, hasX, hasZ);
    });
  }

  private tell({ frames, columns }: Batch, first: number, counter: OutcomeCounter): boolean {
    const bits = new Uint8Array(this.plan.classicalBits);
    for (let slot = 0; slot < frames.shots; slot++) {
      for (let bit = 0; bit < bits.length; bit++) bits[bit] = ((columns[bit]?.[slot >> 5] as number) >>> (slot & 31)) & 1;
      counter.add(bitString(bits), 1, [first + slot]);
      if (counter.isTooLarge) return false;
    }
    return true;
  }
}

/** Events are as frequent as the worse of the two errors: those of the other outcome are thinned out. */
function misread(column: Int32Array, error: readonly [number, number], chance: number, events: (deed: (slot: number, own: number) => void) => void): void {
  events((slot, own) => {
    const outcome = ((column[slot >> 5] as number) >>> (slot & 31)) & 1;
    if (own * chance < (error[outcome] as number)) (column[slot >> 5] as number) ^= 1 << (slot & 31);
  });
}
