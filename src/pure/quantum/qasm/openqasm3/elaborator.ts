import type { Circuit } from '../../circuit/circuit.js';
import { constant, operation } from '../../circuit/classical-expression.js';
import type { ClassicalExpression } from '../../circuit/classical-expression.js';
import { QasmRefusal, quoted } from '../qasm-error.js';
import type { QasmLimits } from '../qasm-limits.js';
import { CircuitOutput } from './circuit-output.js';
import { Declarations } from './declarations.js';
import { Evaluator } from './evaluator.js';
import { Exits } from './exits.js';
import { defineGate } from './gate-definition.js';
import type { Inputs } from './inputs.js';
import { binary } from './operators.js';
import { QuantumStatements } from './quantum-statements.js';
import { Scope } from './scope.js';
import { STANDARD_GATES } from './standard-gates.js';
import { Storage } from './storage.js';
import { Subroutines } from './subroutines.js';
import type { Expression, Statement, StatementOf } from './syntax.js';
import type { Value } from './values.js';
import { knownDigits, truthOf } from './values.js';

/** Rounds of a loop that is unrolled. */
const UNROLLED_ROUNDS_MAX = 100_000;
/** Rounds of a loop that measurements end: a shot that comes so far ends the run. */
export const RUN_ROUNDS_MAX = 10_000;
/** Cases of a switch that the run decides: each is inside of the one before. */
const CASES_MAX = 128;

/** What a statement, and a round of a loop, costs beside what it emits, in charged nodes of some 0.2 µs. */
const STATEMENT_WORK = 8;
const ROUND_WORK = 16;

/**
 * Follows a program from its first statement to its last: everything that is known before the run is done here, and
 * what depends on measurements is left to the circuit.
 */
export class Elaborator {
  private readonly output: CircuitOutput;
  private readonly storage: Storage;
  private readonly evaluator: Evaluator;
  private readonly exits: Exits;
  private readonly globals = new Scope(null);
  private readonly quantum: QuantumStatements;
  private readonly declarations: Declarations;
  private readonly subroutines: Subroutines;

  constructor(private readonly limits: QasmLimits, private readonly inputs: Inputs) {
    this.output = new CircuitOutput(limits);
    this.storage = new Storage(this.output);
    this.exits = new Exits(this.storage);
    this.evaluator = new Evaluator(this.storage, (name, values, scope, offset) => this.subroutines.callForValue(name, values, scope, offset));
    this.quantum = new QuantumStatements(this.output, this.storage, this.evaluator, this.globals);
    this.declarations = new Declarations(this.output, this.storage, this.evaluator, this.quantum, inputs, this.globals);
    this.subroutines = new Subroutines(this.storage, this.evaluator, this.output, this.quantum, this.declarations, this.exits, this.globals, limits.nestingMax, (body, scope) => this.statements(body, scope));
  }

  /** The next statement of the program itself. */
  add(statement: Statement): void {
    this.subroutines.during(() => this.guarded(statement, this.globals));
  }

  finish(): Circuit {
    this.inputs.assertAllTaken();
    return this.output.finish();
  }

  /** A body with names of its own. */
  private block(statements: readonly Statement[], outer: Scope): void {
    const scope = new Scope(outer);
    this.statements(statements, scope);
    this.declarations.release(scope);
  }

  private statements(statements: readonly Statement[], scope: Scope): void {
    for (const statement of statements) this.subroutines.during(() => this.guarded(statement, scope));
  }

  /** Does a statement, unless a way out has been taken; the run decides where it alone knows. */
  private guarded(statement: Statement, scope: Scope): void {
    const { offset } = statement;
    this.output.charge(0, STATEMENT_WORK, offset);
    const taken = this.exits.taken(offset);
    if (taken.kind === 'constant') {
      if (taken.value === 0n || isDefinition(statement)) this.statement(statement, scope);
      return;
    }
    if (isDefinition(statement)) {
      this.statement(statement, scope);
    } else if (statement.kind === 'declaration') {
      // The name is there on all ways; what it is given is given on those that come here.
      const { value, ...bare } = statement;
      this.statement({ ...bare, value: null }, scope);
      if (value === null) return;
      const target = { kind: 'name' as const, name: statement.name.text, offset: statement.name.offset };
      this.onlyIf(operation('not', taken), { kind: 'assignment', target, operator: '=', value, offset }, scope);
    } else {
      this.onlyIf(operation('not', taken), statement, scope);
    }
  }

  private onlyIf(condition: ClassicalExpression, statement: Statement, scope: Scope): void {
    this.storage.branch(condition, () => this.statement(statement, scope), () => {}, statement.offset);
  }

  private statement(statement: Statement, scope: Scope): void {
    switch (statement.kind) {
      case 'nothing': return;
      case 'include': return this.include(statement, scope);
      case 'qubits': return this.declarations.qubits(statement, scope);
      case 'declaration': return this.declarations.variable(statement, scope);
      case 'alias': return this.declarations.alias(statement, scope);
      case 'gate':
        this.assertGlobal(statement, scope, 'A gate');
        return scope.declare(statement.name, { kind: 'gate', gate: defineGate(statement, scope, this.limits.nestingMax) });
      case 'def':
        this.assertGlobal(statement, scope, 'A subroutine');
        return scope.declare(statement.name, { kind: 'subroutine', syntax: statement });
      case 'gate-call': return this.quantum.gateCall(statement, scope);
      case 'reset': return this.quantum.reset(statement, scope);
      case 'barrier': return this.quantum.barrier(statement, scope);
      case 'assignment': return this.assignment(statement, scope);
      case 'expression': return this.expression(statement.value, scope);
      case 'block': return this.block(statement.body, scope);
      case 'if': return this.branch(truthOf(this.evaluator.evaluate(statement.condition, scope), statement.condition.offset), statement.then, statement.otherwise, scope, statement.offset);
      case 'for': return this.forLoop(statement, scope);
      case 'while': return this.whileLoop(statement, scope);
      case 'switch': return this.switch(statement, scope);
      case 'return': return this.subroutines.return(statement, scope);
      case 'end': return this.exits.take('end', statement.offset);
      case 'break':
      case 'continue':
        if (!this.exits.isInLoop) throw new QasmRefusal('misplaced-statement', statement.offset, `${quoted(statement.kind)} can only stand in a loop.`);
        return this.exits.take(statement.kind, statement.offset);
    }
  }

  private assertGlobal({ offset }: Statement, scope: Scope, what: string): void {
    if (scope !== this.globals) throw new QasmRefusal('misplaced-statement', offset, `${what} is defined by the program itself, not inside of another statement.`);
  }

  /** Nothing is read from anywhere: a program cannot make the server open files. */
  private include({ file, offset }: StatementOf<'include'>, scope: Scope): void {
    if (file.text !== 'stdgates.inc') {
      throw new QasmRefusal('unknown-include', file.offset, `There is no file ${quoted(file.text)} here: only "stdgates.inc", which is built in.`, '"stdgates.inc"');
    }
    if (scope !== this.globals) throw new QasmRefusal('misplaced-statement', offset, 'An include stands outside of other statements.');
    scope.declareAll(STANDARD_GATES, file);
  }

  private assignment({ target, operator, value, offset }: StatementOf<'assignment'>, scope: Scope): void {
    if (value.kind === 'measure' && operator === '=') return this.declarations.measure(value.operand, target, scope);
    const compute = () => {
      const given = this.evaluator.evaluate(value, scope);
      return operator === '=' ? given : binary(operator.slice(0, -1), this.evaluator.evaluate(target, scope), given, offset);
    };
    this.declarations.assign(target, compute, scope);
  }

  /** For what it does: a subroutine that gives nothing back, or a measurement whose outcome nobody wants. */
  private expression(value: Expression, scope: Scope): void {
    if (value.kind === 'call' && scope.find(value.name)?.kind === 'subroutine') this.subroutines.call(value.name, value.arguments, scope, value.offset);
    else if (value.kind === 'measure') this.declarations.measure(value.operand, null, scope);
    else this.evaluator.evaluate(value, scope);
  }

  private branch(condition: ClassicalExpression, then: readonly Statement[], otherwise: readonly Statement[], scope: Scope, offset: number): void {
    if (condition.kind === 'constant') this.block(condition.value === 0n ? otherwise : then, scope);
    else this.storage.branch(condition, () => this.block(then, scope), () => this.block(otherwise, scope), offset);
  }

  /** Always unrolled: what a loop goes over is known before the run. */
  private forLoop(statement: StatementOf<'for'>, scope: Scope): void {
    const { offset } = statement;
    this.exits.loop((begin) => {
      this.evaluator.forEach(statement, scope, (value) => {
        const taken = this.exits.loopLeft(offset);
        if (taken.kind === 'constant' && taken.value === 1n) return false;
        this.output.charge(0, ROUND_WORK, offset);
        begin();
        const round = new Scope(scope);
        this.declarations.local(statement.name, value, round);
        this.block(statement.body, round);
        this.declarations.release(round);
        return true;
      });
    }, offset);
  }

  /** Unrolled while its condition is known; from the first round on that a measurement decides about, the run goes on. */
  private whileLoop({ condition, body, offset }: StatementOf<'while'>, scope: Scope): void {
    const ask = () => {
      const taken = this.exits.loopLeft(offset);
      const holds = truthOf(this.evaluator.evaluate(condition, scope), condition.offset);
      return operation('both', holds, operation('not', taken));
    };
    this.exits.loop((begin) => {
      const round = () => {
        begin();
        this.block(body, scope);
      };
      for (let rounds = 0; ; rounds++) {
        const asked = simplified(ask());
        if (asked.kind !== 'constant') return this.storage.loop(() => simplified(ask()), round, RUN_ROUNDS_MAX, offset);
        if (asked.value === 0n) return;
        if (rounds === UNROLLED_ROUNDS_MAX) throw new QasmRefusal('loop-too-long', offset, `A loop may have ${UNROLLED_ROUNDS_MAX} rounds before the run, and this one has not ended by then.`);
        this.output.charge(0, ROUND_WORK, offset);
        round();
      }
    }, offset);
  }

  private switch({ value: expression, cases, offset }: StatementOf<'switch'>, scope: Scope): void {
    const value = this.evaluator.evaluate(expression, scope);
    const present = knownDigits(value);
    const matches = cases.map((each) => ({ body: each.body, condition: each.values === null ? constant(1n) : this.caseCondition(value, each.values, scope) }));
    if (present === null && cases.length > CASES_MAX) throw new QasmRefusal('nesting-too-deep', offset, `A switch that the run decides may have ${CASES_MAX} cases.`);
    const follow = (from: number): void => {
      const match = matches[from];
      if (match === undefined) return;
      if (match.condition.kind !== 'constant') this.storage.branch(match.condition, () => this.block(match.body, scope), () => follow(from + 1), offset);
      else if (match.condition.value === 1n) this.block(match.body, scope);
      else follow(from + 1);
    };
    follow(0);
  }

  private caseCondition(value: Value, values: readonly Expression[], scope: Scope): ClassicalExpression {
    let condition = constant(0n);
    for (const expression of values) {
      const equal = truthOf(binary('==', value, this.evaluator.evaluate(expression, scope), expression.offset), expression.offset);
      condition = condition.kind === 'constant' && condition.value === 0n ? equal : operation('either', condition, equal);
    }
    return condition;
  }
}

/** Statements that give names to things which no run can change. */
function isDefinition(statement: Statement): boolean {
  const { kind } = statement;
  return kind === 'qubits' || kind === 'gate' || kind === 'def' || kind === 'alias' || kind === 'include' || (kind === 'declaration' && (statement.qualifier === 'const' || statement.qualifier === 'input'));
}

/** Without `and true`; false where one side of an `and` is. */
function simplified(expression: ClassicalExpression): ClassicalExpression {
  if (expression.kind !== 'operation' || expression.operator !== 'both') return expression;
  const [left, right] = expression.operands as readonly [ClassicalExpression, ClassicalExpression];
  for (const [side, other] of [[left, right], [right, left]] as const) {
    if (side.kind === 'constant') return side.value === 0n ? constant(0n) : other;
  }
  return expression;
}

