import { QasmRefusal, quoted } from '../qasm-error.js';
import type { CircuitOutput } from './circuit-output.js';
import type { Evaluator } from './evaluator.js';
import type { Application } from './gate-application.js';
import { GateApplication, assertParameterCount, assertQubitCount, gateOf } from './gate-application.js';
import { PrimitiveOutput } from './primitive-output.js';
import type { Gate, Scope } from './scope.js';
import { describeMeaning } from './scope.js';
import type { Place, Storage } from './storage.js';
import type { Expression, GateCall, StatementOf } from './syntax.js';
import { realOf } from './values.js';

/** Qubits as a statement names them. */
export interface QubitOperand {
  readonly qubits: readonly number[];
  /** A register, which a statement is done for element by element. */
  readonly isRegister: boolean;
  readonly offset: number;
}

/** Measured digits that the angles of one gate may depend on: each doubles the gates that the circuit gets. */
const ANGLE_DIGITS_MAX = 8;

/** Gates, resets and barriers: the statements that act on qubits and declare nothing. */
export class QuantumStatements {
  private readonly applications: GateApplication;
  private readonly primitives: PrimitiveOutput;

  constructor(private readonly output: CircuitOutput, private readonly storage: Storage, private readonly evaluator: Evaluator, globals: Scope) {
    this.applications = new GateApplication(evaluator, output, globals);
    this.primitives = new PrimitiveOutput(output);
  }

  qubits(expression: Expression, scope: Scope): QubitOperand {
    const { offset } = expression;
    if (expression.kind === 'name') {
      const meaning = scope.find(expression.name);
      if (meaning?.kind === 'qubits') return { ...meaning, offset };
      if (meaning === null) throw scope.unknown(expression.name, offset, 'qubit', 'unknown-register');
      throw new QasmRefusal('wrong-kind', offset, `${quoted(expression.name)} is ${describeMeaning(meaning)}, not qubits.`, 'qubits');
    }
    if (expression.kind !== 'index') throw new QasmRefusal('type-mismatch', offset, 'This is not a qubit.', 'a qubit');
    const base = this.qubits(expression.base, scope);
    if (!base.isRegister) throw new QasmRefusal('type-mismatch', offset, 'A single qubit has no elements.', 'a register');
    const { indices, isRegister } = this.evaluator.select(expression.index, base.qubits.length, scope);
    if (indices.length === 0) throw new QasmRefusal('empty-register', offset, 'This range holds no qubit.', 'a range that is not empty');
    this.output.charge(0, indices.length, offset);
    return { qubits: indices.map((index) => base.qubits[index] as number), isRegister, offset };
  }

  gateCall(call: StatementOf<'gate-call'>, scope: Scope): void {
    const gate = gateOf(call, scope);
    assertParameterCount(gate, call);
    const operands = call.operands.map((operand) => this.qubits(operand, scope));
    const { known, controls } = this.applications.modifiers(call.modifiers, scope);
    assertQubitCount(gate, call, controls, operands.length);
    const measured = new Set<Place>();
    for (const parameter of call.parameters) this.findUnknown(parameter, scope, measured);
    if (measured.size > ANGLE_DIGITS_MAX) {
      throw new QasmRefusal('not-constant', call.name.offset, `The angles of one gate may depend on ${ANGLE_DIGITS_MAX} measured digits; these depend on ${measured.size}.`);
    }
    this.forEachOutcome([...measured], 0, call.name.offset, () => {
      const parameters = call.parameters.map((parameter) => realOf(this.evaluator.evaluate(parameter, scope), parameter.offset, 'An angle'));
      this.applyToAll({ gate, name: call.name.text, parameters, modifiers: known }, gate, call, operands);
    });
  }

  reset({ operand }: StatementOf<'reset'>, scope: Scope): void {
    const { qubits, offset } = this.qubits(operand, scope);
    this.output.charge(qubits.length, qubits.length, offset);
    for (const qubit of qubits) this.output.emit({ kind: 'reset', qubit, condition: null }, offset);
  }

  /** Of everything, where it names nothing. Naming a qubit twice is harmless. */
  barrier({ operands, offset }: StatementOf<'barrier'>, scope: Scope): void {
    const named = new Set<number>();
    for (const operand of operands) {
      const { qubits: each } = this.qubits(operand, scope);
      this.output.charge(0, each.length, offset);
      for (const qubit of each) named.add(qubit);
    }
    const qubits = operands.length === 0 ? Array.from({ length: this.output.qubits }, (_, qubit) => qubit) : [...named];
    this.output.charge(1, qubits.length, offset);
    this.output.emit({ kind: 'barrier', qubits }, offset);
  }

  /** Adds the digits of variables in an expression that only the run will know. */
  private findUnknown(expression: Expression, scope: Scope, into: Set<Place>): void {
    switch (expression.kind) {
      case 'name':
      case 'index': {
        const index = new Set<Place>();
        if (expression.kind === 'index' && expression.index.kind === 'single') this.findUnknown(expression.index.value, scope, index);
        const variable = index.size > 0 ? null : this.evaluator.places(expression, scope);
        if (variable !== null) return this.addUnknown(variable.places, expression.offset, into);
        if (expression.kind === 'name') return;
        this.findUnknown(expression.base, scope, into);
        return index.forEach((place) => into.add(place));
      }
      case 'unary':
      case 'cast':
        return this.findUnknown(expression.operand, scope, into);
      case 'binary':
        this.findUnknown(expression.left, scope, into);
        return this.findUnknown(expression.right, scope, into);
      case 'call':
        return expression.arguments.forEach((argument) => this.findUnknown(argument, scope, into));
      default:
    }
  }

  private addUnknown(places: readonly Place[], offset: number, into: Set<Place>): void {
    this.output.charge(0, places.length, offset);
    for (const place of places) if (!this.storage.isKnown(place)) into.add(place);
  }

  /** Each value of some measured digits on a way of its own: what is done on it may take them for known. */
  private forEachOutcome(places: readonly Place[], from: number, offset: number, way: () => void): void {
    const place = places[from];
    if (place === undefined) return way();
    const condition = this.storage.read([place], offset);
    const rest = (digit: 0n | 1n) => () => this.storage.assuming(place, digit, () => this.forEachOutcome(places, from + 1, offset, way));
    this.storage.branch(condition, rest(1n), rest(0n), offset);
  }

  /** A statement over whole registers is done once for each element, all registers equally long. */
  private applyToAll(application: Application, gate: Gate | null, call: GateCall, operands: readonly QubitOperand[]): void {
    const registers = operands.filter(({ isRegister }) => isRegister);
    const length = registers[0]?.qubits.length ?? 1;
    for (const { qubits, offset } of registers) {
      if (qubits.length !== length) throw new QasmRefusal('register-size-mismatch', offset, `This register has ${qubits.length} elements, and the first one ${length}.`, `a register of ${length}`);
    }
    const { offset } = call.name;
    const isPower = application.modifiers.some(({ kind }) => kind === 'pow');
    const operations = gate === null || isPower ? 0 : gate.kind === 'standard' ? 1 : gate.operations;
    // Before the first of them is built.
    this.output.charge(length * operations, length * (1 + operands.length), offset);
    for (let element = 0; element < length; element++) {
      const qubits = distinctQubits(operands, element);
      this.applications.apply(application, qubits, (primitive) => this.primitives.emit(primitive, offset), offset);
    }
  }
}

function distinctQubits(operands: readonly QubitOperand[], element: number): readonly number[] {
  const seen = new Set<number>();
  for (const { qubits, isRegister, offset } of operands) {
    const qubit = qubits[isRegister ? element : 0] as number;
    if (seen.has(qubit)) throw new QasmRefusal('duplicate-qubit', offset, 'This qubit is used twice in one operation.', 'another qubit');
    seen.add(qubit);
  }
  return [...seen];
}
