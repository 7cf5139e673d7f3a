import type { Circuit, Condition, GateOperation, MeasureOperation, Operation, ResetOperation, UnitaryOperation } from '../circuit/circuit.js';
import { everyOperation } from '../circuit/circuit.js';
import type { ClassicalExpression } from '../circuit/classical-expression.js';
import type { AppliedChannel, AppliedGate } from '../methods/quantum-state.js';
import type { NoiseModel } from '../noise/noise-model.js';
import { NOISELESS } from '../noise/noise-model.js';
import type { ReadoutError } from '../noise/planned-noise.js';
import { PlannedNoise } from '../noise/planned-noise.js';

/** The bits of an `if`, compared one by one. Steps of one `if` share the object and are decided together. */
export interface PlannedCondition {
  readonly offset: number;
  /** Bit `offset + i` must equal element i. */
  readonly expected: Uint8Array;
}

export type PlanStep =
  | { readonly kind: 'gate'; readonly gate: AppliedGate; readonly condition: PlannedCondition | null }
  /** Under the condition of the gate that it follows. */
  | { readonly kind: 'channel'; readonly channel: AppliedChannel; readonly condition: PlannedCondition | null }
  /** `qubit` null: a qubit that nothing touched, so the outcome is 0. */
  | { readonly kind: 'measure'; readonly qubit: number | null; readonly bit: number; readonly readout: ReadoutError | null; readonly condition: PlannedCondition | null }
  | { readonly kind: 'reset'; readonly qubit: number; readonly condition: PlannedCondition | null }
  | ControlStep;

/**
 * Branches and loops, laid out flat: the steps of a plan are one list, in which a shot's place is one number, however
 * deeply its program nests. `to` is the index of the step to go on with.
 */
export type ControlStep =
  | { readonly kind: 'assign'; readonly bits: readonly number[]; readonly value: ClassicalExpression }
  | { readonly kind: 'jump-unless'; readonly condition: ClassicalExpression; readonly to: number }
  | { readonly kind: 'jump'; readonly to: number }
  /** The loop's rounds are counted from 0 again. */
  | { readonly kind: 'enter'; readonly loop: number }
  /** Back for another round, of which there may be `iterationsMax`. */
  | { readonly kind: 'repeat'; readonly loop: number; readonly iterationsMax: number; readonly to: number };

/**
 * Rounds that an estimate counts for a loop which ends by measurement: of a loop that succeeds every other time, one in
 * 65,536 shots takes more.
 */
const LOOP_ITERATIONS_EXPECTED = 16;

/** A circuit with everything removed that is known before it runs, on densely numbered active qubits. */
export interface ExecutionPlan {
  /** Qubits of the state; the others stay |0⟩ and take no memory. */
  readonly activeQubits: number;
  /** The dense number of each declared qubit that is in the state. */
  readonly qubitNumbers: ReadonlyMap<number, number>;
  /** No gate follows a measurement of its qubit, nothing is conditioned or reset: one evolution serves all shots. */
  readonly isTerminal: boolean;
  /** Channels of noise that a shot goes through, loops as in `operations`. They leave a terminal circuit terminal: see `MethodRecord.noise`. */
  readonly channels: number;
  /** Measurements and resets left: random numbers that a shot uses at most, and places where shots may part. */
  readonly draws: number;
  /** Gates, measurements and resets that a shot does, where each loop is taken for LOOP_ITERATIONS_EXPECTED rounds. */
  readonly operations: number;
  readonly classicalBits: number;
  readonly hiddenBits: number;
  /** Loops are numbered from 0. */
  readonly loops: number;
  readonly steps: readonly PlanStep[];
}

/** Gates that change nothing: their qubits stay inactive. */
const IDLE_GATES: ReadonlySet<string> = new Set(['id', 'u0']);

function isIdle(operation: KeptOperation['operation']): boolean {
  return operation.kind === 'gate' && IDLE_GATES.has(operation.name);
}

/** The name by which noise knows a gate. */
function tableName(operation: GateOperation | UnitaryOperation): string | null {
  return operation.kind === 'gate' ? operation.name : null;
}

/**
 * What is known of a circuit's run without running it: which qubits are still |0⟩ and which bits are still 0. Walks
 * the operations in order.
 */
class StaticKnowledge {
  readonly denseQubits = new Map<number, number>();
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

  constructor(readonly noise: PlannedNoise) {}

  /** What follows a gate; empty without noise. */
  channelsAfter(operation: GateOperation | UnitaryOperation): readonly AppliedChannel[] {
    return this.noise.after(tableName(operation), operation.qubits, (qubit) => this.activate(qubit));
  }

  /** Neither it nor what follows it changes anything. */
  isIdle(operation: GateOperation | UnitaryOperation): boolean {
    return isIdle(operation) && !this.noise.isAfter(tableName(operation), operation.qubits);
  }

  /** Before the body of a loop: its gates may have acted, and its bits been written, in a round before. */
  forget(body: readonly Operation[]): void {
    for (const operation of everyOperation(body)) {
      if (operation.kind === 'measure') this.write(operation.bit);
      else if (operation.kind === 'assign') operation.bits.forEach((bit) => this.write(bit));
      else if ((operation.kind === 'gate' || operation.kind === 'unitary') && !this.isIdle(operation)) operation.qubits.forEach((qubit) => this.activate(qubit));
    }
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
  readonly kind: 'kept';
  readonly operation: GateOperation | UnitaryOperation | MeasureOperation | ResetOperation;
  /** Dense numbers; empty for a measurement of a qubit that nothing touched. */
  readonly qubits: readonly number[];
  readonly condition: PlannedCondition | null;
  /** Those that follow a gate. */
  readonly channels: readonly AppliedChannel[];
  /** Of a measurement. */
  readonly readout: ReadoutError | null;
}

/** Where operations that hold others begin and end, between what they hold. */
type ControlMark =
  | { readonly kind: 'assign'; readonly bits: readonly number[]; readonly value: ClassicalExpression }
  | { readonly kind: 'branch'; readonly condition: ClassicalExpression }
  | { readonly kind: 'otherwise' }
  | { readonly kind: 'branch-end' }
  | { readonly kind: 'loop'; readonly condition: ClassicalExpression; readonly iterationsMax: number }
  | { readonly kind: 'loop-end' };

/** Drops what is known beforehand: barriers, idling, resets of |0⟩, conditions on bits that are still 0. */
function* keptOperations(operations: readonly Operation[], knowledge: StaticKnowledge): Generator<KeptOperation | ControlMark> {
  for (const operation of operations) {
    switch (operation.kind) {
      case 'barrier':
        break;
      case 'assign':
        operation.bits.forEach((bit) => knowledge.write(bit));
        yield operation;
        break;
      case 'branch':
        yield { kind: 'branch', condition: operation.condition };
        yield* keptOperations(operation.then, knowledge);
        yield { kind: 'otherwise' };
        yield* keptOperations(operation.otherwise, knowledge);
        yield { kind: 'branch-end' };
        break;
      case 'loop':
        // The second round begins where the first one ended: nothing that the body touches is known at its beginning.
        knowledge.forget(operation.body);
        yield { kind: 'loop', condition: operation.condition, iterationsMax: operation.iterationsMax };
        yield* keptOperations(operation.body, knowledge);
        yield { kind: 'loop-end' };
        break;
      default: {
        const kept = keptOperation(operation, knowledge);
        if (kept !== null) yield kept;
      }
    }
  }
}

function keptOperation(operation: KeptOperation['operation'], knowledge: StaticKnowledge): KeptOperation | null {
  const decision = knowledge.decide(operation.condition);
  if (decision === false) return null;
  const condition = decision === true ? null : decision;
  if (operation.kind === 'gate' || operation.kind === 'unitary') {
    if (knowledge.isIdle(operation)) return null;
    const qubits = operation.qubits.map((qubit) => knowledge.activate(qubit));
    return { kind: 'kept', operation, qubits, condition, channels: knowledge.channelsAfter(operation), readout: null };
  }
  const qubit = knowledge.active(operation.qubit);
  if (operation.kind === 'reset') return qubit === null ? null : { kind: 'kept', operation, qubits: [qubit], condition, channels: [], readout: null };
  const readout = knowledge.noise.readout(operation.qubit);
  // Writing the 0 of an untouched qubit into a bit that is still 0 says nothing.
  if (qubit === null && readout === null && !knowledge.wasWritten(operation.bit)) return null;
  knowledge.write(operation.bit);
  return { kind: 'kept', operation, qubits: qubit === null ? [] : [qubit], condition, channels: [], readout };
}

/** Watches the kept operations go by. */
class Watch {
  private readonly measured = new Set<number>();
  /** Rounds of the loops around the present place, at most and as expected, multiplied. */
  private readonly rounds: { readonly most: number; readonly expected: number }[] = [{ most: 1, expected: 1 }];
  isTerminal = true;
  channels = 0;
  draws = 0;
  operations = 0;

  see(step: KeptOperation | ControlMark): void {
    const { most, expected } = this.rounds.at(-1) as { most: number; expected: number };
    if (step.kind === 'loop') {
      this.rounds.push({ most: most * step.iterationsMax, expected: expected * Math.min(step.iterationsMax, LOOP_ITERATIONS_EXPECTED) });
    } else if (step.kind === 'loop-end') {
      this.rounds.pop();
    }
    if (step.kind !== 'kept') {
      this.isTerminal = false;
      return;
    }
    const { operation, qubits, condition, channels } = step;
    const isGate = operation.kind === 'gate' || operation.kind === 'unitary';
    this.operations += expected;
    this.channels += channels.length * expected;
    if (!isGate) this.draws += most;
    if (condition !== null || operation.kind === 'reset') this.isTerminal = false;
    else if (operation.kind === 'measure') qubits.forEach((qubit) => this.measured.add(qubit));
    else if (qubits.some((qubit) => this.measured.has(qubit))) this.isTerminal = false;
  }
}

const NO_PARAMETERS: readonly number[] = Object.freeze([]);

/** Steps being laid out; a jump forward is written when its target is reached. */
class StepLayout {
  readonly steps: PlanStep[] = [];
  loops = 0;
  /** Of each operation that is open: the place of its jump that has no target yet, and for a loop also its number. */
  private readonly open: { jump: number; readonly mark: ControlMark; readonly loop: number }[] = [];

  add(step: KeptOperation | ControlMark): void {
    switch (step.kind) {
      case 'kept':
        if (!isIdle(step.operation)) this.steps.push(this.plainStep(step));
        for (const channel of step.channels) this.steps.push({ kind: 'channel', channel, condition: step.condition });
        break;
      case 'assign':
        this.steps.push({ kind: 'assign', bits: step.bits, value: step.value });
        break;
      case 'branch':
        this.open.push({ jump: this.reserve(), mark: step, loop: 0 });
        break;
      case 'otherwise': {
        const branch = this.open.at(-1) as (typeof this.open)[number];
        const pastOtherwise = this.reserve();
        this.settle(branch, this.steps.length);
        branch.jump = pastOtherwise;
        break;
      }
      case 'branch-end': {
        const { jump } = this.open.pop() as (typeof this.open)[number];
        this.steps[jump] = { kind: 'jump', to: this.steps.length };
        break;
      }
      case 'loop':
        this.steps.push({ kind: 'enter', loop: this.loops });
        this.open.push({ jump: this.reserve(), mark: step, loop: this.loops++ });
        break;
      case 'loop-end': {
        const loop = this.open.pop() as (typeof this.open)[number];
        const { iterationsMax } = loop.mark as Extract<ControlMark, { kind: 'loop' }>;
        this.steps.push({ kind: 'repeat', loop: loop.loop, iterationsMax, to: loop.jump });
        this.settle(loop, this.steps.length);
        break;
      }
    }
  }

  /** A place for a jump that is written later. */
  private reserve(): number {
    return this.steps.push({ kind: 'jump', to: this.steps.length + 1 }) - 1;
  }

  private settle({ jump, mark }: (typeof this.open)[number], to: number): void {
    const { condition } = mark as Extract<ControlMark, { readonly condition: ClassicalExpression }>;
    this.steps[jump] = { kind: 'jump-unless', condition, to };
  }

  private plainStep({ operation, qubits, condition, readout }: KeptOperation): PlanStep {
    switch (operation.kind) {
      case 'gate':
        return { kind: 'gate', gate: { name: operation.name, parameters: operation.parameters, qubits }, condition };
      case 'unitary':
        return { kind: 'gate', gate: { name: operation.label, parameters: NO_PARAMETERS, matrix: operation.matrix, qubits }, condition };
      case 'measure':
        return { kind: 'measure', qubit: qubits[0] ?? null, bit: operation.bit, readout, condition };
      case 'reset':
        return { kind: 'reset', qubit: qubits[0] as number, condition };
    }
  }
}

/** Plans a run. Time and memory linear in the operations, whatever the number of qubits. */
export function planExecution(circuit: Circuit, noise: NoiseModel = NOISELESS): ExecutionPlan {
  const knowledge = new StaticKnowledge(new PlannedNoise(noise));
  const watch = new Watch();
  const layout = new StepLayout();
  for (const kept of keptOperations(circuit.operations, knowledge)) {
    watch.see(kept);
    layout.add(kept);
  }
  const { isTerminal, channels, draws, operations } = watch;
  const { classicalBits, hiddenBits } = circuit;
  return { activeQubits: knowledge.activeQubits, qubitNumbers: knowledge.denseQubits, classicalBits, hiddenBits, steps: layout.steps, loops: layout.loops, isTerminal, channels, draws, operations };
}
