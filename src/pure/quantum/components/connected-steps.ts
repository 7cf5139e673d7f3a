import { bitsRead } from '../circuit/classical-expression.js';
import type { ExecutionPlan } from '../sampling/execution-plan.js';
import type { PlanStep } from '../sampling/plan-step.js';

/** Union by the lower root, with path halving: who belongs together. */
class Sets {
  private readonly parents: Int32Array;

  constructor(count: number) {
    this.parents = new Int32Array(count);
    for (let node = 0; node < count; node++) this.parents[node] = node;
  }

  root(node: number): number {
    const { parents } = this;
    let at = node;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  }

  join(a: number, b: number): void {
    const [first, second] = [this.root(a), this.root(b)];
    if (first !== second) this.parents[Math.max(first, second)] = Math.min(first, second);
  }
}

const NONE: readonly number[] = [];

/** The qubits that a step acts on. */
export function qubitsOfStep(step: PlanStep): readonly number[] {
  switch (step.kind) {
    case 'gate':
      return step.gate.qubits;
    case 'channel':
      return step.channel.qubits;
    case 'measure':
      return step.qubit === null ? NONE : [step.qubit];
    case 'reset':
      return [step.qubit];
    default:
      return NONE;
  }
}

/** The bits that a step writes, reads or is decided by. */
export function bitsOfStep(step: PlanStep): readonly number[] {
  switch (step.kind) {
    case 'assign':
      return [...step.bits, ...bitsRead(step.value)];
    case 'jump-unless':
      return [...bitsRead(step.condition)];
    case 'jump':
    case 'enter':
    case 'repeat':
      return NONE;
    default: {
      const { condition } = step;
      const decided = condition === null ? NONE : Array.from(condition.expected, (_, i) => condition.offset + i);
      return step.kind === 'measure' ? [step.bit, ...decided] : decided;
    }
  }
}

/** The index behind what a step decides on, or 0: all that a branch or a loop holds belongs together. */
function extentOf(step: PlanStep, at: number): number {
  if (step.kind === 'jump-unless' || step.kind === 'jump') return step.to;
  // The question whether to go round stands right behind it.
  return step.kind === 'enter' ? at + 2 : 0;
}

/**
 * The component that each step belongs to, numbered by their first steps. Steps are connected by the qubits that they
 * act on together, by bits that one of them writes and the other writes or reads, and by a branch or loop around them.
 */
export function connectedSteps({ activeQubits, classicalBits, hiddenBits, steps }: ExecutionPlan): { readonly count: number; readonly numbers: Int32Array } {
  const bits = classicalBits + hiddenBits;
  // A step is what the first of its qubits or bits is. Only a step that has neither is a node of its own.
  const firstStep = activeQubits + bits;
  const sets = new Sets(firstStep + steps.length);
  const nodes = new Int32Array(steps.length);
  let [heldUntil, held] = [0, -1];
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at] as PlanStep;
    const qubits = qubitsOfStep(step);
    const node = qubits.length > 0 ? (qubits[0] as number) : firstStep + at;
    nodes[at] = node;
    for (let i = 1; i < qubits.length; i++) sets.join(node, qubits[i] as number);
    if (step.kind !== 'gate' || step.condition !== null) {
      for (const bit of bitsOfStep(step)) sets.join(node, activeQubits + bit);
    }
    if (at < heldUntil) sets.join(node, held);
    heldUntil = Math.max(heldUntil, extentOf(step, at));
    held = node;
  }
  return numbered(nodes, sets, firstStep + steps.length);
}

function numbered(nodes: Int32Array, sets: Sets, size: number): { readonly count: number; readonly numbers: Int32Array } {
  const numberOf = new Int32Array(size).fill(-1);
  let count = 0;
  const numbers = nodes.map((node) => {
    const root = sets.root(node);
    if (numberOf[root] === -1) numberOf[root] = count++;
    return numberOf[root] as number;
  });
  return { count, numbers };
}
