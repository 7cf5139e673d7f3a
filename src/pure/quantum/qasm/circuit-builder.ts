import type { Circuit, Condition, GateOperation, Operation, Register } from '../circuit/circuit.js';
import type { Applicable, BuiltInGate } from './gate-definition.js';
import { expand, operationsOf, tableOperation, workOf } from './gate-definition.js';
import type { Token } from './lexer.js';
import { QasmRefusal, quoted } from './qasm-error.js';
import type { QasmLimits } from './qasm-limits.js';
import { EXPANSION_WORK_PER_OPERATION } from './qasm-limits.js';

/** Collects the circuit, and refuses what would exceed a limit before anything of it is built. */
export class CircuitBuilder {
  private qubits = 0;
  private classicalBits = 0;
  /** Nodes visited so far: see EXPANSION_WORK_PER_OPERATION. */
  private work = 0;
  private readonly quantumRegisters: Register[] = [];
  private readonly classicalRegisters: Register[] = [];
  private readonly operations: Operation[] = [];
  /** Gates without angles on one qubit: long programs repeat them, and their circuits have each of them once. By gate and qubit. */
  private readonly repeated = new Map<Applicable, GateOperation[]>();

  constructor(private readonly limits: QasmLimits) {}

  addQuantumRegister(name: string, size: number, sizeToken: Token): Register {
    if (this.qubits + size > this.limits.qubitsMax) {
      throw new QasmRefusal('too-many-qubits', sizeToken.offset, `A program may declare ${this.limits.qubitsMax} qubits.`);
    }
    const register = Object.freeze({ name, offset: this.qubits, size });
    this.qubits += size;
    this.quantumRegisters.push(register);
    return register;
  }

  addClassicalRegister(name: string, size: number, sizeToken: Token): Register {
    if (this.classicalBits + size > this.limits.classicalBitsMax) {
      throw new QasmRefusal('too-many-bits', sizeToken.offset, `A program may declare ${this.limits.classicalBitsMax} classical bits.`);
    }
    const register = Object.freeze({ name, offset: this.classicalBits, size });
    this.classicalBits += size;
    this.classicalRegisters.push(register);
    return register;
  }

  /** Reserves room for `applications` of a gate on `qubits` qubits; what follows cannot exceed the limits. */
  reserve(gate: Applicable, applications: number, qubits: number, at: Token): void {
    this.charge(applications * operationsOf(gate), applications * (qubits + workOf(gate)), at);
  }

  /** For measure and reset, which cost what they leave behind. */
  reserveOperations(count: number, at: Token): void {
    this.charge(count, count, at);
  }

  /** The same for one application, or for a measurement (null), without a refusal: where false, nothing is reserved. */
  takesRoom(gate: Applicable | null, qubits: number): boolean {
    const operations = gate === null ? 1 : operationsOf(gate);
    const work = gate === null ? 1 : qubits + workOf(gate);
    if (!this.hasRoom(operations, work)) return false;
    this.work += work;
    return true;
  }

  /** Only after `reserve`: there is no check in here. `offset`: where it stands in the text. */
  apply(gate: Applicable, parameters: readonly number[], qubits: readonly number[], condition: Condition | null, offset: number): void {
    if (gate.kind === 'built-in' && parameters.length === 0 && qubits.length === 1 && condition === null) this.operations.push(this.repeatedGate(gate, qubits));
    else expand(gate, parameters, qubits, condition, offset, this.operations);
  }

  private repeatedGate(gate: BuiltInGate, qubits: readonly number[]): GateOperation {
    const known = this.repeated.get(gate) ?? [];
    if (known.length === 0) this.repeated.set(gate, known);
    return (known[qubits[0] as number] ??= tableOperation(gate.record, [], qubits, null));
  }

  push(operation: Operation): void {
    this.operations.push(operation);
  }

  /** A barrier is one operation, but as much work as qubits are named in it. */
  reserveBarrier(named: number, at: Token): void {
    this.charge(1, named, at);
  }

  /** An `if` costs whoever compares it each bit of its register, however short it is to write. */
  reserveCondition(bits: number, at: Token): void {
    this.charge(0, bits, at);
  }

  finish(): Circuit {
    return {
      qubits: this.qubits,
      classicalBits: this.classicalBits,
      hiddenBits: 0,
      globalPhase: 0,
      quantumRegisters: this.quantumRegisters,
      classicalRegisters: this.classicalRegisters,
      operations: this.operations,
    };
  }

  /** Both figures may be Infinity, for a definition beyond the largest double; never NaN, since both are sums. */
  private charge(operations: number, work: number, at: Token): void {
    if (!this.hasRoom(operations, work)) {
      throw new QasmRefusal('too-many-operations', at.offset, `With ${quoted(at.text)}, the program would have more than the ${this.limits.operationsMax} operations that are allowed.`);
    }
    this.work += work;
  }

  private hasRoom(operations: number, work: number): boolean {
    const { operationsMax } = this.limits;
    return this.operations.length + operations <= operationsMax && this.work + work <= operationsMax * EXPANSION_WORK_PER_OPERATION;
  }
}
