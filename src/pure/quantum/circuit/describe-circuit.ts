import type { Circuit, Condition, Operation } from './circuit.js';

/** Figures about a circuit, for people and for choosing a method. */
export interface CircuitDescription {
  readonly gates: number;
  /** How often each gate of the table occurs, most frequent first. */
  readonly gateCounts: Readonly<Record<string, number>>;
  readonly measurements: number;
  readonly resets: number;
  readonly barriers: number;
  readonly conditioned: number;
  /** Length of the longest chain of operations that must follow each other, over qubits and classical bits. */
  readonly depth: number;
  /** Nothing acts on a qubit once it was measured, nothing is reset or conditioned. */
  readonly measuresOnlyAtEnd: boolean;
}

/**
 * Levels of a schedule that starts every operation as early as its qubits and bits allow. A condition reads its whole
 * register: one level stands for all of its bits, so that a wide register does not cost its width at each `if`.
 */
class Schedule {
  private readonly qubits: Int32Array;
  private readonly bits: Int32Array;
  /** By offset of the register: the latest write into it, and the latest reading of it. */
  private readonly written = new Map<number, number>();
  private readonly read = new Map<number, number>();
  private readonly registerOfBit: Int32Array;
  depth = 0;

  constructor({ qubits, classicalBits, classicalRegisters }: Circuit) {
    this.qubits = new Int32Array(qubits);
    this.bits = new Int32Array(classicalBits);
    this.registerOfBit = new Int32Array(classicalBits);
    for (const { offset, size } of classicalRegisters) this.registerOfBit.fill(offset, offset, offset + size);
  }

  /** Puts an operation on the first level after all that it must wait for. */
  place(qubits: readonly number[], bit: number | null, condition: Condition | null): void {
    const register = bit === null ? null : this.registerOfBit[bit] as number;
    let level = 0;
    for (const qubit of qubits) level = Math.max(level, this.qubits[qubit] as number);
    if (bit !== null && register !== null) level = Math.max(level, this.bits[bit] as number, this.read.get(register) ?? 0);
    // Two conditions on one register follow each other too, as in Qiskit, where each holds the register's bits.
    if (condition !== null) level = Math.max(level, this.written.get(condition.offset) ?? 0, this.read.get(condition.offset) ?? 0);
    level++;
    for (const qubit of qubits) this.qubits[qubit] = level;
    if (bit !== null && register !== null) {
      this.bits[bit] = level;
      this.written.set(register, Math.max(level, this.written.get(register) ?? 0));
    }
    if (condition !== null) this.read.set(condition.offset, level);
    this.depth = Math.max(this.depth, level);
  }

  /** A barrier takes no time; what follows it starts after all that stands before it. */
  align(qubits: readonly number[]): void {
    let level = 0;
    for (const qubit of qubits) level = Math.max(level, this.qubits[qubit] as number);
    for (const qubit of qubits) this.qubits[qubit] = level;
  }
}

function schedule(circuit: Circuit): number {
  const levels = new Schedule(circuit);
  for (const operation of circuit.operations) {
    if (operation.kind === 'barrier') levels.align(operation.qubits);
    else if (operation.kind === 'gate') levels.place(operation.qubits, null, operation.condition);
    else levels.place([operation.qubit], operation.kind === 'measure' ? operation.bit : null, operation.condition);
  }
  return levels.depth;
}

function measuresOnlyAtEnd(operations: readonly Operation[]): boolean {
  const measured = new Set<number>();
  for (const operation of operations) {
    if (operation.kind === 'barrier') continue;
    if (operation.condition !== null || operation.kind === 'reset') return false;
    const qubits = operation.kind === 'gate' ? operation.qubits : [operation.qubit];
    if (qubits.some((qubit) => measured.has(qubit))) return false;
    if (operation.kind === 'measure') measured.add(operation.qubit);
  }
  return measured.size > 0;
}

/** One walk over the operations for the counts, one for the depth: linear, whatever the registers' widths. */
export function describeCircuit(circuit: Circuit): CircuitDescription {
  const gateCounts = new Map<string, number>();
  const kinds = { gate: 0, measure: 0, reset: 0, barrier: 0 };
  let conditioned = 0;
  for (const operation of circuit.operations) {
    kinds[operation.kind]++;
    if (operation.kind === 'gate') gateCounts.set(operation.name, (gateCounts.get(operation.name) ?? 0) + 1);
    if (operation.kind !== 'barrier' && operation.condition !== null) conditioned++;
  }
  return {
    gates: kinds.gate,
    gateCounts: Object.fromEntries([...gateCounts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))),
    measurements: kinds.measure,
    resets: kinds.reset,
    barriers: kinds.barrier,
    conditioned,
    depth: schedule(circuit),
    measuresOnlyAtEnd: measuresOnlyAtEnd(circuit.operations),
  };
}
