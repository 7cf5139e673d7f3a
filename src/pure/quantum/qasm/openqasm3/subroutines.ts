import { QasmRefusal, quoted } from '../qasm-error.js';
import type { CircuitOutput } from './circuit-output.js';
import type { Declarations } from './declarations.js';
import type { Evaluator } from './evaluator.js';
import type { Exit, Exits } from './exits.js';
import type { QuantumStatements } from './quantum-statements.js';
import { Scope } from './scope.js';
import type { DigitsCell, RealCell, Storage } from './storage.js';
import type { DefParameter, DefSyntax, Expression, Statement, StatementOf } from './syntax.js';
import type { ComplexValue, DigitsType, DigitsValue, FloatValue, Type, Value } from './values.js';
import { convert, digits } from './values.js';

/** What `return` writes into. */
type Result = { readonly kind: 'digits'; readonly type: DigitsType; readonly cell: DigitsCell } | { readonly kind: 'real'; readonly type: Type; readonly cell: RealCell };

/** What a call costs beside its body, in charged nodes: names and variables are made for it. */
const CALL_WORK = 64;

interface Call {
  readonly syntax: DefSyntax;
  readonly result: Result | null;
  readonly returned: Exit;
}

/** `def`: each call is the body once more, with its own variables. */
export class Subroutines {
  private readonly calls: Call[] = [];
  /** Results whose bits the present statements may still read. */
  private readonly results: DigitsCell[] = [];

  constructor(
    private readonly storage: Storage,
    private readonly evaluator: Evaluator,
    private readonly output: CircuitOutput,
    private readonly quantum: QuantumStatements,
    private readonly declarations: Declarations,
    private readonly exits: Exits,
    private readonly globals: Scope,
    private readonly nestingMax: number,
    private readonly statements: (body: readonly Statement[], scope: Scope) => void,
  ) {}

  callForValue(name: string, values: readonly Expression[], scope: Scope, offset: number): Value {
    const value = this.call(name, values, scope, offset);
    if (value !== null) return value;
    throw new QasmRefusal('type-mismatch', offset, `The subroutine ${quoted(name)} gives nothing back.`, 'a value');
  }

  /** Does a statement; what the subroutines that it calls have given back is of no use after it. */
  during(statement: () => void): void {
    const before = this.results.length;
    statement();
    for (const cell of this.results.splice(before)) this.storage.release(cell);
  }

  call(name: string, values: readonly Expression[], scope: Scope, offset: number): Value | null {
    const syntax = this.named(name, scope, offset);
    this.output.charge(0, CALL_WORK, offset);
    if (values.length !== syntax.parameters.length) {
      throw new QasmRefusal('wrong-argument-count', offset, `The subroutine ${quoted(name)} takes ${syntax.parameters.length} arguments, not ${values.length}.`);
    }
    const inner = new Scope(this.globals, ({ kind }) => kind === 'gate' || kind === 'constant' || kind === 'subroutine');
    syntax.parameters.forEach((parameter, i) => this.pass(parameter, values[i] as Expression, scope, inner));
    let value: Value | null = null;
    this.exits.subroutine((returned) => {
      const result = this.resultOf(syntax);
      if (result?.kind === 'digits') this.results.push(result.cell);
      this.calls.push({ syntax, result, returned });
      this.statements(syntax.body, inner);
      this.calls.pop();
      value = result === null ? null : this.valueOf(result, offset);
    });
    this.declarations.release(inner);
    return value;
  }

  return({ value, offset }: StatementOf<'return'>, scope: Scope): void {
    const call = this.calls.at(-1);
    if (call === undefined) throw new QasmRefusal('misplaced-statement', offset, '"return" can only stand in a subroutine.');
    const { result, syntax } = call;
    if ((value === null) !== (result === null)) {
      throw new QasmRefusal('type-mismatch', value?.offset ?? offset, `The subroutine ${quoted(syntax.name.text)} ${result === null ? 'gives nothing back' : 'gives a value back'}.`, result === null ? '";"' : 'a value');
    }
    if (value !== null && result !== null) this.give(value, result, scope);
    this.exits.leave(call.returned, offset);
  }

  private give(value: Expression, result: Result, scope: Scope): void {
    if (value.kind === 'measure') {
      // By way of a name that no program can write.
      const name = { kind: 'name' as const, text: ' result', offset: value.offset };
      const within = new Scope(scope);
      if (result.kind === 'digits') within.declare(name, { kind: 'digits', type: result.type, places: result.cell.places, whole: result.cell });
      return this.declarations.measure(value.operand, { kind: 'name', name: name.text, offset: value.offset }, within);
    }
    const given = convert(this.evaluator.evaluate(value, scope), result.type, value.offset);
    if (result.kind === 'digits') this.storage.writeWhole(result.cell, (given as DigitsValue).digits, value.offset);
    else this.storage.setReal(result.cell, given as FloatValue | ComplexValue);
  }

  private named(name: string, scope: Scope, offset: number): DefSyntax {
    const meaning = scope.find(name);
    if (meaning?.kind !== 'subroutine') throw scope.unknown(name, offset, 'function');
    if (this.calls.some(({ syntax }) => syntax === meaning.syntax)) {
      throw new QasmRefusal('recursive-call', offset, `The subroutine ${quoted(name)} calls itself, by way of others or at once: that would not end.`);
    }
    if (this.calls.length >= this.nestingMax) throw new QasmRefusal('nesting-too-deep', offset, `Subroutines may call one another ${this.nestingMax} levels deep.`);
    return meaning.syntax;
  }

  private pass(parameter: DefParameter, argument: Expression, scope: Scope, inner: Scope): void {
    const { name } = parameter;
    if (parameter.kind === 'value') {
      const type = this.evaluator.type(parameter.type, inner);
      return this.declarations.local(name, convert(this.evaluator.evaluate(argument, scope), type, argument.offset), inner);
    }
    const { qubits, isRegister } = this.quantum.qubits(argument, scope);
    const size = parameter.size === null ? null : this.evaluator.size(parameter.size, inner);
    if (size !== null && (qubits.length !== size)) throw new QasmRefusal('register-size-mismatch', argument.offset, `${quoted(name.text)} takes ${size} qubits, not ${qubits.length}.`, `${size} qubits`);
    if (size === null && isRegister && qubits.length !== 1) throw new QasmRefusal('register-size-mismatch', argument.offset, `${quoted(name.text)} takes one qubit, not a register.`, 'a qubit');
    inner.declare(name, { kind: 'qubits', qubits, isRegister: size !== null });
  }

  private resultOf({ returns }: DefSyntax): Result | null {
    if (returns === null) return null;
    const type = this.evaluator.type(returns, this.globals);
    if (type.name === 'float') return { kind: 'real', type, cell: this.storage.realCell({ kind: 'float', value: 0 }) };
    if (type.name === 'complex') return { kind: 'real', type, cell: this.storage.realCell({ kind: 'complex', re: 0, im: 0 }) };
    return { kind: 'digits', type, cell: this.storage.digitsCell(type.size) };
  }

  private valueOf(result: Result, offset: number): Value {
    if (result.kind === 'digits') return digits(result.type, this.storage.readWhole(result.cell, offset));
    if (result.cell.value !== null) return result.cell.value;
    throw new QasmRefusal('not-constant', offset, 'The real number that this subroutine gives back depends on a measurement, which only integers, bits and angles can.');
  }
}
