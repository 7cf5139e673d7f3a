import { parity } from '../circuit/word-bits.js';
import type { PauliString } from '../methods/quantum-state.js';
import type { Lowering } from './lowering.js';
import type { Frame } from './planner.js';

/** How qubits stand to stored indices, when all gates are done: Paulis, places of qubits and the affine frame together. */
export class QubitFrame {
  constructor(private readonly lowering: Lowering, private readonly frame: Frame) {}

  /** The masks whose parities at an index are the values of qubits, but for `flipsOf`. */
  masksOf(qubits: readonly number[]): readonly number[] {
    return qubits.map((qubit) => this.frame.rows[this.wire(qubit)] as number);
  }

  /** What the values at every index are to be XORed with. */
  flipsOf(qubits: readonly number[]): number {
    return qubits.reduce((flips, qubit, j) => flips | (((this.lowering.flips >> this.wire(qubit)) & 1) << j), 0);
  }

  /** What is XORed to an index when the value of a qubit changes. */
  columnOf(qubit: number): number {
    return this.frame.columns[this.wire(qubit)] as number;
  }

  /** The index of a basis state, whose bit q is qubit q. */
  indexOf(value: number): number {
    let index = 0;
    for (let qubit = 0; qubit < this.lowering.qubits; qubit++) {
      const wire = this.wire(qubit);
      if ((((value >> qubit) ^ (this.lowering.flips >> wire)) & 1) === 1) index ^= this.frame.columns[wire] as number;
    }
    return index;
  }

  /** The stored indices at which an amplitude is to be negated have odd parity under this mask. */
  get signMask(): number {
    return this.rowsOver(this.lowering.signs);
  }

  /** exp(i·phase) is still to be multiplied to every stored amplitude. */
  get phase(): number {
    return this.frame.phase + this.lowering.phase;
  }

  /** A Pauli string on stored amplitudes: sends index y to y ^ move, times ±i^turns, minus where y & test is odd. */
  pauli(string: PauliString): { readonly move: number; readonly test: number; readonly turns: number; readonly isNegated: boolean } {
    let [x, z, turns] = [0, 0, 0];
    for (const [qubit, operator] of string) {
      const bit = 1 << this.wire(qubit);
      if (operator !== 'Z') x |= bit;
      if (operator !== 'X') z |= bit;
      if (operator === 'Y') turns++;
    }
    const isNegated = parity(x & this.lowering.signs) !== parity(z & this.lowering.flips);
    let move = 0;
    for (let rest = x; rest !== 0; rest &= rest - 1) move ^= this.frame.columns[31 - Math.clz32(rest & -rest)] as number;
    return { move, test: this.rowsOver(z), turns, isNegated };
  }

  private rowsOver(wires: number): number {
    let mask = 0;
    for (let rest = wires; rest !== 0; rest &= rest - 1) mask ^= this.frame.rows[31 - Math.clz32(rest & -rest)] as number;
    return mask;
  }

  private wire(qubit: number): number {
    return this.lowering.wireOf[qubit] as number;
  }
}
