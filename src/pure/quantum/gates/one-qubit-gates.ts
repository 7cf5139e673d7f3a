import { gates, step } from './gate-record.js';
import { I, MINUS_I, MINUS_ONE, ONE, ZERO, diagonal, eulerRotation, identity, matrixOf, unitPhase } from './matrix.js';

const { PI, SQRT1_2 } = Math;
// Constants are written out where cos and sin would leave 6e-17 for a zero: kernels choose their path by exact zeros.
const halfTurn = matrixOf(ZERO, ONE, ONE, ZERO);
const hadamard = matrixOf([SQRT1_2, 0], [SQRT1_2, 0], [SQRT1_2, 0], [-SQRT1_2, 0]);
const squareRootOfX = matrixOf([0.5, 0.5], [0.5, -0.5], [0.5, -0.5], [0.5, 0.5]);
const squareRootOfXInverse = matrixOf([0.5, -0.5], [0.5, 0.5], [0.5, 0.5], [0.5, -0.5]);
/** exp(±i·π/4) with both parts the same double, which cos and sin of π/4 are not. */
const eighthTurn = [SQRT1_2, SQRT1_2] as const;
const eighthTurnBack = [SQRT1_2, -SQRT1_2] as const;

const u = (theta: number, phi: number, lambda: number) => [step('u', [0], theta, phi, lambda)];
const phaseGate = (lambda = 0) => diagonal(ONE, unitPhase(lambda));
const euler = (theta = 0, phi = 0, lambda = 0) => eulerRotation(theta, phi, lambda);

/** Phases follow Qiskit's gate library: u and p leave the top left entry real, rx ry rz are exp(-i·θ/2·P). */
export const ONE_QUBIT_GATES = gates({
  u: {
    summary: 'Rotation by three Euler angles, the language primitive U.', origin: 'qelib1', qubits: 1,
    parameters: ['theta', 'phi', 'lambda'], matrix: euler,
    inverse: (theta = 0, phi = 0, lambda = 0) => [step('u', [0], -theta, -lambda, -phi)],
  },
  u3: {
    summary: 'Rotation by three Euler angles.', origin: 'paper', qubits: 1,
    parameters: ['theta', 'phi', 'lambda'], matrix: euler,
    steps: (theta = 0, phi = 0, lambda = 0) => u(theta, phi, lambda),
    inverse: (theta = 0, phi = 0, lambda = 0) => [step('u3', [0], -theta, -lambda, -phi)],
  },
  u2: {
    summary: 'Rotation by a quarter turn between two phases.', origin: 'paper', qubits: 1,
    parameters: ['phi', 'lambda'], matrix: (phi = 0, lambda = 0) => eulerRotation(PI / 2, phi, lambda),
    steps: (phi = 0, lambda = 0) => u(PI / 2, phi, lambda),
    inverse: (phi = 0, lambda = 0) => [step('u3', [0], -PI / 2, -lambda, -phi)],
  },
  u1: {
    summary: 'Phase on |1⟩.', origin: 'paper', qubits: 1, parameters: ['lambda'], matrix: phaseGate,
    steps: (lambda = 0) => u(0, 0, lambda), inverse: (lambda = 0) => [step('u1', [0], -lambda)],
  },
  // Its angle is a duration for hardware; an ideal qubit idles without change.
  u0: {
    summary: 'Idle for a number of gate times.', origin: 'qelib1', qubits: 1, parameters: ['gamma'],
    matrix: () => identity(2), steps: () => u(0, 0, 0), inverse: 'self',
  },
  p: {
    summary: 'Phase on |1⟩.', origin: 'qelib1', qubits: 1, parameters: ['lambda'], matrix: phaseGate,
    steps: (lambda = 0) => u(0, 0, lambda), inverse: (lambda = 0) => [step('p', [0], -lambda)],
  },
  id: { summary: 'Idle.', origin: 'paper', qubits: 1, matrix: identity(2), steps: () => u(0, 0, 0), inverse: 'self' },
  x: { summary: 'Pauli X, bit flip.', origin: 'paper', qubits: 1, matrix: halfTurn, steps: () => u(PI, 0, PI), inverse: 'self' },
  y: {
    summary: 'Pauli Y.', origin: 'paper', qubits: 1, matrix: matrixOf(ZERO, MINUS_I, I, ZERO),
    steps: () => u(PI, PI / 2, PI / 2), inverse: 'self',
  },
  z: { summary: 'Pauli Z, phase flip.', origin: 'paper', qubits: 1, matrix: diagonal(ONE, MINUS_ONE), steps: () => u(0, 0, PI), inverse: 'self' },
  h: { summary: 'Hadamard.', origin: 'paper', qubits: 1, matrix: hadamard, steps: () => u(PI / 2, 0, PI), inverse: 'self' },
  s: { summary: 'Square root of Z.', origin: 'paper', qubits: 1, matrix: diagonal(ONE, I), steps: () => u(0, 0, PI / 2), inverse: { gate: 'sdg' } },
  sdg: { summary: 'Inverse of s.', origin: 'paper', qubits: 1, matrix: diagonal(ONE, MINUS_I), steps: () => u(0, 0, -PI / 2), inverse: { gate: 's' } },
  t: { summary: 'Square root of s.', origin: 'paper', qubits: 1, matrix: diagonal(ONE, eighthTurn), steps: () => u(0, 0, PI / 4), inverse: { gate: 'tdg' } },
  tdg: { summary: 'Inverse of t.', origin: 'paper', qubits: 1, matrix: diagonal(ONE, eighthTurnBack), steps: () => u(0, 0, -PI / 4), inverse: { gate: 't' } },
  // A rotation about X by a quarter turn, with the phase that makes sx·sx exactly x.
  sx: {
    summary: 'Square root of X.', origin: 'qelib1', qubits: 1, matrix: squareRootOfX,
    steps: () => u(PI / 2, -PI / 2, PI / 2), phase: () => PI / 4, inverse: { gate: 'sxdg' },
  },
  sxdg: {
    summary: 'Inverse of sx.', origin: 'qelib1', qubits: 1, matrix: squareRootOfXInverse,
    steps: () => u(-PI / 2, -PI / 2, PI / 2), phase: () => -PI / 4, inverse: { gate: 'sx' },
  },
  rx: {
    summary: 'Rotation about X.', origin: 'paper', qubits: 1, parameters: ['theta'],
    matrix: (theta = 0) => {
      const [cos, sin] = unitPhase(theta / 2);
      return matrixOf([cos, 0], [0, -sin], [0, -sin], [cos, 0]);
    },
    steps: (theta = 0) => u(theta, -PI / 2, PI / 2), inverse: (theta = 0) => [step('rx', [0], -theta)],
  },
  ry: {
    summary: 'Rotation about Y.', origin: 'paper', qubits: 1, parameters: ['theta'],
    matrix: (theta = 0) => {
      const [cos, sin] = unitPhase(theta / 2);
      return matrixOf([cos, 0], [-sin, 0], [sin, 0], [cos, 0]);
    },
    steps: (theta = 0) => u(theta, 0, 0), inverse: (theta = 0) => [step('ry', [0], -theta)],
  },
  // qelib1.inc writes u1 here, which is the same up to a phase that no program in OpenQASM 2 can see.
  rz: {
    summary: 'Rotation about Z.', origin: 'paper', qubits: 1, parameters: ['phi'],
    matrix: (phi = 0) => diagonal(unitPhase(-phi / 2), unitPhase(phi / 2)),
    steps: (phi = 0) => u(0, 0, phi), phase: (phi = 0) => -phi / 2, inverse: (phi = 0) => [step('rz', [0], -phi)],
  },
});
