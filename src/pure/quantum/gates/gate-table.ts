import type { GateRecord, GateStep } from './gate-record.js';
import { MANY_QUBIT_GATES } from './many-qubit-gates.js';
import { ONE_QUBIT_GATES } from './one-qubit-gates.js';
import { TWO_QUBIT_GATES } from './two-qubit-gates.js';

/** Every gate that a circuit can hold, by name. */
export const GATE_TABLE: ReadonlyMap<string, GateRecord> = new Map(
  [...ONE_QUBIT_GATES, ...TWO_QUBIT_GATES, ...MANY_QUBIT_GATES].map((gate) => [gate.name, gate]),
);

/** For names that come from a circuit, which the parser has checked. */
export function gateNamed(name: string): GateRecord {
  const gate = GATE_TABLE.get(name);
  if (gate === undefined) throw new RangeError(`no gate of the table is called ${name}`);
  return gate;
}

/** Steps that undo a gate, exact up to global phase. */
export function inverseSteps(gate: GateRecord, parameters: readonly number[]): readonly GateStep[] {
  if (gate.inverse !== null) return gate.inverse(parameters);
  if (gate.decomposition === null) throw new RangeError(`the primitive gate ${gate.name} states no inverse`);
  return gate.decomposition(parameters).steps.toReversed().flatMap((forward) =>
    inverseSteps(gateNamed(forward.name), forward.parameters).map((back) => ({
      ...back,
      qubits: back.qubits.map((position) => forward.qubits[position] as number),
    })),
  );
}
