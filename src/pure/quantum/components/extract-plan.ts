import { withBits } from '../circuit/classical-expression.js';
import type { AppliedChannel } from '../methods/quantum-state.js';
import type { ExecutionPlan } from '../sampling/execution-plan.js';
import type { PlanStep, PlannedCondition } from '../sampling/plan-step.js';
import { figuresOf } from '../sampling/plan-figures.js';
import { bitsOfStep, qubitsOfStep } from './connected-steps.js';

/** A part of a plan that is a plan of its own, and where its classical bits stand in the whole. */
export interface PlanPart {
  readonly plan: ExecutionPlan;
  /** Of each bit that the part's outcomes have. */
  readonly bits: readonly number[];
}

/** Numbers of the part for numbers of the whole, ascending: what was a range of bits stays one. */
function numbered(used: Iterable<number>): Map<number, number> {
  return new Map([...new Set(used)].sort((a, b) => a - b).map((whole, part) => [whole, part]));
}

class Renumbering {
  private readonly channels = new Map<AppliedChannel, AppliedChannel>();
  private readonly conditions = new Map<PlannedCondition, PlannedCondition>();

  constructor(readonly qubits: ReadonlyMap<number, number>, readonly bits: ReadonlyMap<number, number>, private readonly stepsBefore: (at: number) => number) {}

  step(step: PlanStep): PlanStep {
    switch (step.kind) {
      case 'assign':
        return { ...step, bits: step.bits.map((bit) => this.bit(bit)), value: withBits(step.value, (bit) => this.bit(bit)) };
      case 'jump-unless':
        return { ...step, condition: withBits(step.condition, (bit) => this.bit(bit)), to: this.stepsBefore(step.to) };
      case 'jump':
      case 'repeat':
        return { ...step, to: this.stepsBefore(step.to) };
      case 'enter':
        return step;
      case 'gate':
        return { kind: 'gate', gate: { ...step.gate, qubits: this.places(step.gate.qubits) }, condition: this.condition(step.condition) };
      case 'channel':
        return { kind: 'channel', channel: this.channel(step.channel), condition: this.condition(step.condition) };
      case 'measure':
        return { ...step, qubit: step.qubit === null ? null : this.place(step.qubit), bit: this.bit(step.bit), condition: this.condition(step.condition) };
      case 'reset':
        return { ...step, qubit: this.place(step.qubit), condition: this.condition(step.condition) };
    }
  }

  private place(qubit: number): number {
    return this.qubits.get(qubit) as number;
  }

  private places(qubits: readonly number[]): readonly number[] {
    return qubits.map((qubit) => this.place(qubit));
  }

  private bit(bit: number): number {
    return this.bits.get(bit) as number;
  }

  /** Steps of one `if` go on sharing the object. */
  private condition(condition: PlannedCondition | null): PlannedCondition | null {
    if (condition === null) return null;
    const known = this.conditions.get(condition) ?? { ...condition, offset: this.bit(condition.offset) };
    this.conditions.set(condition, known);
    return known;
  }

  /** So do steps of one channel. */
  private channel(channel: AppliedChannel): AppliedChannel {
    const known = this.channels.get(channel) ?? {
      ...channel,
      qubits: this.places(channel.qubits),
      alternatives: channel.alternatives.map(({ gates, chance }) => ({ gates: gates.map((gate) => ({ ...gate, qubits: this.places(gate.qubits) })), chance })),
    };
    this.channels.set(channel, known);
    return known;
  }
}

/** How many of the ascending places are below another: jumps of a part lead to steps of it, or behind its last one. */
function countBelow(places: readonly number[], at: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The steps at ascending `places` of a plan, which no other step is connected with, as a plan. */
export function extractPlan(whole: ExecutionPlan, places: readonly number[], declared: ReadonlyMap<number, number>): PlanPart {
  const taken = places.map((at) => whole.steps[at] as PlanStep);
  const qubits = numbered(taken.flatMap(qubitsOfStep));
  const bits = numbered(taken.flatMap(bitsOfStep));
  const shown = [...bits.keys()].filter((bit) => bit < whole.classicalBits);
  const renumbering = new Renumbering(qubits, bits, (at) => countBelow(places, at));
  const steps = taken.map((step) => renumbering.step(step));
  const qubitNumbers = new Map([...qubits].map(([dense, part]) => [declared.get(dense) as number, part]));
  return {
    plan: {
      activeQubits: qubits.size, qubitNumbers, classicalBits: shown.length, hiddenBits: bits.size - shown.length,
      steps, loops: whole.loops, ...figuresOf(steps),
    },
    bits: shown,
  };
}
