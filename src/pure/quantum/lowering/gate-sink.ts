import type { Matrix } from '../gates/matrix.js';

/** What takes gates apart is written to: the few operations that every gate is made of. */
export interface GateSink {
  oneQubit(qubit: number, matrix: Matrix): void;
  /** diag(1, exp(i·angle)) */
  phaseOf(qubit: number, angle: number): void;
  exchange(a: number, b: number): void;
  controlledX(control: number, target: number): void;
  /** exp(i·angle) where an odd number of the qubits is 1. */
  parityPhase(qubits: readonly number[], angle: number): void;
  /** exp(i·angle) everywhere. */
  globalPhase(angle: number): void;
}

/** exp(i·angle) where all of the qubits are 1: the product of bits is a sum of parities, 2^(1-k) each with its sign. */
export function allOnesPhase(sink: GateSink, qubits: readonly number[], angle: number): void {
  const part = angle / 2 ** (qubits.length - 1);
  for (let subset = 1; subset < 1 << qubits.length; subset++) {
    const chosen = qubits.filter((_, position) => (subset >> position) & 1);
    sink.parityPhase(chosen, chosen.length % 2 === 1 ? part : -part);
  }
}
