import type { CircuitProfile } from '../methods/circuit-profile.js';
import { profileOf } from '../methods/circuit-profile.js';
import { NOMINAL_SHOTS } from '../methods/method-record.js';
import type { Method, MethodChoice } from '../methods/method-table.js';
import { PER_COMPONENT, cheapestMethod, refusalBy, wholeCost } from '../methods/method-table.js';
import type { OutputRequest } from '../outputs/output-request.js';
import { readsState } from '../outputs/output-request.js';
import type { ExecutionPlan } from '../sampling/execution-plan.js';
import type { PlanStep } from '../sampling/plan-step.js';
import { figuresOf } from '../sampling/plan-figures.js';
import { bitsOfStep, connectedSteps, qubitsOfStep } from './connected-steps.js';
import type { PlanPart } from './extract-plan.js';
import { extractPlan } from './extract-plan.js';

/** A part of a plan that is run by itself, and by which method. */
export interface RunPart extends PlanPart {
  readonly profile: CircuitProfile;
  readonly method: Method;
}

/** Pieces of a few qubits share a state of so many: a number drawn for every shot costs more than its amplitudes. */
const PACKED_QUBITS_MAX = 8;
/** Of putting one more outcome into a shot and of drawing it, in updates of an amplitude, for every shot. */
const JOIN_COST = 256;

type Places = readonly number[];

function leavesChoice(choice: MethodChoice): choice is 'automatic' | typeof PER_COMPONENT {
  return choice === 'automatic' || choice === PER_COMPONENT;
}

/** The method that a part will take: the one asked for, or the cheapest; where none can, the one that tells best why not. */
function methodFor(profile: CircuitProfile, choice: MethodChoice): Method {
  return leavesChoice(choice) ? (cheapestMethod(profile) ?? widestMethod(profile)) : choice;
}

function widestMethod({ channels, wantsState }: CircuitProfile): Method {
  if (channels === 0) return 'statevector';
  return wantsState ? 'density-matrix' : 'trajectories';
}

function together(lists: readonly Places[]): Places {
  return lists.flat().sort((a, b) => a - b);
}

/** Components, small ones that are measured at the end and without noise put together. */
function packed({ steps }: ExecutionPlan, components: readonly Places[]): readonly Places[] {
  const groups: Places[][] = [];
  let [open, room]: [Places[] | null, number] = [null, 0];
  for (const places of components) {
    const taken = places.map((at) => steps[at] as PlanStep);
    const { isTerminal, channels } = figuresOf(taken);
    const qubits = isTerminal && channels === 0 ? new Set(taken.flatMap(qubitsOfStep)).size : Infinity;
    if (qubits > PACKED_QUBITS_MAX) {
      groups.push([places]);
    } else if (open !== null && qubits <= room) {
      open.push(places);
      room -= qubits;
    } else {
      [open, room] = [[places], PACKED_QUBITS_MAX - qubits];
      groups.push(open);
    }
  }
  return groups.map(together);
}

class PartChooser {
  private readonly declared: ReadonlyMap<number, number>;

  constructor(private readonly plan: ExecutionPlan, private readonly outputs: OutputRequest, private readonly choice: MethodChoice) {
    this.declared = new Map([...plan.qubitNumbers].map(([qubit, dense]) => [dense, qubit]));
  }

  parts(): readonly RunPart[] {
    const { count, numbers } = connectedSteps(this.plan);
    if (count <= 1) return [this.withMethod(this.whole())];
    const components: number[][] = Array.from({ length: count }, () => []);
    numbers.forEach((component, at) => (components[component] as number[]).push(at));
    const told = components.filter((places) => this.isTold(places));
    const shown = told.length === 0 ? components : told;
    const groups = shown.length === 1 ? shown : packed(this.plan, shown);
    return this.cliffordTogether(groups.map((places) => ({ places, part: this.withMethod(this.extract(places)) })));
  }

  /** Whether it shows: a component without a bit that counts show is not run, unless it may end the run by a loop. */
  private isTold(places: Places): boolean {
    const { plan: { steps, classicalBits }, outputs } = this;
    return readsState(outputs) || places.some((at) => {
      const step = steps[at] as PlanStep;
      return step.kind === 'enter' || bitsOfStep(step).some((bit) => bit < classicalBits);
    });
  }

  private whole(): PlanPart {
    return { plan: this.plan, bits: Array.from({ length: this.plan.classicalBits }, (_, bit) => bit) };
  }

  private extract(places: Places): PlanPart {
    return places.length === this.plan.steps.length ? this.whole() : extractPlan(this.plan, places, this.declared);
  }

  private withMethod(part: PlanPart): RunPart {
    const profile = profileOf(part.plan, this.outputs);
    return { ...part, profile, method: methodFor(profile, this.choice) };
  }

  /** One tableau of many qubits draws 128 of its random bits at a time: Clifford parts stay together where that is cheaper. */
  private cliffordTogether(groups: readonly { readonly places: Places; readonly part: RunPart }[]): readonly RunPart[] {
    const parts = groups.map(({ part }) => part);
    if (parts.length === 1 || (this.choice !== 'stabilizer' && !leavesChoice(this.choice))) return parts;
    const clifford = groups.filter(({ part }) => refusalBy('stabilizer', part.profile) === null);
    if (clifford.length < 2) return parts;
    const apart = clifford.reduce((sum, { part }) => sum + wholeCost(part.method, part.profile), JOIN_COST * NOMINAL_SHOTS * (clifford.length - 1));
    const merged = this.extract(together(clifford.map(({ places }) => places)));
    const profile = profileOf(merged.plan, this.outputs);
    if (refusalBy('stabilizer', profile) !== null || wholeCost('stabilizer', profile) >= apart) return parts;
    const [first, ...others] = clifford.map(({ part }) => part);
    return parts.flatMap((part) => (part === first ? [{ ...merged, profile, method: 'stabilizer' as const }] : others.includes(part) ? [] : [part]));
  }
}

/** Splits a plan where nothing connects its steps. A function of the circuit and of what is asked for. */
export function partsOf(plan: ExecutionPlan, outputs: OutputRequest, choice: MethodChoice): readonly RunPart[] {
  return new PartChooser(plan, outputs, choice).parts();
}
