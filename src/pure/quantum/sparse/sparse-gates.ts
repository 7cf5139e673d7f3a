import { Span } from '../dense/span.js';
import type { GateSink } from '../lowering/gate-sink.js';
import { lowerNamed } from '../lowering/lower-gate.js';
import { lowerUnitary } from '../lowering/lower-unitary.js';
import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate } from '../methods/quantum-state.js';
import type { PairGate } from './phase-queue.js';
import { PhaseQueue } from './phase-queue.js';
import type { SparseAmplitudes } from './sparse-amplitudes.js';

/** Entries of a unitary below this are zeros that rounding missed. */
const ENTRY_MIN = 1e-15;
const NOBODY = -1;
/** Spans are of numbers that have a sign. */
const REACH_QUBITS_MAX = 31;

/** A matrix as gates/matrix.ts has it, but with the roles of 0 and 1 exchanged. */
function exchanged(m: Matrix): Matrix {
  return Float64Array.of(...m.subarray(6, 8), ...m.subarray(4, 6), ...m.subarray(2, 4), ...m.subarray(0, 2));
}

/**
 * Gates on sparse amplitudes. X, CX and exchanges move no key: qubit q has the value parity(key & row) ^ flip, and a
 * change of it is a XOR with its column. Phases are gathered.
 *
 * Other gates of one qubit wait only until a gate meets another qubit that needs theirs done: waiting longer, as the
 * dense engine does, would delay the Hadamard that ends a Toffoli gate, and double the amplitudes for every one of them.
 */
export class SparseGates implements GateSink {
  private readonly wireOf: Int32Array;
  private readonly columnsLow: Int32Array;
  private readonly columnsHigh: Int32Array;
  private readonly rowsLow: Int32Array;
  private readonly rowsHigh: Int32Array;
  private readonly flips: Uint8Array;
  private readonly queue = new PhaseQueue();
  /** To be done before the phases that are gathered: with them and a second gate on the same pairs it may come to less. */
  private opened: PairGate | null = null;
  private waitingWire = NOBODY;
  private readonly waiting = new Float64Array(8);
  /** exp(i·phase) is still to be multiplied to every amplitude. */
  phase = 0;
  /** Spanned by the keys that gates have moved others by: a state vector has written nothing outside. Told of no more than 31 qubits. */
  reach = new Span();

  constructor(readonly qubits: number, private readonly amplitudes: SparseAmplitudes) {
    this.wireOf = new Int32Array(qubits);
    this.columnsLow = new Int32Array(qubits);
    this.columnsHigh = new Int32Array(qubits);
    this.rowsLow = new Int32Array(qubits);
    this.rowsHigh = new Int32Array(qubits);
    this.flips = new Uint8Array(qubits);
    this.clear();
  }

  clear(): void {
    for (let wire = 0; wire < this.qubits; wire++) {
      this.wireOf[wire] = wire;
      this.columnsLow[wire] = this.rowsLow[wire] = wire < 32 ? 1 << wire : 0;
      this.columnsHigh[wire] = this.rowsHigh[wire] = wire < 32 ? 0 : 1 << (wire - 32);
    }
    this.flips.fill(0);
    this.queue.clear();
    this.opened = null;
    this.waitingWire = NOBODY;
    this.reach = new Span();
    this.phase = 0;
  }

  /** The frame of another, which has nothing waiting. */
  assign(from: SparseGates): void {
    this.clear();
    for (const frame of ['wireOf', 'columnsLow', 'columnsHigh', 'rowsLow', 'rowsHigh'] as const) this[frame].set(from[frame]);
    this.flips.set(from.flips);
    this.phase = from.phase;
  }

  apply({ name, matrix, parameters, qubits }: AppliedGate): void {
    if (matrix !== undefined) lowerUnitary(this, qubits, matrix);
    else lowerNamed(this, name, parameters, qubits);
  }

  /** Does all that waits. */
  finish(): void {
    this.settle();
    this.sweep();
  }

  /** Of a qubit: the mask whose parity at a key is its value, what that is XORed with, and the XOR that changes it. */
  frameOf(qubit: number): { readonly rowLow: number; readonly rowHigh: number; readonly flip: number; readonly columnLow: number; readonly columnHigh: number } {
    const wire = this.wire(qubit);
    return {
      rowLow: this.rowsLow[wire] as number, rowHigh: this.rowsHigh[wire] as number, flip: this.flips[wire] as number,
      columnLow: this.columnsLow[wire] as number, columnHigh: this.columnsHigh[wire] as number,
    };
  }

  oneQubit(qubit: number, matrix: Matrix): void {
    const wire = this.wire(qubit);
    if (this.waitingWire === wire) this.multiply(matrix);
    else this.take(wire, matrix);
  }

  phaseOf(qubit: number, angle: number): void {
    const wire = this.wire(qubit);
    if (this.waitingWire === wire) this.multiply(Float64Array.of(1, 0, 0, 0, 0, 0, Math.cos(angle), Math.sin(angle)));
    else this.addPhase(this.rowsLow[wire] as number, this.rowsHigh[wire] as number, this.flips[wire] as number, angle);
  }

  exchange(a: number, b: number): void {
    const wire = this.wire(a);
    this.wireOf[a] = this.wire(b);
    this.wireOf[b] = wire;
  }

  controlledX(control: number, target: number): void {
    const [a, b] = [this.wire(control), this.wire(target)];
    if (this.waitingWire === a || this.waitingWire === b) this.settle();
    const { columnsLow, columnsHigh, rowsLow, rowsHigh, flips } = this;
    (columnsLow[a] as number) ^= columnsLow[b] as number;
    (columnsHigh[a] as number) ^= columnsHigh[b] as number;
    (rowsLow[b] as number) ^= rowsLow[a] as number;
    (rowsHigh[b] as number) ^= rowsHigh[a] as number;
    (flips[b] as number) ^= flips[a] as number;
  }

  parityPhase(qubits: readonly number[], angle: number): void {
    if (qubits.length === 1) return this.phaseOf(qubits[0] as number, angle);
    let [low, high, flip] = [0, 0, 0];
    for (const qubit of qubits) {
      const wire = this.wire(qubit);
      if (this.waitingWire === wire) this.settle();
      low ^= this.rowsLow[wire] as number;
      high ^= this.rowsHigh[wire] as number;
      flip ^= this.flips[wire] as number;
    }
    this.addPhase(low, high, flip, angle);
  }

  globalPhase(angle: number): void {
    this.phase += angle;
  }

  private wire(qubit: number): number {
    return this.wireOf[qubit] as number;
  }

  private multiply(m: Matrix): void {
    const [aRe, aIm, bRe, bIm, cRe, cIm, dRe, dIm] = m as unknown as readonly [number, number, number, number, number, number, number, number];
    const w = this.waiting;
    for (let t = 0; t < 4; t += 2) {
      const [x, y, u, v] = [w[t] as number, w[t + 1] as number, w[t + 4] as number, w[t + 5] as number];
      w[t] = aRe * x - aIm * y + bRe * u - bIm * v;
      w[t + 1] = aRe * y + aIm * x + bRe * v + bIm * u;
      w[t + 4] = cRe * x - cIm * y + dRe * u - dIm * v;
      w[t + 5] = cRe * y + cIm * x + dRe * v + dIm * u;
    }
  }

  /** Does at once what is a phase or a flip; another gate waits in place of the one that waited. */
  private take(wire: number, m: Matrix): void {
    const isNone = (k: number) => Math.hypot(m[k] as number, m[k + 1] as number) < ENTRY_MIN;
    const argument = (k: number) => Math.atan2(m[k + 1] as number, m[k] as number);
    const isDiagonal = isNone(2) && isNone(4);
    if (!isDiagonal && !(isNone(0) && isNone(6))) {
      this.settle();
      this.waitingWire = wire;
      this.waiting.set(m);
      return;
    }
    // Anti-diagonal: X after a phase.
    const [zero, one] = isDiagonal ? [0, 6] : [4, 2];
    this.phase += argument(zero);
    this.addPhase(this.rowsLow[wire] as number, this.rowsHigh[wire] as number, this.flips[wire] as number, argument(one) - argument(zero));
    if (!isDiagonal) (this.flips[wire] as number) ^= 1;
  }

  private addPhase(low: number, high: number, flip: number, angle: number): void {
    if (angle === 0) return;
    if (flip === 1) this.phase += angle;
    const signed = flip === 1 ? -angle : angle;
    if (this.queue.add(low, high, signed)) return;
    // The gate that waits is on another wire, or the phase would have been multiplied into it: the two commute.
    this.sweep();
    this.queue.add(low, high, signed);
  }

  private sweep(): void {
    if (this.opened !== null) this.amplitudes.pairs(this.opened);
    this.opened = null;
    if (this.queue.rank > 0) {
      this.queue.tabulate();
      this.amplitudes.phases(this.queue);
    }
    this.queue.clear();
  }

  /** Whether a gate, with the one that is open and the phases between them, was a move of keys at most. */
  private closes(gate: PairGate): boolean {
    const { opened, queue } = this;
    if (opened === null || opened.moveLow !== gate.moveLow || opened.moveHigh !== gate.moveHigh || opened.testLow !== gate.testLow || opened.testHigh !== gate.testHigh) return false;
    if (!queue.tabulateBetween(opened, gate)) return false;
    this.amplitudes.phases(queue, gate.moveLow, gate.moveHigh);
    queue.clear();
    this.opened = null;
    return true;
  }

  private settle(): void {
    const wire = this.waitingWire;
    if (wire === NOBODY) return;
    this.waitingWire = NOBODY;
    const m = this.waiting;
    const isNone = (k: number) => Math.hypot(m[k] as number, m[k + 1] as number) < ENTRY_MIN;
    if ((isNone(2) && isNone(4)) || (isNone(0) && isNone(6))) return this.take(wire, m);
    const gate: PairGate = {
      moveLow: this.columnsLow[wire] as number, moveHigh: this.columnsHigh[wire] as number,
      testLow: this.rowsLow[wire] as number, testHigh: this.rowsHigh[wire] as number,
      matrix: this.flips[wire] === 1 ? exchanged(m) : m.slice(),
    };
    if (this.qubits <= REACH_QUBITS_MAX) this.reach.add(gate.moveLow);
    if (this.closes(gate)) return;
    if (this.opened !== null || !this.queue.commutesWith(gate)) this.sweep();
    this.opened = gate;
  }
}
