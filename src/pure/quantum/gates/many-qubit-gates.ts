import { gates, step } from './gate-record.js';
import { I, MINUS_I, MINUS_ONE, ONE, ZERO, controlled, matrixOf, monomial } from './matrix.js';

const { PI } = Math;
const pauliX = matrixOf(ZERO, ONE, ONE, ZERO);
const squareRootOfX = matrixOf([0.5, 0.5], [0.5, -0.5], [0.5, -0.5], [0.5, 0.5]);

/**
 * A phase where qubits 0, 1, 2 and `target` are all 1, as two-qubit phases on the parities of the controls walked in
 * Gray code order: Barenco et al., "Elementary gates for quantum computation" (1995), section 7.
 */
const triplyControlledPhase = (quarter: number, target: number) => [
  step('cp', [0, target], quarter), step('cx', [0, 1]),
  step('cp', [1, target], -quarter), step('cx', [0, 1]),
  step('cp', [1, target], quarter), step('cx', [1, 2]),
  step('cp', [2, target], -quarter), step('cx', [0, 2]),
  step('cp', [2, target], quarter), step('cx', [1, 2]),
  step('cp', [2, target], -quarter), step('cx', [0, 2]),
  step('cp', [2, target], quarter),
];

/** The last argument is the target (of cswap: the last two). */
export const MANY_QUBIT_GATES = gates({
  ccx: {
    summary: 'Toffoli: X where both controls are 1.', origin: 'paper', qubits: 3, matrix: controlled(2, pauliX), inverse: 'self',
    steps: () => [
      step('h', [2]), step('cx', [1, 2]), step('tdg', [2]), step('cx', [0, 2]), step('t', [2]), step('cx', [1, 2]), step('tdg', [2]),
      step('cx', [0, 2]), step('t', [1]), step('t', [2]), step('h', [2]), step('cx', [0, 1]), step('t', [0]), step('tdg', [1]), step('cx', [0, 1]),
    ],
  },
  cswap: {
    summary: 'Fredkin: exchanges two qubits where the control is 1.', origin: 'qelib1', qubits: 3,
    matrix: monomial(8, [[3, 5, ONE], [5, 3, ONE]]), inverse: 'self',
    steps: () => [step('cx', [2, 1]), step('ccx', [0, 1, 2]), step('cx', [2, 1])],
  },
  // Margolus's gate. Matrices of the relative-phase gates as in arXiv:1508.03273, figures 3 and 4.
  rccx: {
    summary: 'Toffoli up to relative phases, with three cx.', origin: 'qelib1', qubits: 3,
    matrix: monomial(8, [[3, 7, I], [7, 3, MINUS_I], [5, 5, MINUS_ONE]]), inverse: 'self',
    steps: () => [
      step('h', [2]), step('t', [2]), step('cx', [1, 2]), step('tdg', [2]), step('cx', [0, 2]), step('t', [2]), step('cx', [1, 2]),
      step('tdg', [2]), step('h', [2]),
    ],
  },
  rc3x: {
    summary: 'Triply controlled X up to relative phases.', origin: 'qelib1', qubits: 4,
    matrix: monomial(16, [[7, 15, MINUS_ONE], [15, 7, ONE], [3, 3, I], [11, 11, MINUS_I]]),
    steps: () => [
      step('h', [3]), step('t', [3]), step('cx', [2, 3]), step('tdg', [3]), step('h', [3]), step('cx', [0, 3]), step('t', [3]),
      step('cx', [1, 3]), step('tdg', [3]), step('cx', [0, 3]), step('t', [3]), step('cx', [1, 3]), step('tdg', [3]), step('h', [3]),
      step('t', [3]), step('cx', [2, 3]), step('tdg', [3]), step('h', [3]),
    ],
  },
  c3x: {
    summary: 'X where three controls are 1.', origin: 'qelib1', qubits: 4, matrix: controlled(3, pauliX), inverse: 'self',
    steps: () => [step('h', [3]), ...triplyControlledPhase(PI / 4, 3), step('h', [3])],
  },
  c3sqrtx: {
    summary: 'Square root of X where three controls are 1.', origin: 'qelib1', qubits: 4, matrix: controlled(3, squareRootOfX),
    steps: () => [step('h', [3]), ...triplyControlledPhase(PI / 8, 3), step('h', [3])],
  },
  // c3x on the controls around a controlled sx·sx-inverse pair, then the square root that is left: Barenco, lemma 7.5.
  c4x: {
    summary: 'X where four controls are 1.', origin: 'qelib1', qubits: 5, matrix: controlled(4, pauliX), inverse: 'self',
    steps: () => [
      step('h', [4]), step('cp', [3, 4], PI / 2), step('h', [4]), step('c3x', [0, 1, 2, 3]),
      step('h', [4]), step('cp', [3, 4], -PI / 2), step('h', [4]), step('c3x', [0, 1, 2, 3]), step('c3sqrtx', [0, 1, 2, 4]),
    ],
  },
});
