import { QasmRefusal, quoted } from '../qasm-error.js';
import { assertParameterCount, gateOf, qubitCountOf } from './gate-application.js';
import type { DefinedGate, Scope } from './scope.js';
import type { Expression, GateCall, GateSyntax, Statement } from './syntax.js';

interface Cost {
  readonly operations: number;
  readonly depth: number;
}

/**
 * Checks a definition where it stands and adds up what applying it will cost, before anybody applies it: fifty lines in
 * which each gate uses the one before it twice stand for 2^50 operations. The name is not declared yet, so that a body
 * cannot use its own gate, and nothing that is defined later.
 */
export function defineGate(syntax: GateSyntax, globals: Scope, nestingMax: number): DefinedGate {
  globals.assertFree(syntax.name);
  const clash = syntax.qubits.find(({ text }) => syntax.parameters.some((parameter) => parameter.text === text));
  if (clash !== undefined) throw new QasmRefusal('redefinition', clash.offset, `${quoted(clash.text)} is named twice in this definition.`, 'a new name');
  const { operations, depth } = costOf(syntax.body, syntax, globals);
  if (depth + 1 > nestingMax) throw new QasmRefusal('nesting-too-deep', syntax.name.offset, `Gate definitions may use one another ${nestingMax} levels deep.`);
  return { kind: 'defined', syntax, operations, depth: depth + 1 };
}

function costOf(statements: readonly Statement[], syntax: GateSyntax, globals: Scope): Cost {
  let [operations, depth] = [0, 0];
  for (const statement of statements) {
    const cost = costOfStatement(statement, syntax, globals);
    operations += cost.operations;
    depth = Math.max(depth, cost.depth);
  }
  return { operations, depth };
}

function costOfStatement(statement: Statement, syntax: GateSyntax, globals: Scope): Cost {
  switch (statement.kind) {
    case 'gate-call':
      return costOfCall(statement, syntax, globals);
    case 'for':
      return costOf(statement.body, syntax, globals);
    case 'block':
      return costOf(statement.body, syntax, globals);
    case 'barrier':
      statement.operands.forEach((operand) => assertOwnQubit(operand, syntax));
      return { operations: 0, depth: 0 };
    case 'nothing':
      return { operations: 0, depth: 0 };
    default:
      throw new QasmRefusal('misplaced-statement', statement.offset, 'The body of a gate holds gates, gphase, barriers and for loops only.', 'a gate');
  }
}

function costOfCall(call: GateCall, syntax: GateSyntax, globals: Scope): Cost {
  if (call.name.text === syntax.name.text) {
    throw new QasmRefusal('unknown-gate', call.name.offset, `The gate ${quoted(call.name.text)} is not defined before its own definition ends: gates cannot use themselves.`, 'a gate defined above');
  }
  const gate = gateOf(call, globals);
  assertParameterCount(gate, call);
  const seen = new Set<string>();
  for (const operand of call.operands) {
    const name = assertOwnQubit(operand, syntax);
    if (seen.has(name)) throw new QasmRefusal('duplicate-qubit', operand.offset, `The qubit ${quoted(name)} is used twice in one operation.`, 'another qubit');
    seen.add(name);
  }
  // How many controls there are is computed with the parameters; without any, the count is known here.
  if (call.modifiers.every(({ kind }) => kind === 'inv' || kind === 'pow') && call.operands.length !== qubitCountOf(gate)) {
    throw new QasmRefusal('wrong-qubit-count', call.name.offset, `The gate ${quoted(call.name.text)} takes ${qubitCountOf(gate)} qubits, not ${call.operands.length}.`);
  }
  // A power may be of 0, and a phase is no operation: at least nothing, then.
  const isPower = call.modifiers.some(({ kind }) => kind === 'pow');
  if (gate?.kind !== 'defined') return { operations: gate === null || isPower ? 0 : 1, depth: 0 };
  return { operations: isPower ? 0 : gate.operations, depth: gate.depth };
}

function assertOwnQubit(operand: Expression, syntax: GateSyntax): string {
  if (operand.kind === 'index') throw new QasmRefusal('type-mismatch', operand.offset, 'A qubit of a gate has no elements.', 'a qubit of the gate');
  if (operand.kind !== 'name' || !syntax.qubits.some(({ text }) => text === operand.name)) {
    throw new QasmRefusal('unknown-qubit', operand.offset, operand.kind === 'name' ? `${quoted(operand.name)} is not a qubit of this gate.` : 'This is not a qubit of the gate.', 'a qubit of the gate');
  }
  return operand.name;
}
