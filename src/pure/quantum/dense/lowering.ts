import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';
import type { GateSink } from '../lowering/gate-sink.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import { CX, OperationList, PHASE, ROTATION, WIRES_MAX } from './lowered-circuit.js';

const { PI } = Math;
const TURN = 2 * PI;

/** Angles below this are rounding of the gate's own matrix. Kept, they would fill the state with denormal numbers. */
const ANGLE_MIN = 4e-16;
/** Entries of a unitary below this are zeros that cos and sin missed. */
const ENTRY_MIN = 1e-15;
/** The quarter turn that a rotation is reduced by; a Hadamard, exactly half of it, stays as it is. */
const REDUCED_ANGLE_MAX = PI / 4 + 1e-9;

/** What waits on a wire: nothing, a diagonal matrix, or any matrix. */
const NOTHING = 0;
const DIAGONAL = 1;
const GENERAL = 2;

function isNear(angle: number, target: number): boolean {
  return Math.abs(angle - target) < ANGLE_MIN;
}

/** The same angle in (-π, π]. */
function reduced(angle: number): number {
  const rest = angle - TURN * Math.round(angle / TURN);
  return rest <= -PI ? rest + TURN : rest;
}

/**
 * Turns gates into rotations, phases and CX. One-qubit gates are multiplied up on their wire until something needs them
 * done: a general one becomes phase · rotation · phase, so that its price is one real rotation. Paulis are kept in a
 * frame (`flips`, `signs`) in front of everything, a rotation under an odd Pauli turns the other way.
 */
export class Lowering implements GateSink {
  private operations = new OperationList();
  private readonly waiting: Uint8Array;
  /** Eight numbers a wire: the matrix that waits, as in gates/matrix.ts. */
  private readonly pending: Float64Array;
  /** The wire of each qubit: exchanges are done here. */
  readonly wireOf: Int32Array;
  /** The gates so far are exp(i·phase) · X^flips · Z^signs · operations, on wires. */
  flips = 0;
  signs = 0;
  phase = 0;

  constructor(readonly qubits: number) {
    if (qubits > WIRES_MAX) throw new RangeError(`the dense engine has at most ${WIRES_MAX} wires`);
    this.waiting = new Uint8Array(qubits);
    this.pending = new Float64Array(8 * qubits);
    this.wireOf = Int32Array.from({ length: qubits }, (_, qubit) => qubit);
  }

  /** Operations that the next `take` has at least. */
  get queued(): number {
    return this.operations.count;
  }

  /** Multiplies a 2×2 unitary onto a qubit. */
  oneQubit(qubit: number, matrix: Matrix): void {
    const wire = this.wire(qubit);
    const [aRe, aIm, bRe, bIm, cRe, cIm, dRe, dIm] = matrix as unknown as readonly [number, number, number, number, number, number, number, number];
    const isDiagonal = bRe === 0 && bIm === 0 && cRe === 0 && cIm === 0;
    const p = this.pending;
    const o = 8 * wire;
    const before = this.waiting[wire] as number;
    this.waiting[wire] = isDiagonal && before !== GENERAL ? DIAGONAL : GENERAL;
    if (before === NOTHING) {
      p.set(matrix, o);
      return;
    }
    for (let column = 0; column < 2; column++) {
      const t = o + 2 * column;
      const [xRe, xIm, yRe, yIm] = [p[t] as number, p[t + 1] as number, p[t + 4] as number, p[t + 5] as number];
      p[t] = aRe * xRe - aIm * xIm + bRe * yRe - bIm * yIm;
      p[t + 1] = aRe * xIm + aIm * xRe + bRe * yIm + bIm * yRe;
      p[t + 4] = cRe * xRe - cIm * xIm + dRe * yRe - dIm * yIm;
      p[t + 5] = cRe * xIm + cIm * xRe + dRe * yIm + dIm * yRe;
    }
  }

  /** Multiplies diag(1, exp(i·angle)) onto a qubit. */
  phaseOf(qubit: number, angle: number): void {
    this.oneQubit(qubit, Float64Array.of(1, 0, 0, 0, 0, 0, Math.cos(angle), Math.sin(angle)));
  }

  exchange(a: number, b: number): void {
    const wire = this.wire(a);
    this.wireOf[a] = this.wire(b);
    this.wireOf[b] = wire;
  }

  controlledX(control: number, target: number): void {
    const [a, b] = [this.wire(control), this.wire(target)];
    if (this.waiting[a] === GENERAL) this.flush(a);
    if (this.waiting[b] !== NOTHING) this.flush(b);
    // CX carries X from the control to the target, and Z from the target to the control.
    this.flips ^= ((this.flips >> a) & 1) << b;
    this.signs ^= ((this.signs >> b) & 1) << a;
    this.operations.push(CX, a, b, 0);
  }

  /** Multiplies exp(i·angle) where the parity of `qubits` is odd. Phases of one qubit wait with its other gates. */
  parityPhase(qubits: readonly number[], angle: number): void {
    if (qubits.length === 1) return this.phaseOf(qubits[0] as number, angle);
    let mask = 0;
    for (const qubit of qubits) {
      const wire = this.wire(qubit);
      if (this.waiting[wire] === GENERAL) this.flush(wire);
      mask |= 1 << wire;
    }
    this.emitPhase(mask, angle);
  }

  /**
   * Multiplies exp(i·angle) where all of `qubits` are 1: the product of k bits is 2^(1-k) times the alternating sum of
   * the parities of all their subsets.
   */
  globalPhase(angle: number): void {
    this.phase += angle;
  }

  /** The operations since the last time, all gates done; the frame stays. */
  take(): LoweredCircuit {
    for (let wire = 0; wire < this.qubits; wire++) if (this.waiting[wire] !== NOTHING) this.flush(wire);
    const { count, kind, first, second, value } = this.operations;
    this.operations = new OperationList();
    return { wires: this.qubits, count, kind: kind.subarray(0, count), first: first.subarray(0, count), second: second.subarray(0, count), value: value.subarray(0, count) };
  }

  /** Back to no gates. */
  clear(): void {
    this.operations = new OperationList();
    this.waiting.fill(NOTHING);
    this.wireOf.forEach((_, qubit) => (this.wireOf[qubit] = qubit));
    [this.flips, this.signs, this.phase] = [0, 0, 0];
  }

  /** Everything taken from another, which has nothing waiting. */
  assign(from: Lowering): void {
    this.clear();
    this.wireOf.set(from.wireOf);
    [this.flips, this.signs, this.phase] = [from.flips, from.signs, from.phase];
  }

  private wire(qubit: number): number {
    return this.wireOf[qubit] as number;
  }

  /** U = exp(i·α) · diag(1, e^iφ) · R(θ) · diag(1, e^iλ), with θ from 0 to π/2. */
  private flush(wire: number): void {
    const p = this.pending;
    const o = 8 * wire;
    this.waiting[wire] = NOTHING;
    const argument = (at: number) => Math.atan2(p[o + at + 1] as number, p[o + at] as number);
    const [upper, lower] = [Math.hypot(p[o] as number, p[o + 1] as number), Math.hypot(p[o + 4] as number, p[o + 5] as number)];
    if (lower < ENTRY_MIN) {
      this.phase += argument(0);
      this.emitPhase(1 << wire, argument(6) - argument(0));
    } else if (upper < ENTRY_MIN) {
      // Anti-diagonal: X after a phase.
      this.phase += argument(4);
      this.emitPhase(1 << wire, argument(2) - argument(4));
      this.flips ^= 1 << wire;
    } else {
      const alpha = argument(0);
      const phi = argument(4) - alpha;
      this.phase += alpha;
      this.emitPhase(1 << wire, argument(6) - alpha - phi);
      this.emitRotation(wire, Math.atan2(lower, upper));
      this.emitPhase(1 << wire, phi);
    }
  }

  private emitPhase(mask: number, angle: number): void {
    const isFlipped = parity(mask & this.flips) === 1;
    const rest = reduced(angle);
    if (Math.abs(rest) < ANGLE_MIN) return;
    if (isFlipped) this.phase += rest;
    if (isNear(Math.abs(rest), PI) && (mask & (mask - 1)) === 0) this.signs ^= mask;
    else this.operations.push(PHASE, mask, 0, isFlipped ? -rest : rest);
  }

  private emitRotation(wire: number, theta: number): void {
    const bit = 1 << wire;
    const isQuarterTurned = theta > REDUCED_ANGLE_MAX;
    const angle = isQuarterTurned ? theta - PI / 2 : theta;
    const isReversed = parity((this.flips ^ this.signs) & bit) === 1;
    if (Math.abs(angle) >= ANGLE_MIN) this.operations.push(ROTATION, wire, 0, isReversed ? -angle : angle);
    if (!isQuarterTurned) return;
    // A quarter turn is X after Z; Z passes the X of the frame with a sign.
    if ((this.flips & bit) !== 0) this.phase += PI;
    this.signs ^= bit;
    this.flips ^= bit;
  }
}
