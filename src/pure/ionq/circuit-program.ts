import type { JsonObject } from '#pure/quantum/outputs/request-reader.js';
import { isObject, onlyMembers, Refused } from '#pure/quantum/outputs/request-reader.js';
import { type Gateset, IONQ_GATES } from './gate-table.js';
import { PAULI_EXPONENTIAL, pauliExponential, TOO_LONG } from './pauli-exponential.js';

/** The engine's own limit of declared qubits. */
export const QUBITS_MAX = 1000;

/** A circuit of the format. */
export interface CircuitText {
  readonly gateset: Gateset;
  readonly qubits: number;
  readonly operations: unknown;
  /** Where the operations stand in the request. */
  readonly pointer: string;
  /** A larger program is refused before it is whole: a letter of a Pauli string becomes forty of the program. */
  readonly sourceBytesMax: number;
}

const QUBIT_MEMBERS = ['target', 'targets', 'control', 'controls'] as const;

/** Qubits by the member for one or the member for several, whichever is there. */
function qubitsOf(operation: JsonObject, one: string, several: string, pointer: string, declared: number): readonly number[] {
  const [single, list] = [operation[one], operation[several]];
  if (single !== undefined && list !== undefined) throw new Refused(`${pointer}/${several}`, `${one} or ${several}: not both.`);
  if (list !== undefined && !Array.isArray(list)) throw new Refused(`${pointer}/${several}`, 'A list of qubits.');
  const qubits: readonly unknown[] = list ?? (single === undefined ? [] : [single]);
  qubits.forEach((qubit, i) => {
    if (Number.isInteger(qubit) && (qubit as number) >= 0 && (qubit as number) < declared) return;
    throw new Refused(list === undefined ? `${pointer}/${one}` : `${pointer}/${several}/${i}`, `A qubit is a number from 0 to ${declared - 1}.`);
  });
  return qubits as readonly number[];
}

function distinct(qubits: readonly number[], pointer: string): void {
  const seen = new Set<number>();
  const twice = qubits.find((qubit) => seen.size === seen.add(qubit).size);
  if (twice !== undefined) throw new Refused(pointer, `Qubit ${twice} is named twice.`);
}

function statementsOf(operation: unknown, pointer: string, { gateset, qubits: declared, sourceBytesMax }: CircuitText, definitions: Set<string>): readonly string[] {
  if (!isObject(operation)) throw new Refused(pointer, 'An object with a gate and its targets.');
  const { gate: name } = operation;
  const targets = qubitsOf(operation, 'target', 'targets', pointer, declared);
  const controls = qubitsOf(operation, 'control', 'controls', pointer, declared);
  distinct([...controls, ...targets], pointer);
  if (gateset === 'qis' && name === PAULI_EXPONENTIAL.name) {
    onlyMembers(operation, pointer, 'gate', 'target', 'targets', ...PAULI_EXPONENTIAL.members);
    return pauliExponential(operation, pointer, targets, sourceBytesMax);
  }
  const gate = typeof name === 'string' ? IONQ_GATES[gateset].get(name) : undefined;
  if (gate === undefined) throw new Refused(`${pointer}/gate`, `A gate of the set ${gateset}: ${[...IONQ_GATES[gateset].keys(), ...(gateset === 'qis' ? [PAULI_EXPONENTIAL.name] : [])].join(', ')}.`);
  onlyMembers(operation, pointer, 'gate', ...QUBIT_MEMBERS, ...gate.members);
  if (targets.length !== gate.targets) throw new Refused(`${pointer}/targets`, `The gate has ${gate.targets === 1 ? 'one target' : 'two targets'}.`);
  if (controls.length > 0 && !gate.controllable) throw new Refused(`${pointer}/${'control' in operation ? 'control' : 'controls'}`, 'A native gate has no controls.');
  if (controls.length === 0 && name === 'cnot') throw new Refused(`${pointer}/control`, 'The gate has a control.');
  const call = gate.call(operation, pointer);
  if (gate.definition !== undefined) definitions.add(gate.definition);
  const control = controls.length === 0 ? '' : `ctrl(${controls.length}) @ `;
  return [`${control}${call} ${[...controls, ...targets].map((qubit) => `q[${qubit}]`).join(', ')};`];
}

/**
 * The circuit as a program in OpenQASM 3 that measures every qubit at its end, as the format means it: bit j of an
 * outcome is qubit j. Throws `Refused`, with a pointer into the request.
 */
export function programOf(circuit: CircuitText): string {
  const { qubits, operations, pointer, sourceBytesMax } = circuit;
  if (!Array.isArray(operations)) throw new Refused(pointer, 'A list of gates.');
  const definitions = new Set<string>();
  const lines: string[] = [];
  let length = 0;
  operations.forEach((operation: unknown, i) => {
    const statements = statementsOf(operation, `${pointer}/${i}`, circuit, definitions);
    length += statements.reduce((sum, statement) => sum + statement.length + 1, 0);
    // A margin for the definitions, which are as many as they are.
    if (length > sourceBytesMax - 2048) throw new Refused(`${pointer}/${i}`, TOO_LONG);
    lines.push(...statements);
  });
  return ['OPENQASM 3.0;', 'include "stdgates.inc";', ...definitions, `qubit[${qubits}] q;`, `bit[${qubits}] c;`, ...lines, 'c = measure q;', ''].join('\n');
}
