import type { Condition, GateOperation, Operation } from '../circuit/circuit.js';
import type { GateRecord } from '../gates/gate-record.js';
import type { Expression } from './expression.js';
import { evaluate, expressionWork } from './expression.js';
import { QasmRefusal, quoted } from './qasm-error.js';

/** A gate that the program defines: a macro over other gates. What it uses was defined before it, so it cannot recur. */
export interface GateDefinition {
  readonly kind: 'definition';
  readonly name: string;
  readonly parameters: number;
  readonly qubits: number;
  readonly body: readonly BodyStep[];
  /** Operations that one application leaves in the circuit. Exact up to 2^53, then only known to be enormous. */
  readonly operations: number;
  /** Nodes visited by one application: what bounds time, as `operations` bounds memory. */
  readonly work: number;
  /** 1 for a body of table gates. */
  readonly depth: number;
}

/** A gate of the table, under the name that the program knows it by (`U` is `u`). */
export interface BuiltInGate {
  readonly kind: 'built-in';
  readonly record: GateRecord;
}

/** `opaque`: declared without a body. */
export interface OpaqueGate {
  readonly kind: 'opaque';
  readonly name: string;
  readonly parameters: number;
  readonly qubits: number;
}

export type Applicable = BuiltInGate | GateDefinition;

/** One line of a body; `qubits` are positions in the definition's list. */
export type BodyStep =
  | { readonly kind: 'call'; readonly callee: Applicable; readonly parameters: readonly Expression[]; readonly qubits: readonly number[] }
  | { readonly kind: 'barrier'; readonly qubits: readonly number[] };

export function parameterCount(gate: Applicable | OpaqueGate): number {
  return gate.kind === 'built-in' ? gate.record.parameters.length : gate.parameters;
}

export function qubitCount(gate: Applicable | OpaqueGate): number {
  return gate.kind === 'built-in' ? gate.record.qubits : gate.qubits;
}

export function operationsOf(gate: Applicable): number {
  return gate.kind === 'built-in' ? 1 : gate.operations;
}

export function workOf(gate: Applicable): number {
  return gate.kind === 'built-in' ? 1 : gate.work;
}

export function depthOf(gate: Applicable): number {
  return gate.kind === 'built-in' ? 0 : gate.depth;
}

/**
 * Closes a definition and adds up what applying it will cost, before anybody applies it: fifty lines in which each
 * gate uses the one before it twice stand for 2^50 operations.
 */
export function defineGate(name: string, parameters: number, qubits: number, steps: readonly BodyStep[]): GateDefinition {
  // A call that leaves nothing behind is dropped: otherwise empty gates could cost exponential time at no operations.
  const body = steps.filter((bodyStep) => bodyStep.kind === 'barrier' || operationsOf(bodyStep.callee) > 0);
  let operations = 0;
  let work = 1;
  let depth = 0;
  for (const bodyStep of body) {
    work += 1 + bodyStep.qubits.length;
    if (bodyStep.kind === 'barrier') {
      operations += 1;
      continue;
    }
    operations += operationsOf(bodyStep.callee);
    work += workOf(bodyStep.callee);
    for (const parameter of bodyStep.parameters) work += expressionWork(parameter);
    depth = Math.max(depth, depthOf(bodyStep.callee));
  }
  return { kind: 'definition', name, parameters, qubits, body, operations, work, depth: depth + 1 };
}

const NO_PARAMETERS: readonly number[] = Object.freeze([]);

export function tableOperation(record: GateRecord, parameters: readonly number[], qubits: readonly number[], condition: Condition | null): GateOperation {
  return { kind: 'gate', name: record.name, parameters: parameters.length === 0 ? NO_PARAMETERS : parameters, qubits, condition };
}

/**
 * Appends what applying `gate` means. The caller has checked counts and limits; recursion is as deep as definitions
 * nest. `offset` is the place of the application, where a parameter without a finite value is reported.
 */
export function expand(
  gate: Applicable, parameters: readonly number[], qubits: readonly number[], condition: Condition | null, offset: number, into: Operation[],
): void {
  if (gate.kind === 'built-in') {
    into.push(tableOperation(gate.record, parameters, qubits, condition));
    return;
  }
  for (const bodyStep of gate.body) {
    const actualQubits = bodyStep.qubits.map((position) => qubits[position] as number);
    if (bodyStep.kind === 'barrier') {
      into.push({ kind: 'barrier', qubits: actualQubits });
      continue;
    }
    const actual = bodyStep.parameters.map((expression) => {
      const value = evaluate(expression, parameters);
      if (Number.isFinite(value)) return value;
      throw new QasmRefusal('parameter-not-finite', offset, `With these parameters, an angle in the definition of ${quoted(gate.name)} has no finite value.`);
    });
    expand(bodyStep.callee, actual, actualQubits, condition, offset, into);
  }
}
