import type { Circuit, Condition, GateOperation, MeasureOperation, ResetOperation } from '../circuit/circuit.js';
import type { AppliedGate } from '../methods/quantum-state.js';

/** The bits of an `if`, compared one by one. Steps of one `if` share the object and are decided together. */
export interface PlannedCondition {
  readonly offset: number;
  /** Bit `offset + i` must equal element i. */
  readonly expected: Uint8Array;
}

export type PlanStep =
  | { readonly kind: 'gate'; readonly gate: AppliedGate; readonly condition: PlannedCondition | null }
  /** `qubit` null: a qubit that nothing touched, so the outcome is 0. */
  | { readonly kind: 'measure'; readonly qubit: number | null; readonly bit: number; readonly condition: PlannedCondition | null }
  | { readonly kind: 'reset'; readonly qubit: number; readonly condition: PlannedCondition | null };

/** A circuit with everything removed that is known before it runs, on densely numbered active qubits. */
export interface ExecutionPlan {
  /** Qubits of the state; the others stay |0⟩ and take no memory. */
  readonly activeQubits: number;
  /** No gate follows a measurement of its qubit, nothing is conditioned or reset: one evolution serves all shots. */
  readonly isTerminal: boolean;
  /** Measurements and resets left: random numbers that a shot uses at most, and places where shots may part. */
  readonly draws: number;
  readonly classicalBits: number;
  readonly steps: readonly PlanStep[];
}

/** Gates that change nothing: their qubits stay inactive. */
const IDLE_GATES: ReadonlySet<string> = new Set(['id', 'u0']);

/**
 * What is known of a circuit's run without running it: which qubits are still |0⟩ and which bits are still 0. Walks
 * the operations in order.
 */
class StaticKnowledge {
  private readonly denseQubits = new Map<number, number>();
  private readonly writtenBits = new Set<number>();
  private readonly decisions = new Map<Condition, PlannedCondition | boolean>();

  get activeQubits(): number {
    return this.denseQubits.size;
  }

  /** The dense number of a qubit that some gate has touched, else null. */
  active(qubit: number): number | null {
    return this.denseQubits.get(qubit) ?? null;
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

/** An operation that is left for the run, its qubits renumbered. */
interface KeptOperation {
  readonly operation: GateOperation | MeasureOperation | ResetOperation;
  /** Dense numbers; empty for a measurement of a qubit that nothing touched. */
  readonly qubits: readonly number[];
  readonly condition: PlannedCondition | null;
}

/** Drops what is known beforehand: barriers, idling, resets of |0⟩, conditions on bits that are still 0. */
function* keptOperations(circuit: Circuit, knowledge: StaticKnowledge): Generator<KeptOperation> {
  for (const operation of circuit.operations) {
    if (operation.kind === 'barrier') continue;
    const decision = knowledge.decide(operation.condition);
    if (decision === false) continue;
    const condition = decision === true ? null : decision;
    if (operation.kind === 'gate') {
      if (IDLE_GATES.has(operation.name)) continue;
      yield { operation, qubits: operation.qubits.map((qubit) => knowledge.activate(qubit)), condition };
    } else if (operation.kind === 'reset') {
      const qubit = knowledge.active(operation.qubit);
      if (qubit !== null) yield { operation, qubits: [qubit], condition };
    } else {
      const qubit = knowledge.active(operation.qubit);
      // Writing the 0 of an untouched qubit into a bit that is still 0 says nothing.
      if (qubit === null && !knowledge.wasWritten(operation.bit)) continue;
      knowledge.write(operation.bit);
      yield { operation, qubits: qubit === null ? [] : [qubit], condition };
    }
  }
}

/** Watches the kept operations go by. */
class Watch {
  private readonly measured = new Set<number>();
  isTerminal = true;
  draws = 0;

  see({ operation, qubits, condition }: KeptOperation): void {
    if (operation.kind !== 'gate') this.draws++;
    if (condition !== null || operation.kind === 'reset') this.isTerminal = false;
    else if (operation.kind === 'measure') qubits.forEach((qubit) => this.measured.add(qubit));
    else if (qubits.some((qubit) => this.measured.has(qubit))) this.isTerminal = false;
  }
}

function planStep({ operation, qubits, condition }: KeptOperation): PlanStep {
  switch (operation.kind) {
    case 'gate':
      return { kind: 'gate', gate: { name: operation.name, parameters: operation.parameters, qubits }, condition };
    case 'measure':
      return { kind: 'measure', qubit: qubits[0] ?? null, bit: operation.bit, condition };
    case 'reset':
      return { kind: 'reset', qubit: qubits[0] as number, condition };
  }
}

/** Plans a run. Time and memory linear in the operations, whatever the number of qubits. */
export function planExecution(circuit: Circuit): ExecutionPlan {
  const knowledge = new StaticKnowledge();
  const watch = new Watch();
  const steps: PlanStep[] = [];
  for (const kept of keptOperations(circuit, knowledge)) {
    watch.see(kept);
    steps.push(planStep(kept));
  }
  const { isTerminal, draws } = watch;
  return { activeQubits: knowledge.activeQubits, classicalBits: circuit.classicalBits, steps, isTerminal, draws };
}
