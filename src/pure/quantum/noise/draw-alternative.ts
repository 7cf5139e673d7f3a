import { diagonal } from '../gates/matrix.js';
import type { AppliedChannel, QuantumState } from '../methods/quantum-state.js';

/** Alternatives that are not unitary shrink a state; powers of two bring it back without rounding. */
const WEIGHT_MIN = 2 ** -20;
const RESCALE = diagonal([2 ** 10, 0], [2 ** 10, 0]);

/**
 * The probability of each alternative up to its end, the last one 1: a shot with the random number r has the first that
 * lies above r. For a channel that is no Pauli mixture they depend on the state, which costs one sweep over it.
 */
export function cumulativeChances({ alternatives, isPauli, qubits }: AppliedChannel, state: QuantumState): readonly number[] {
  const [zero, one] = isPauli ? [0.5, 0.5] : weightsOf(state, qubits[0] as number);
  let sum = 0;
  const sums = alternatives.map(({ chance }) => (sum += chance[0] * zero + chance[1] * one));
  return sums.map((part, i) => (i === sums.length - 1 ? 1 : part / sum));
}

function weightsOf(state: QuantumState, qubit: number): readonly [number, number] {
  let weights = state.outcomeWeights(qubit);
  while (weights[0] + weights[1] < WEIGHT_MIN) {
    state.apply({ name: 'scale', matrix: RESCALE, parameters: [], qubits: [qubit] });
    weights = state.outcomeWeights(qubit);
  }
  return weights;
}
