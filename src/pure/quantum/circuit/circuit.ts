import type { Matrix } from '../gates/matrix.js';
import type { ClassicalExpression } from './classical-expression.js';

/**
 * A circuit after parsing: registers laid out flat, gate definitions expanded to gates of the table, broadcasting done,
 * and everything computed that can be known before the run. What depends on measurements is left: conditions, and
 * operations that hold operations (`branch`, `loop`).
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

/** A gate that the table has no name for: `ctrl @ rx(θ)`, `pow(1/3) @ h`. At most five qubits. */
export interface UnitaryOperation {
  readonly kind: 'unitary';
  /** For people: what the program calls it. */
  readonly label: string;
  /** Equal gates of one circuit share the array. Never written to. */
  readonly matrix: Matrix;
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

/** Computes, and writes the result's lowest digits into `bits`, lowest first. The value is taken before any is written. */
export interface AssignOperation {
  readonly kind: 'assign';
  readonly bits: readonly number[];
  readonly value: ClassicalExpression;
}

/** Decided once, when the run comes to it: true is any value but 0. */
export interface BranchOperation {
  readonly kind: 'branch';
  readonly condition: ClassicalExpression;
  readonly then: readonly Operation[];
  readonly otherwise: readonly Operation[];
}

/** Asks before each round. A shot that asks for more than `iterationsMax` rounds ends the run without a result. */
export interface LoopOperation {
  readonly kind: 'loop';
  readonly condition: ClassicalExpression;
  readonly body: readonly Operation[];
  readonly iterationsMax: number;
}

/** Operations that do one thing, as against those that hold others. */
export type PlainOperation = GateOperation | UnitaryOperation | MeasureOperation | ResetOperation | BarrierOperation | AssignOperation;
export type Operation = PlainOperation | BranchOperation | LoopOperation;

export interface Circuit {
  readonly qubits: number;
  /** Bits that the counts show; all 0 at the beginning. */
  readonly classicalBits: number;
  /** Further bits, numbered from `classicalBits` on: variables of the program that no count shows. Also 0 at first. */
  readonly hiddenBits: number;
  /** In radians: the state is multiplied by exp(i·globalPhase). Only outputs of the state itself can see it. */
  readonly globalPhase: number;
  /** In order of declaration. */
  readonly quantumRegisters: readonly Register[];
  readonly classicalRegisters: readonly Register[];
  readonly operations: readonly Operation[];
}

/** Every operation, those inside of others too, in the order of the text. */
export function* everyOperation(operations: readonly Operation[]): Generator<Operation> {
  for (const operation of operations) {
    yield operation;
    if (operation.kind === 'branch') {
      yield* everyOperation(operation.then);
      yield* everyOperation(operation.otherwise);
    } else if (operation.kind === 'loop') {
      yield* everyOperation(operation.body);
    }
  }
}
