import type { Circuit, Condition, Operation, Register } from '../../circuit/circuit.js';
import { type ClassicalExpression, withBits } from '../../circuit/classical-expression.js';
import { QasmRefusal } from '../qasm-error.js';
import type { QasmLimits } from '../qasm-limits.js';
import { EXPANSION_WORK_PER_OPERATION } from '../qasm-limits.js';

/** A register of bits while the program is read: whether it is shown is known at the end. */
interface BitRegister extends Register {
  readonly isOutput: boolean;
}

/** A large matrix costs memory that its one operation does not show. */
const MATRIX_ENTRIES_PER_OPERATION = 64;

/** Whoever goes through a circuit recurses so far. */
const DEPTH_MAX = 300;

/**
 * Work that no operation comes of, as of empty loops in one another, is half a second of a core at the limits of the
 * service: for each operation that is allowed so much, and more for each that is there.
 */
const IDLE_WORK_PER_OPERATION = 4;
const WORK_OF_AN_OPERATION_MAX = 64;

/** Collects the circuit, and refuses what would exceed a limit before anything of it is built. */
export class CircuitOutput {
  private readonly quantumRegisters: Register[] = [];
  private readonly bitRegisters: BitRegister[] = [];
  private operations: Operation[] = [];
  private qubitCount = 0;
  private bitCount = 0;
  private operationCount = 0;
  private work = 0;
  private globalPhase = 0;
  /** How many branches and loops are around the present place. */
  private depth = 0;

  constructor(private readonly limits: QasmLimits) {}

  addQubits(name: string, size: number, offset: number): readonly number[] {
    if (this.qubitCount + size > this.limits.qubitsMax) {
      throw new QasmRefusal('too-many-qubits', offset, `A program may declare ${this.limits.qubitsMax} qubits.`);
    }
    this.quantumRegisters.push(Object.freeze({ name, offset: this.qubitCount, size }));
    return Array.from({ length: size }, () => this.qubitCount++);
  }

  /** Bits that the counts may show. */
  addBitRegister(name: string, size: number, isOutput: boolean, offset: number): readonly number[] {
    const bits = this.addBits(size, offset);
    this.bitRegisters.push({ name, offset: bits[0] as number, size, isOutput });
    return bits;
  }

  addBits(size: number, offset: number): readonly number[] {
    if (this.bitCount + size > this.limits.classicalBitsMax) {
      throw new QasmRefusal('too-many-bits', offset, `A program may have ${this.limits.classicalBitsMax} classical bits, with those that its variables take.`);
    }
    return Array.from({ length: size }, () => this.bitCount++);
  }

  /** Reserves room for operations, and accounts for work that leaves none behind. Both may be Infinity. */
  charge(operations: number, work: number, offset: number): void {
    this.work += work;
    const { operationsMax } = this.limits;
    if (this.operationCount + operations > operationsMax || this.work > operationsMax * EXPANSION_WORK_PER_OPERATION) {
      throw new QasmRefusal('too-many-operations', offset, `Here the program would come to more than the ${operationsMax} operations that are allowed.`);
    }
    if (this.work > operationsMax * IDLE_WORK_PER_OPERATION + (this.operationCount + operations) * WORK_OF_AN_OPERATION_MAX) {
      throw new QasmRefusal('too-many-operations', offset, 'Here the program has taken more steps than are allowed for the operations that have come of them.');
    }
  }

  get qubits(): number {
    return this.qubitCount;
  }

  get classicalBitsMax(): number {
    return this.limits.classicalBitsMax;
  }

  get operationsMax(): number {
    return this.limits.operationsMax;
  }

  emit(operation: Operation, offset: number): void {
    const entries = operation.kind === 'unitary' ? operation.matrix.length / MATRIX_ENTRIES_PER_OPERATION : 1;
    this.charge(1, entries, offset);
    this.operationCount++;
    this.operations.push(operation);
  }

  /** A phase of everything; on one way of several nobody can see it, not even in a state vector of one shot. */
  addGlobalPhase(angle: number): void {
    if (this.depth === 0) this.globalPhase += angle;
  }

  /** What `build` emits, not yet part of the circuit. */
  collect(build: () => void, offset: number): Operation[] {
    const outer = this.operations;
    this.operations = [];
    if (++this.depth > DEPTH_MAX) throw new QasmRefusal('nesting-too-deep', offset, `Decisions that the run makes may nest ${DEPTH_MAX} levels deep.`);
    build();
    const collected = this.operations;
    this.operations = outer;
    this.depth--;
    return collected;
  }

  /** Forgets that operations were emitted which became no part of the circuit. What they cost is not given back. */
  discard(operations: readonly Operation[]): void {
    this.operationCount -= countOf(operations);
  }

  /** A decision made by the run; where the circuit's simple condition can say it, that is used. */
  emitBranch(condition: ClassicalExpression, then: readonly Operation[], otherwise: readonly Operation[], offset: number): void {
    const simple = otherwise.length === 0 ? this.movingTogether(simpleCondition(condition)) : null;
    const isPlain = (operation: Operation) => 'condition' in operation && operation.condition === null;
    if (simple !== null && then.every(isPlain)) {
      for (const operation of then) this.operations.push({ ...operation, condition: simple } as Operation);
    } else if (then.length + otherwise.length > 0) {
      this.emit({ kind: 'branch', condition, then, otherwise }, offset);
    }
  }

  /** The condition, unless it spans registers: of two, the numbering at the end may come between. */
  private movingTogether(condition: Condition | null): Condition | null {
    if (condition === null) return null;
    const last = condition.offset + condition.size - 1;
    const registerOf = (bit: number) => this.bitRegisters.find(({ offset, size }) => offset <= bit && bit < offset + size);
    return registerOf(condition.offset) === registerOf(last) ? condition : null;
  }

  /** Bits are numbered anew: those that are shown first, in the order of their registers. */
  finish(): Circuit {
    const hasOutputs = this.bitRegisters.some(({ isOutput }) => isOutput);
    const shown = this.bitRegisters.filter(({ isOutput }) => isOutput || !hasOutputs);
    const places = new Int32Array(this.bitCount).fill(-1);
    const classicalRegisters: Register[] = [];
    let next = 0;
    for (const { name, offset, size } of shown) {
      classicalRegisters.push(Object.freeze({ name, offset: next, size }));
      for (let i = 0; i < size; i++) places[offset + i] = next++;
    }
    const classicalBits = next;
    for (let bit = 0; bit < places.length; bit++) if (places[bit] === -1) places[bit] = next++;
    const isInPlace = places.every((place, bit) => place === bit);
    return {
      qubits: this.qubitCount,
      classicalBits,
      hiddenBits: this.bitCount - classicalBits,
      globalPhase: this.globalPhase,
      quantumRegisters: this.quantumRegisters,
      classicalRegisters,
      operations: isInPlace ? this.operations : new BitRenumbering(places).operations(this.operations),
    };
  }
}

function countOf(operations: readonly Operation[]): number {
  let count = 0;
  for (const operation of operations) {
    count += 1;
    if (operation.kind === 'branch') count += countOf(operation.then) + countOf(operation.otherwise);
    else if (operation.kind === 'loop') count += countOf(operation.body);
  }
  return count;
}

/** `c == n` and `c[i]` on neighbouring bits in order, which is what every method and every drawing knows best. */
function simpleCondition(condition: ClassicalExpression): Condition | null {
  if (condition.kind === 'bits') return condition.bits.length === 1 ? comparison(condition.bits, 1n) : null;
  if (condition.kind !== 'operation') return null;
  const [left, right] = condition.operands;
  if (condition.operator === 'not' && left?.kind === 'bits') return comparison(left.bits, 0n);
  if (condition.operator !== 'equal') return null;
  if (left?.kind === 'bits' && right?.kind === 'constant' && right.value >= 0n) return comparison(left.bits, right.value);
  if (right?.kind === 'bits' && left?.kind === 'constant' && left.value >= 0n) return comparison(right.bits, left.value);
  return null;
}

function comparison(bits: readonly number[], value: bigint): Condition | null {
  const [offset] = bits;
  if (offset === undefined || bits.some((bit, i) => bit !== offset + i)) return null;
  return Object.freeze({ offset, size: bits.length, value });
}

/** Rewrites operations to other numbers of bits. Conditions that were one object stay one, and neighbours must stay so. */
class BitRenumbering {
  private readonly conditions = new Map<Condition, Condition>();

  constructor(private readonly places: Int32Array) {}

  operations(operations: readonly Operation[]): Operation[] {
    return operations.map((operation) => this.operation(operation));
  }

  private operation(operation: Operation): Operation {
    switch (operation.kind) {
      case 'barrier':
        return operation;
      case 'assign':
        return { ...operation, bits: operation.bits.map((bit) => this.place(bit)), value: withBits(operation.value, (bit) => this.place(bit)) };
      case 'branch':
        return { ...operation, condition: withBits(operation.condition, (bit) => this.place(bit)), then: this.operations(operation.then), otherwise: this.operations(operation.otherwise) };
      case 'loop':
        return { ...operation, condition: withBits(operation.condition, (bit) => this.place(bit)), body: this.operations(operation.body) };
      case 'measure':
        return { ...operation, bit: this.place(operation.bit), condition: this.condition(operation.condition) };
      default:
        return operation.condition === null ? operation : { ...operation, condition: this.condition(operation.condition) };
    }
  }

  private place(bit: number): number {
    return this.places[bit] as number;
  }

  /** Bits of one register move together, and so do those of one variable. */
  private condition(condition: Condition | null): Condition | null {
    if (condition === null) return null;
    const known = this.conditions.get(condition) ?? Object.freeze({ ...condition, offset: this.place(condition.offset) });
    this.conditions.set(condition, known);
    return known;
  }
}
