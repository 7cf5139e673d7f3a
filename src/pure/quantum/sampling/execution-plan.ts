import type { Circuit, Condition, Operation } from '../circuit/circuit.js';
import { gateNamed } from '../gates/gate-table.js';
import type { GateShape, KernelGate } from '../statevector/kernel-gate.js';
import { placeGate, shapeOf } from '../statevector/kernel-gate.js';

/** The bits of an `if`, compared one by one. Steps of one `if` share the object and are decided together. */
export interface PlannedCondition {
  readonly offset: number;
  /** Bit `offset + i` must equal element i. */
  readonly expected: Uint8Array;
}

export type PlanStep =
  | { readonly kind: 'gate'; readonly gate: KernelGate; readonly condition: PlannedCondition | null }
  /** `qubit` null: a qubit that nothing touched, so the outcome is 0. */
  | { readonly kind: 'measure'; readonly qubit: number | null; readonly bit: number; readonly condition: PlannedCondition | null }
  | { readonly kind: 'reset'; readonly qubit: number; readonly condition: PlannedCondition | null };

/** A circuit with everything removed that is known before it runs, on densely numbered active qubits. */
export interface ExecutionPlan {
  /** Qubits of the state vector; the others stay |0⟩ and take no memory. */
  readonly activeQubits: number;
  readonly classicalBits: number;
  readonly steps: readonly PlanStep[];
  /** No gate follows a measurement of its qubit, nothing is conditioned or reset: one evolution serves all shots. */
  readonly isTerminal: boolean;
}

/** Gates that change nothing: their qubits stay inactive. */
const IDLE_GATES: ReadonlySet<string> = new Set(['id', 'u0']);

function isIdle(operation: Operation): boolean {
  return operation.kind === 'barrier' || (operation.kind === 'gate' && IDLE_GATES.has(operation.name));
}

/**
 * What is known of a circuit's run without running it: which qubits are still |0⟩ and which bits are still 0. Walks
 * the operations in order; both the plan and the memory estimate come from this one walk, so they agree.
 */
class StaticKnowledge {
  readonly denseQubits = new Map<number, number>();
  private readonly writtenBits = new Set<number>();
  private readonly decisions = new Map<Condition, PlannedCondition | boolean>();

  isActive(qubit: number): boolean {
    return this.denseQubits.has(qubit);
  }

  activate(qubit: number): number {
    const dense = this.denseQubits.get(qubit) ?? this.denseQubits.size;
    this.denseQubits.set(qubit, dense);
    return dense;
  }

  wasWritten(bit: number): boolean {
    return this.writtenBits.has(bit);
  }

  write(bit: number): void {
    this.writtenBits.add(bit);
  }

  /** True or false where no measurement can have changed the register yet, else the condition to ask at run time. */
  decide(condition: Condition | null): PlannedCondition | boolean {
    if (condition === null) return true;
    const known = this.decisions.get(condition) ?? this.plan(condition);
    this.decisions.set(condition, known);
    return known;
  }

  private plan({ offset, size, value }: Condition): PlannedCondition | boolean {
    if (value >> BigInt(size) !== 0n) return false;
    const expected = new Uint8Array(size);
    const digits = value.toString(2);
    for (let i = 0; i < digits.length; i++) expected[i] = digits.charCodeAt(digits.length - 1 - i) & 1;
    const mayHaveChanged = expected.some((_, i) => this.writtenBits.has(offset + i));
    return mayHaveChanged ? { offset, expected } : value === 0n;
  }
}

/** Shapes of gates without parameters are found once; a parameterised gate's shape may depend on its angles. */
class ShapeCache {
  private readonly constant = new Map<string, GateShape>();

  shape(name: string, parameters: readonly number[]): GateShape {
    const known = this.constant.get(name);
    if (known !== undefined) return known;
    const shape = shapeOf(gateNamed(name).matrix(parameters));
    if (parameters.length === 0) this.constant.set(name, shape);
    return shape;
  }
}

/** Plans a run. Time and memory linear in the operations, whatever the number of qubits. */
export function planExecution(circuit: Circuit): ExecutionPlan {
  const knowledge = new StaticKnowledge();
  const shapes = new ShapeCache();
  const steps: PlanStep[] = [];
  const measured = new Set<number>();
  let isTerminal = true;
  for (const operation of circuit.operations) {
    if (operation.kind === 'barrier' || isIdle(operation)) continue;
    const decision = knowledge.decide(operation.condition);
    if (decision === false) continue;
    const condition = decision === true ? null : decision;
    if (condition !== null) isTerminal = false;
    if (operation.kind === 'gate') {
      const qubits = operation.qubits.map((qubit) => knowledge.activate(qubit));
      if (operation.qubits.some((qubit) => measured.has(qubit))) isTerminal = false;
      steps.push({ kind: 'gate', gate: placeGate(shapes.shape(operation.name, operation.parameters), qubits), condition });
    } else if (operation.kind === 'measure') {
      const qubit = knowledge.denseQubits.get(operation.qubit) ?? null;
      // Writing the 0 of an untouched qubit into a bit that is still 0 says nothing.
      if (qubit === null && !knowledge.wasWritten(operation.bit)) continue;
      measured.add(operation.qubit);
      knowledge.write(operation.bit);
      steps.push({ kind: 'measure', qubit, bit: operation.bit, condition });
    } else if (knowledge.isActive(operation.qubit)) {
      isTerminal = false;
      steps.push({ kind: 'reset', qubit: knowledge.activate(operation.qubit), condition });
    }
  }
  return { activeQubits: knowledge.denseQubits.size, classicalBits: circuit.classicalBits, steps, isTerminal };
}
