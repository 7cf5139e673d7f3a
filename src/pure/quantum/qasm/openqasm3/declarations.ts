import { QasmRefusal, quoted } from '../qasm-error.js';
import type { Token } from '../lexer.js';
import type { CircuitOutput } from './circuit-output.js';
import type { Evaluator } from './evaluator.js';
import type { Inputs } from './inputs.js';
import type { QuantumStatements } from './quantum-statements.js';
import type { DigitsVariable, Scope } from './scope.js';
import { describeMeaning } from './scope.js';
import type { DigitsCell, Place, Storage } from './storage.js';
import type { Expression, StatementOf } from './syntax.js';
import type { ComplexValue, DigitsType, DigitsValue, FloatValue, Type, Value } from './values.js';
import { bitRegister, convert, known, knownDigits, notConstant, typeOf } from './values.js';

/** Names and what they are given: declarations, aliases, assignments and measurements into variables. */
export class Declarations {
  /** Variables that end with a scope, so that others can have their bits. */
  private readonly cells = new Map<Scope, DigitsCell[]>();

  constructor(
    private readonly output: CircuitOutput,
    private readonly storage: Storage,
    private readonly evaluator: Evaluator,
    private readonly quantum: QuantumStatements,
    private readonly inputs: Inputs,
    private readonly globals: Scope,
  ) {}

  qubits({ size, name, offset }: StatementOf<'qubits'>, scope: Scope): void {
    if (scope !== this.globals) throw new QasmRefusal('misplaced-statement', offset, 'Qubits are declared by the program itself, not inside of another statement.');
    scope.assertFree(name);
    const count = size === null ? 1 : this.evaluator.size(size, scope);
    scope.declare(name, { kind: 'qubits', qubits: this.output.addQubits(name.text, count, size?.offset ?? name.offset), isRegister: size !== null });
  }

  variable(statement: StatementOf<'declaration'>, scope: Scope): void {
    const { qualifier, name, value, offset } = statement;
    scope.assertFree(name);
    const type = this.evaluator.type(statement.type, scope);
    if (qualifier === 'const') return this.constant(name, type, value as Expression, scope);
    if (qualifier !== null && scope !== this.globals) throw new QasmRefusal('misplaced-statement', offset, `An ${qualifier} is declared by the program itself, not inside of another statement.`);
    if (qualifier === 'input') return scope.declare(name, { kind: 'constant', value: this.inputs.take(name, type) });
    if (qualifier === 'output' && (type.name === 'float' || type.name === 'complex')) {
      throw new QasmRefusal('not-supported', offset, 'Counts show digits: an output of type float or complex is not supported.');
    }
    if (value?.kind === 'measure') {
      this.declare(name, type, scope, qualifier === 'output');
      return this.measure(value.operand, { kind: 'name', name: name.text, offset: name.offset }, scope);
    }
    // Computed before the name is there: `int n = n;` means the n of outside.
    const initial = value === null ? null : convert(this.evaluator.evaluate(value, scope), type, value.offset);
    this.declare(name, type, scope, qualifier === 'output');
    if (initial !== null) this.assign({ kind: 'name', name: name.text, offset: name.offset }, () => initial, scope);
  }

  /** A variable with a value, of a loop or a subroutine. */
  local(name: Token, value: Value, scope: Scope): void {
    this.declare(name, typeOf(value), scope, false);
    this.assign({ kind: 'name', name: name.text, offset: name.offset }, () => value, scope);
  }

  alias({ name, parts }: StatementOf<'alias'>, scope: Scope): void {
    scope.assertFree(name);
    const variables = parts.map((part) => this.evaluator.places(part, scope));
    if (variables.every((variable) => variable !== null)) {
      const [first] = variables;
      const places = this.joined(variables.map((variable) => variable.places), name.offset);
      if (places.length > this.output.classicalBitsMax) throw new QasmRefusal('too-many-bits', name.offset, `An alias may have ${this.output.classicalBitsMax} digits.`);
      const type = parts.length === 1 ? (first as { type: DigitsType }).type : bitRegister(places.length);
      return scope.declare(name, { kind: 'digits', type, places, whole: null });
    }
    const operands = parts.map((part) => this.quantum.qubits(part, scope));
    const qubits = this.joined(operands.map((operand) => operand.qubits), name.offset);
    if (new Set(qubits).size < qubits.length) throw new QasmRefusal('duplicate-qubit', name.offset, `The alias ${quoted(name.text)} would hold a qubit twice.`, 'different qubits');
    const isRegister = parts.length > 1 || operands.some((operand) => operand.isRegister);
    scope.declare(name, { kind: 'qubits', qubits, isRegister });
  }

  /** Charged before it is made: a name of one letter may stand for a thousand elements. */
  private joined<T>(parts: readonly (readonly T[])[], offset: number): readonly T[] {
    this.output.charge(0, parts.reduce((sum, { length }) => sum + length, 0), offset);
    return parts.flat();
  }

  /** `compute` is asked when the target has been found to be one. */
  assign(target: Expression, compute: () => Value, scope: Scope): void {
    const meaning = target.kind === 'name' ? scope.find(target.name) : null;
    if (meaning?.kind === 'real') {
      const value = convert(compute(), { name: meaning.name }, target.offset);
      return this.storage.setReal(meaning.cell, value as FloatValue | ComplexValue);
    }
    const variable = this.target(target, scope);
    const value = convert(compute(), variable.type, target.offset) as DigitsValue;
    if (variable.whole !== null) this.storage.writeWhole(variable.whole, value.digits, target.offset);
    else this.storage.write(variable.places, value.digits, target.offset);
  }

  /** Qubits into as many bits; into nowhere, where the target is null. */
  measure(operand: Expression, target: Expression | null, scope: Scope): void {
    const { qubits, isRegister, offset } = this.quantum.qubits(operand, scope);
    const places = target === null ? this.storage.digitsCell(qubits.length).places : this.measureTarget(target, scope, qubits.length, isRegister);
    this.output.charge(qubits.length, qubits.length, offset);
    const bits = this.storage.measureInto(places, offset);
    qubits.forEach((qubit, i) => this.output.emit({ kind: 'measure', qubit, bit: bits[i] as number, condition: null }, offset));
    if (target === null) this.storage.release((places[0] as Place).cell);
  }

  /** What a subroutine is given as a value, and what it gives back. */
  declare(name: Token, type: Type, scope: Scope, isOutput: boolean): void {
    if (type.name === 'float' || type.name === 'complex') {
      const zero: FloatValue | ComplexValue = type.name === 'float' ? { kind: 'float', value: 0 } : { kind: 'complex', re: 0, im: 0 };
      return scope.declare(name, { kind: 'real', name: type.name, cell: this.storage.realCell(zero) });
    }
    const isShown = scope === this.globals && (isOutput || type.name === 'bit');
    const cell = isShown ? this.storage.shownCell(this.output.addBitRegister(name.text, type.size, isOutput, name.offset)) : this.storage.digitsCell(type.size);
    if (!isShown && scope !== this.globals) this.cells.set(scope, [...(this.cells.get(scope) ?? []), cell]);
    scope.declare(name, { kind: 'digits', type, whole: cell, get places() { return cell.places; } });
  }

  /** A scope has ended. */
  release(scope: Scope): void {
    for (const cell of this.cells.get(scope) ?? []) this.storage.release(cell);
    this.cells.delete(scope);
  }

  private constant(name: Token, type: Type, expression: Expression, scope: Scope): void {
    const value = convert(this.evaluator.evaluate(expression, scope), type, expression.offset);
    if (value.kind === 'digits' && knownDigits(value) === null) throw notConstant(expression.offset, 'The value of a constant');
    const stated = value.kind === 'digits' ? known(value.type, knownDigits(value) as bigint) : value;
    scope.declare(name, { kind: 'constant', value: stated });
  }

  private target(target: Expression, scope: Scope): DigitsVariable {
    const variable = this.evaluator.places(target, scope);
    if (variable !== null) return variable;
    let base = target;
    while (base.kind === 'index') base = base.base;
    const meaning = base.kind === 'name' ? scope.find(base.name) : null;
    if (base.kind === 'name' && meaning === null) throw scope.unknown(base.name, base.offset, 'variable');
    const what = meaning === null ? 'This' : `${quoted((base as { readonly name: string }).name)} is ${describeMeaning(meaning)}, which`;
    throw new QasmRefusal('not-assignable', target.offset, meaning === null ? 'This cannot be assigned to.' : `${what} cannot be assigned to.`, 'a variable');
  }

  private measureTarget(target: Expression, scope: Scope, qubits: number, isRegister: boolean): readonly Place[] {
    const { type, places } = this.target(target, scope);
    if (type.name !== 'bit') throw new QasmRefusal('type-mismatch', target.offset, 'Qubits are measured into bits.', 'bits');
    if (type.isRegister !== isRegister && !(places.length === 1 && qubits === 1)) {
      throw new QasmRefusal('register-size-mismatch', target.offset, 'A register of qubits is measured into a register of bits, and a qubit into a bit.', isRegister ? 'a register of bits' : 'a bit');
    }
    if (places.length === qubits) return places;
    throw new QasmRefusal('register-size-mismatch', target.offset, `The ${qubits} qubits are measured into as many bits, not into ${places.length}.`, `${qubits} bits`);
  }
}
