import { baseOf, controlledName } from '../../gates/controlled-gates.js';
import { gateNamed } from '../../gates/gate-table.js';
import type { Matrix } from '../../gates/matrix.js';
import { controlled } from '../../gates/matrix.js';
import { QasmRefusal } from '../qasm-error.js';
import type { CircuitOutput } from './circuit-output.js';
import type { Primitive } from './primitive.js';
import { MATRIX_QUBITS_MAX, gatePrimitive, matrixPower } from './primitive.js';

/** Matrices that one program may have in memory at once: beyond it, equal gates do not share. */
const SHARED_MATRICES_MAX = 1000;

const NO_PARAMETERS: readonly number[] = Object.freeze([]);

/** Puts primitives into the circuit: as gates of the table, else as matrices, else taken apart. */
export class PrimitiveOutput {
  private readonly shared = new Map<string, Matrix>();

  constructor(private readonly output: CircuitOutput) {}

  emit(primitive: Primitive, offset: number): void {
    const { controls } = primitive;
    switch (primitive.kind) {
      case 'phase': {
        const [first, ...others] = controls;
        if (first === undefined) this.output.addGlobalPhase(primitive.angle);
        else this.gate('p', [primitive.angle], [first], others, offset);
        break;
      }
      case 'gate':
        this.gate(primitive.name, primitive.parameters, primitive.qubits, controls, offset);
        break;
      case 'matrix':
        this.matrix(primitive.label, primitive.matrix, primitive.qubits, controls, offset);
        break;
    }
  }

  private gate(name: string, parameters: readonly number[], qubits: readonly number[], controls: readonly number[], offset: number): void {
    const own = baseOf(name);
    const all = [...controls, ...qubits.slice(0, own.controls)];
    const targets = qubits.slice(own.controls);
    const known = controls.length === 0 ? name : controlledName(own.base, all.length);
    if (known !== null) {
      const stated = parameters.length === 0 ? NO_PARAMETERS : parameters;
      this.output.emit({ kind: 'gate', name: known, parameters: stated, qubits: [...all, ...targets], condition: null }, offset);
      return;
    }
    const label = `${own.base}${parameters.length === 0 ? '' : `(${parameters.join(', ')})`}`;
    const count = all.length + targets.length;
    if (count <= MATRIX_QUBITS_MAX) this.unitary(`ctrl(${all.length}) @ ${label}`, () => controlled(all.length, gateNamed(own.base).matrix(parameters)), [...all, ...targets], offset);
    else if (own.base === 'x') this.manyControlledX(all, targets[0] as number, offset);
    else if (own.base === 'p' || own.base === 'u1' || own.base === 'z') this.manyControlledPhase(own.base === 'z' ? Math.PI : (parameters[0] as number), all, targets[0] as number, offset);
    else if (targets.length === 1) this.manyControlled(label, gateNamed(own.base).matrix(parameters), all, targets[0] as number, offset);
    else this.takenApart(own.base, parameters, all, targets, offset);
  }

  /** A gate on several qubits under many controls: its own steps, each under them. */
  private takenApart(name: string, parameters: readonly number[], controls: readonly number[], targets: readonly number[], offset: number): void {
    const decomposition = gateNamed(name).decomposition?.(parameters);
    if (decomposition === undefined || decomposition === null) throw tooManyControls(offset);
    for (const step of decomposition.steps) {
      this.emit({ ...gatePrimitive(step.name, step.parameters, step.qubits.map((position) => targets[position] as number)), controls }, offset);
    }
    if (decomposition.phase !== 0) this.emit({ kind: 'phase', angle: decomposition.phase, controls }, offset);
  }

  private matrix(label: string, matrix: Matrix, qubits: readonly number[], controls: readonly number[], offset: number): void {
    if (controls.length === 0) this.unitary(label, () => matrix, qubits, offset);
    else if (controls.length + qubits.length <= MATRIX_QUBITS_MAX) this.unitary(`ctrl(${controls.length}) @ ${label}`, () => controlled(controls.length, matrix), [...controls, ...qubits], offset);
    else if (qubits.length === 1) this.manyControlled(label, matrix, controls, qubits[0] as number, offset);
    else throw tooManyControls(offset);
  }

  private unitary(label: string, make: () => Matrix, qubits: readonly number[], offset: number): void {
    const key = `${qubits.length} ${label}`;
    let matrix = this.shared.get(key);
    if (matrix === undefined) {
      matrix = make();
      if (this.shared.size < SHARED_MATRICES_MAX) this.shared.set(key, matrix);
    }
    this.output.emit({ kind: 'unitary', label, matrix, qubits, condition: null }, offset);
  }

  /**
   * A gate under n > 4 controls by its square root, which takes one control away (Barenco et al. 1995, lemma 7.5). The
   * target is free to be borrowed by the X gates in between, so all of it is some 8·n² gates.
   */
  private manyControlled(label: string, matrix: Matrix, controls: readonly number[], target: number, offset: number): void {
    const root = matrixPower(matrix, 0.5);
    const inverse = matrixPower(matrix, -0.5);
    const rootLabel = `pow(1/2) @ ${label}`;
    const [last, rest] = [controls.at(-1) as number, controls.slice(0, -1)];
    this.matrix(rootLabel, root, [target], [last], offset);
    this.controlledX(rest, last, [target], offset);
    this.matrix(`pow(-1/2) @ ${label}`, inverse, [target], [last], offset);
    this.controlledX(rest, last, [target], offset);
    this.matrix(rootLabel, root, [target], rest, offset);
  }

  /** The same for a phase, whose root is a phase. */
  private manyControlledPhase(angle: number, controls: readonly number[], target: number, offset: number): void {
    const [last, rest] = [controls.at(-1) as number, controls.slice(0, -1)];
    this.gate('p', [angle / 2], [target], [last], offset);
    this.controlledX(rest, last, [target], offset);
    this.gate('p', [-angle / 2], [target], [last], offset);
    this.controlledX(rest, last, [target], offset);
    this.gate('p', [angle / 2], [target], rest, offset);
  }

  /** X under more controls than the table has: Z between two Hadamards. */
  private manyControlledX(controls: readonly number[], target: number, offset: number): void {
    this.gate('h', NO_PARAMETERS, [target], [], offset);
    this.manyControlledPhase(Math.PI, controls, target, offset);
    this.gate('h', NO_PARAMETERS, [target], [], offset);
  }

  /** X under any number of controls, with qubits in any state that may be used and are left as they were. */
  private controlledX(controls: readonly number[], target: number, borrowed: readonly number[], offset: number): void {
    const count = controls.length;
    if (count <= 4) {
      this.gate('x', NO_PARAMETERS, [target], controls, offset);
    } else if (borrowed.length >= count - 2) {
      this.toffoliChain(controls, target, borrowed, offset);
    } else {
      // Lemma 7.3: in two halves, each of which borrows from the other.
      const [ancilla] = borrowed as readonly [number];
      const [first, second] = [controls.slice(0, Math.ceil(count / 2)), [...controls.slice(Math.ceil(count / 2)), ancilla]];
      for (let i = 0; i < 2; i++) {
        this.controlledX(first, ancilla, [...second.slice(0, -1), target], offset);
        this.controlledX(second, target, first, offset);
      }
    }
  }

  /** Lemma 7.2: a ladder of Toffoli gates up and down, twice, so that what is borrowed comes back. */
  private toffoliChain(controls: readonly number[], target: number, borrowed: readonly number[], offset: number): void {
    const count = controls.length;
    const wires = [...borrowed.slice(0, count - 2), target];
    const step = (i: number) => this.gate('ccx', NO_PARAMETERS, [controls[i + 1] as number, wires[i - 1] as number, wires[i] as number], [], offset);
    const bottom = () => this.gate('ccx', NO_PARAMETERS, [controls[0] as number, controls[1] as number, wires[0] as number], [], offset);
    const top = count - 2;
    for (let i = top; i >= 1; i--) step(i);
    bottom();
    for (let i = 1; i <= top; i++) step(i);
    for (let i = top - 1; i >= 1; i--) step(i);
    bottom();
    for (let i = 1; i <= top - 1; i++) step(i);
  }
}

function tooManyControls(offset: number): QasmRefusal {
  return new QasmRefusal('not-supported', offset, `A power of a gate on several qubits can be controlled on ${MATRIX_QUBITS_MAX} qubits in all.`);
}
