import { gates, step } from './gate-record.js';
import type { Matrix } from './matrix.js';
import { I, MINUS_I, MINUS_ONE, ONE, ZERO, controlled, diagonal, eulerRotation, matrixOf, monomial, unitPhase } from './matrix.js';

const { PI, SQRT1_2 } = Math;
const pauliX = matrixOf(ZERO, ONE, ONE, ZERO);
const pauliY = matrixOf(ZERO, MINUS_I, I, ZERO);
const hadamard = matrixOf([SQRT1_2, 0], [SQRT1_2, 0], [SQRT1_2, 0], [-SQRT1_2, 0]);
const squareRootOfX = matrixOf([0.5, 0.5], [0.5, -0.5], [0.5, -0.5], [0.5, 0.5]);

// Two names for one gate: qelib1.inc calls it cu1, and Qiskit since 2020 cp.
const controlledPhase = (lambda = 0) => controlled(1, diagonal(ONE, unitPhase(lambda)));
const controlledPhaseSteps = (lambda = 0) => [
  step('p', [0], lambda / 2), step('cx', [0, 1]), step('p', [1], -lambda / 2), step('cx', [0, 1]), step('p', [1], lambda / 2),
];
/**
 * Three rotations A, B, C with A·B·C = 1 and A·X·B·X·C = u(theta, phi, lambda) up to a phase, which the control takes:
 * Nielsen and Chuang, corollary 4.2.
 */
const controlledEulerSteps = (theta: number, phi: number, lambda: number) => [
  step('p', [0], (lambda + phi) / 2), step('p', [1], (lambda - phi) / 2), step('cx', [0, 1]),
  step('u', [1], -theta / 2, 0, -(phi + lambda) / 2), step('cx', [0, 1]), step('u', [1], theta / 2, phi, 0),
];

/**
 * exp(-i·θ/2·P⊗P) for P = X or Y. Both mix |00⟩ with |11⟩ and |01⟩ with |10⟩; they differ in the sign of the first,
 * since Y⊗Y sends |00⟩ to -|11⟩: `outerSign` is -1 for X and 1 for Y.
 */
function exchangeRotation(theta: number, outerSign: 1 | -1): Matrix {
  const [cos, sin] = unitPhase(theta / 2);
  const outer = [0, outerSign * sin] as const;
  const inner = [0, -sin] as const;
  const diagonalEntry = [cos, 0] as const;
  return matrixOf(
    diagonalEntry, ZERO, ZERO, outer,
    ZERO, diagonalEntry, inner, ZERO,
    ZERO, inner, diagonalEntry, ZERO,
    outer, ZERO, ZERO, diagonalEntry,
  );
}

/**
 * Controlled gates take the control first. A controlled gate's phases matter, where those of the gate alone do not:
 * crz is the controlled exp(-i·λ/2·Z), and cu1 the controlled diag(1, e^iλ); they differ by a phase on the control.
 */
export const TWO_QUBIT_GATES = gates({
  cx: { summary: 'Controlled X, the language primitive CX.', origin: 'paper', qubits: 2, matrix: controlled(1, pauliX), inverse: 'self' },
  cy: {
    summary: 'Controlled Y.', origin: 'paper', qubits: 2, matrix: controlled(1, pauliY), inverse: 'self',
    steps: () => [step('sdg', [1]), step('cx', [0, 1]), step('s', [1])],
  },
  cz: {
    summary: 'Controlled Z.', origin: 'paper', qubits: 2, matrix: diagonal(ONE, ONE, ONE, MINUS_ONE), inverse: 'self',
    steps: () => [step('h', [1]), step('cx', [0, 1]), step('h', [1])],
  },
  // A Hadamard is Z turned by a quarter about Y, so that turning back, cz, and turning again does it.
  ch: {
    summary: 'Controlled Hadamard.', origin: 'paper', qubits: 2, matrix: controlled(1, hadamard), inverse: 'self',
    steps: () => [step('ry', [1], -PI / 4), step('cz', [0, 1]), step('ry', [1], PI / 4)],
  },
  swap: {
    summary: 'Exchanges two qubits.', origin: 'qelib1', qubits: 2, matrix: monomial(4, [[1, 2, ONE], [2, 1, ONE]]), inverse: 'self',
    steps: () => [step('cx', [0, 1]), step('cx', [1, 0]), step('cx', [0, 1])],
  },
  crx: {
    summary: 'Controlled rotation about X.', origin: 'qelib1', qubits: 2, parameters: ['lambda'],
    matrix: (lambda = 0) => {
      const [cos, sin] = unitPhase(lambda / 2);
      return controlled(1, matrixOf([cos, 0], [0, -sin], [0, -sin], [cos, 0]));
    },
    steps: (lambda = 0) => [step('h', [1]), step('crz', [0, 1], lambda), step('h', [1])],
    inverse: (lambda = 0) => [step('crx', [0, 1], -lambda)],
  },
  cry: {
    summary: 'Controlled rotation about Y.', origin: 'qelib1', qubits: 2, parameters: ['lambda'],
    matrix: (lambda = 0) => controlled(1, eulerRotation(lambda, 0, 0)),
    steps: (lambda = 0) => [step('ry', [1], lambda / 2), step('cx', [0, 1]), step('ry', [1], -lambda / 2), step('cx', [0, 1])],
    inverse: (lambda = 0) => [step('cry', [0, 1], -lambda)],
  },
  crz: {
    summary: 'Controlled rotation about Z.', origin: 'paper', qubits: 2, parameters: ['lambda'],
    matrix: (lambda = 0) => controlled(1, diagonal(unitPhase(-lambda / 2), unitPhase(lambda / 2))),
    steps: (lambda = 0) => [step('rz', [1], lambda / 2), step('cx', [0, 1]), step('rz', [1], -lambda / 2), step('cx', [0, 1])],
    inverse: (lambda = 0) => [step('crz', [0, 1], -lambda)],
  },
  cu1: {
    summary: 'Controlled phase.', origin: 'paper', qubits: 2, parameters: ['lambda'], matrix: controlledPhase,
    steps: controlledPhaseSteps, inverse: (lambda = 0) => [step('cu1', [0, 1], -lambda)],
  },
  cp: {
    summary: 'Controlled phase.', origin: 'qelib1', qubits: 2, parameters: ['lambda'], matrix: controlledPhase,
    steps: controlledPhaseSteps, inverse: (lambda = 0) => [step('cp', [0, 1], -lambda)],
  },
  cu3: {
    summary: 'Controlled u3.', origin: 'paper', qubits: 2, parameters: ['theta', 'phi', 'lambda'],
    matrix: (theta = 0, phi = 0, lambda = 0) => controlled(1, eulerRotation(theta, phi, lambda)),
    steps: (theta = 0, phi = 0, lambda = 0) => controlledEulerSteps(theta, phi, lambda),
    inverse: (theta = 0, phi = 0, lambda = 0) => [step('cu3', [0, 1], -theta, -lambda, -phi)],
  },
  cu: {
    summary: 'Controlled u with a phase of its own on the control.', origin: 'qelib1', qubits: 2,
    parameters: ['theta', 'phi', 'lambda', 'gamma'],
    matrix: (theta = 0, phi = 0, lambda = 0, gamma = 0) => {
      const [re, im] = unitPhase(gamma);
      const inner = eulerRotation(theta, phi, lambda);
      for (let k = 0; k < inner.length; k += 2) {
        const [a, b] = [inner[k] as number, inner[k + 1] as number];
        inner[k] = a * re - b * im;
        inner[k + 1] = a * im + b * re;
      }
      return controlled(1, inner);
    },
    steps: (theta = 0, phi = 0, lambda = 0, gamma = 0) => [step('p', [0], gamma), ...controlledEulerSteps(theta, phi, lambda)],
    inverse: (theta = 0, phi = 0, lambda = 0, gamma = 0) => [step('cu', [0, 1], -theta, -lambda, -phi, -gamma)],
  },
  // The inverse has no name of its own in qelib1.inc.
  csx: {
    summary: 'Controlled square root of X.', origin: 'qelib1', qubits: 2, matrix: controlled(1, squareRootOfX),
    steps: () => [step('h', [1]), step('cp', [0, 1], PI / 2), step('h', [1])],
    inverse: () => [step('h', [1]), step('cp', [0, 1], -PI / 2), step('h', [1])],
  },
  rxx: {
    summary: 'exp(-i·θ/2·X⊗X).', origin: 'qelib1', qubits: 2, parameters: ['theta'], matrix: (theta = 0) => exchangeRotation(theta, -1),
    steps: (theta = 0) => [step('h', [0]), step('h', [1]), step('rzz', [0, 1], theta), step('h', [0]), step('h', [1])],
    inverse: (theta = 0) => [step('rxx', [0, 1], -theta)],
  },
  // Not in qelib1.inc, but six programs of QASMBench use it as if it were.
  ryy: {
    summary: 'exp(-i·θ/2·Y⊗Y).', origin: 'extension', qubits: 2, parameters: ['theta'], matrix: (theta = 0) => exchangeRotation(theta, 1),
    steps: (theta = 0) => [
      step('rx', [0], PI / 2), step('rx', [1], PI / 2), step('rzz', [0, 1], theta), step('rx', [0], -PI / 2), step('rx', [1], -PI / 2),
    ],
    inverse: (theta = 0) => [step('ryy', [0, 1], -theta)],
  },
  rzz: {
    summary: 'exp(-i·θ/2·Z⊗Z).', origin: 'qelib1', qubits: 2, parameters: ['theta'],
    matrix: (theta = 0) => {
      const same = unitPhase(-theta / 2);
      const different = unitPhase(theta / 2);
      return diagonal(same, different, different, same);
    },
    steps: (theta = 0) => [step('cx', [0, 1]), step('rz', [1], theta), step('cx', [0, 1])],
    inverse: (theta = 0) => [step('rzz', [0, 1], -theta)],
  },
});
