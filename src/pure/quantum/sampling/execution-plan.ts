import type { Circuit, Condition, GateOperation, MeasureOperation, Operation, ResetOperation, UnitaryOperation } from '../circuit/circuit.js';
import { everyOperation } from '../circuit/circuit.js';
import type { ClassicalExpression } from '../circuit/classical-expression.js';
import type { AppliedChannel, AppliedGate } from '../methods/quantum-state.js';
import type { NoiseModel } from '../noise/noise-model.js';
import { NOISELESS } from '../noise/noise-model.js';
import { noiseRefusal } from '../noise/noise-size.js';
import { PlannedNoise } from '../noise/planned-noise.js';
import type { PlanFigures } from './plan-figures.js';
import { figuresOf } from './plan-figures.js';
import type { PlanStep, PlannedCondition } from './plan-step.js';

/** A circuit with everything removed that is known before it runs, on densely numbered active qubits. */
export interface ExecutionPlan extends PlanFigures {
  /** Qubits of the state; the others stay |0⟩ and take no memory. */
  readonly activeQubits: number;
  /** The dense number of each declared qubit that is in the state. */
  readonly qubitNumbers: ReadonlyMap<number, number>;
  readonly classicalBits: number;
  readonly hiddenBits: number;
  /** Loops are numbered from 0. */
  readonly loops: number;
  readonly steps: readonly PlanStep[];
}

const NO_PARAMETERS: readonly number[] = Object.freeze([]);
const NO_CHANNELS: readonly AppliedChannel[] = Object.freeze([]);

/** A gate that changes nothing: its qubits stay inactive. */
function isIdle(operation: GateOperation | UnitaryOperation): boolean {
  return operation.kind === 'gate' && (operation.name === 'id' || operation.name === 'u0');
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
  /** The same by place: a long program asks for each of its qubits very often. */
  private readonly numbers: (number | undefined)[] = [];
  private readonly writtenBits = new Set<number>();
  private readonly decisions = new Map<Condition, PlannedCondition | boolean>();

  get activeQubits(): number {
    return this.denseQubits.size;
  }

  /** The dense number of a qubit that some gate has touched, else null. */
  active(qubit: number): number | null {
    return this.numbers[qubit] ?? null;
  }

  activate(qubit: number): number {
    const known = this.numbers[qubit];
    if (known !== undefined) return known;
    const number = this.denseQubits.size;
    this.denseQubits.set(qubit, number);
    this.numbers[qubit] = number;
    return number;
  }

  /** The dense numbers; the array itself where they are the declared ones, as in most circuits. */
  activateAll(qubits: readonly number[]): readonly number[] {
    let isSame = true;
    for (let i = 0; i < qubits.length; i++) if (this.activate(qubits[i] as number) !== qubits[i]) isSame = false;
    return isSame ? qubits : qubits.map((qubit) => this.activate(qubit));
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
    return this.noise.isSilent ? NO_CHANNELS : this.noise.after(tableName(operation), operation.qubits, (qubit) => this.activate(qubit));
  }

  /** Neither it nor what follows it changes anything. */
  isIdle(operation: GateOperation | UnitaryOperation): boolean {
    return isIdle(operation) && (this.noise.isSilent || !this.noise.isAfter(tableName(operation), operation.qubits));
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

/** Where operations that hold others begin and end, between what they hold. */
type ControlMark =
  | { readonly kind: 'assign'; readonly bits: readonly number[]; readonly value: ClassicalExpression }
  | { readonly kind: 'branch'; readonly condition: ClassicalExpression }
  | { readonly kind: 'otherwise' }
  | { readonly kind: 'branch-end' }
  | { readonly kind: 'loop'; readonly condition: ClassicalExpression; readonly iterationsMax: number }
  | { readonly kind: 'loop-end' };

/** On the qubits of the state. Of an operation whose qubits have their declared numbers it is the operation itself: a long program is not copied. */
function appliedGate(operation: GateOperation | UnitaryOperation, qubits: readonly number[]): AppliedGate {
  if (operation.kind === 'unitary') return { name: operation.label, parameters: NO_PARAMETERS, matrix: operation.matrix, qubits };
  return qubits === operation.qubits ? operation : { name: operation.name, parameters: operation.parameters, qubits };
}

/** The steps of an operation that is left for the run, its qubits renumbered. */
function layOutPlain(operation: GateOperation | UnitaryOperation | MeasureOperation | ResetOperation, knowledge: StaticKnowledge, { steps }: StepLayout): void {
  const decision = knowledge.decide(operation.condition);
  if (decision === false) return;
  const condition = decision === true ? null : decision;
  if (operation.kind === 'gate' || operation.kind === 'unitary') {
    if (knowledge.isIdle(operation)) return;
    const qubits = knowledge.activateAll(operation.qubits);
    if (!isIdle(operation)) steps.push({ kind: 'gate', gate: appliedGate(operation, qubits), condition });
    for (const channel of knowledge.channelsAfter(operation)) steps.push({ kind: 'channel', channel, condition });
    return;
  }
  const qubit = knowledge.active(operation.qubit);
  if (operation.kind === 'reset') {
    if (qubit !== null) steps.push({ kind: 'reset', qubit, condition });
    return;
  }
  const readout = knowledge.noise.readout(operation.qubit);
  // Writing the 0 of an untouched qubit into a bit that is still 0 says nothing.
  if (qubit === null && readout === null && !knowledge.wasWritten(operation.bit)) return;
  knowledge.write(operation.bit);
  steps.push({ kind: 'measure', qubit, bit: operation.bit, readout, condition });
}

/** Steps being laid out; a jump forward is written when its target is reached. */
class StepLayout {
  readonly steps: PlanStep[] = [];
  loops = 0;
  /** Of each operation that is open: the place of its jump that has no target yet, and for a loop also its number. */
  private readonly open: { jump: number; readonly mark: ControlMark; readonly loop: number }[] = [];

  add(step: ControlMark): void {
    switch (step.kind) {
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
        this.steps.push({ kind: 'enter', loop: this.loops, iterationsMax: step.iterationsMax });
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
}

/** Drops what is known beforehand: barriers, idling, resets of |0⟩, conditions on bits that are still 0. */
function layOut(operations: readonly Operation[], knowledge: StaticKnowledge, layout: StepLayout): void {
  for (const operation of operations) {
    switch (operation.kind) {
      case 'barrier':
        break;
      case 'assign':
        operation.bits.forEach((bit) => knowledge.write(bit));
        layout.add(operation);
        break;
      case 'branch':
        layout.add({ kind: 'branch', condition: operation.condition });
        layOut(operation.then, knowledge, layout);
        layout.add({ kind: 'otherwise' });
        layOut(operation.otherwise, knowledge, layout);
        layout.add({ kind: 'branch-end' });
        break;
      case 'loop':
        // The second round begins where the first one ended: nothing that the body touches is known at its beginning.
        knowledge.forget(operation.body);
        layout.add({ kind: 'loop', condition: operation.condition, iterationsMax: operation.iterationsMax });
        layOut(operation.body, knowledge, layout);
        layout.add({ kind: 'loop-end' });
        break;
      default:
        layOutPlain(operation, knowledge, layout);
    }
  }
}

/** Plans a run. Time and memory linear in the operations, whatever the number of qubits. The caller has asked `noiseRefusal`, what it refuses throws here. */
export function planExecution(circuit: Circuit, noise: NoiseModel = NOISELESS): ExecutionPlan {
  const refusal = noiseRefusal(circuit, noise);
  if (refusal !== null) throw new RangeError(refusal);
  const knowledge = new StaticKnowledge(new PlannedNoise(noise));
  const layout = new StepLayout();
  layOut(circuit.operations, knowledge, layout);
  const { classicalBits, hiddenBits } = circuit;
  const { steps, loops } = layout;
  return { activeQubits: knowledge.activeQubits, qubitNumbers: knowledge.denseQubits, classicalBits, hiddenBits, steps, loops, ...figuresOf(steps) };
}
