/**
 * A circuit after parsing: registers laid out flat, gate definitions expanded to gates of the table, broadcasting done.
 * It is plain data (structured clone carries it to a worker thread) and holds no source positions.
 */

/** A named run of qubits or classical bits: `name[i]` is number `offset + i` of the circuit. */
export interface Register {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/**
 * The comparison of `if (c == n)`: the `size` bits from `offset`, lowest first, read as an unsigned integer.
 *
 * Operations that share one Condition *object* come from one `if` statement, which is decided once, before the first
 * of them: `if (c == 0) measure q -> c;` measures the whole of q although c changes on the way.
 */
export interface Condition {
  readonly offset: number;
  readonly size: number;
  /** A bigint, because a register is wider than 53 bits in ordinary programs. May exceed the register: never true. */
  readonly value: bigint;
}

export interface GateOperation {
  readonly kind: 'gate';
  /** A name of the gate table (`gates/gate-table.ts`). */
  readonly name: string;
  /** Radians, all finite; as many as the table says. */
  readonly parameters: readonly number[];
  /** All different; in the order of the table, so controls come before targets. */
  readonly qubits: readonly number[];
  readonly condition: Condition | null;
}

export interface MeasureOperation {
  readonly kind: 'measure';
  readonly qubit: number;
  readonly bit: number;
  readonly condition: Condition | null;
}

export interface ResetOperation {
  readonly kind: 'reset';
  readonly qubit: number;
  readonly condition: Condition | null;
}

/** Keeps operations on both sides apart for whoever rewrites or draws; it does nothing to the state. */
export interface BarrierOperation {
  readonly kind: 'barrier';
  readonly qubits: readonly number[];
}

export type Operation = GateOperation | MeasureOperation | ResetOperation | BarrierOperation;

export interface Circuit {
  readonly qubits: number;
  readonly classicalBits: number;
  /** In order of declaration. */
  readonly quantumRegisters: readonly Register[];
  readonly classicalRegisters: readonly Register[];
  readonly operations: readonly Operation[];
}
