import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Complex, Matrix } from '#pure/quantum/gates/matrix.js';
import { controlled, diagonal, I, matrixOf, MINUS_I, MINUS_ONE, ONE, unitPhase, ZERO } from '#pure/quantum/gates/matrix.js';
import { embed, multiply } from '#pure/quantum/gates/matrix-algebra.js';
import { parseOpenQasm3 } from '#pure/quantum/qasm/openqasm3/openqasm3.js';
import { parseOutputs } from '#pure/quantum/outputs/output-request.js';
import { simulate } from '#pure/quantum/simulate.js';
import { programOf } from './circuit-program.js';
import { type Gateset, IONQ_GATES } from './gate-table.js';

const { PI, SQRT1_2, cos, sin } = Math;

/** The matrix of what runs, column by column: the circuit after each basis state, through the parser and the engine. */
function ranMatrix(gateset: Gateset, qubits: number, ...operations: readonly object[]): Matrix {
  const dimension = 2 ** qubits;
  const matrix = new Float64Array(2 * dimension * dimension);
  for (let column = 0; column < dimension; column++) {
    // X, in the words of either set.
    const flips = Array.from({ length: qubits }, (_, target) => (gateset === 'qis' ? { gate: 'x', target } : { gate: 'gpi', target, phase: 0 })).filter((_, qubit) => (column >> qubit) & 1);
    const source = programOf({ gateset, qubits, operations: [...flips, ...operations], pointer: '/input/circuit', sourceBytesMax: 1e6 });
    const parsed = parseOpenQasm3(source, {});
    assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.message}\n${source}`);
    const outputs = parseOutputs(['statevector'], qubits);
    assert.ok(outputs.ok);
    const run = simulate(parsed.circuit, { shots: 1, seed: 1, precision: 'double', method: 'statevector', outputs: outputs.outputs });
    assert.ok(typeof run !== 'string');
    const bytes = Buffer.from(run.statevector!.base64, 'base64');
    for (let row = 0; row < dimension; row++) {
      matrix[2 * (row * dimension + column)] = bytes.readDoubleLE(16 * row);
      matrix[2 * (row * dimension + column) + 1] = bytes.readDoubleLE(16 * row + 8);
    }
  }
  return matrix;
}

/** |tr(A†B)| is the dimension exactly where A and B are one up to a phase of the whole. */
function isSame(ran: Matrix, published: Matrix): void {
  assert.equal(ran.length, published.length);
  let [re, im] = [0, 0];
  for (let k = 0; k < ran.length; k += 2) {
    re += ran[k]! * published[k]! + ran[k + 1]! * published[k + 1]!;
    im += ran[k]! * published[k + 1]! - ran[k + 1]! * published[k]!;
  }
  assert.ok(Math.abs(Math.hypot(re, im) - Math.sqrt(ran.length / 2)) < 1e-12, `${Math.hypot(re, im)}`);
}

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const real = (value: number): Complex => [value, 0];
const X = matrixOf(ZERO, ONE, ONE, ZERO);
const Y = matrixOf(ZERO, MINUS_I, I, ZERO);
const Z = diagonal(ONE, MINUS_ONE);
const V = matrixOf([0.5, 0.5], [0.5, -0.5], [0.5, -0.5], [0.5, 0.5]);
const V_BACK = matrixOf([0.5, -0.5], [0.5, 0.5], [0.5, 0.5], [0.5, -0.5]);
const SWAP = matrixOf(ONE, ZERO, ZERO, ZERO, ZERO, ZERO, ONE, ZERO, ZERO, ONE, ZERO, ZERO, ZERO, ZERO, ZERO, ONE);
const pair = (pauli: Matrix): Matrix => multiply(embed(pauli, [0], 2), embed(pauli, [1], 2));

/** exp(-i·angle/2·P) = cos(angle/2) - i·sin(angle/2)·P, for whatever P is its own inverse. */
function turned(pauli: Matrix, angle: number): Matrix {
  const dimension = Math.sqrt(pauli.length / 2);
  const result = new Float64Array(pauli.length);
  for (let k = 0; k < pauli.length; k += 2) {
    const onDiagonal = k % (2 * (dimension + 1)) === 0 ? cos(angle / 2) : 0;
    result[k] = onDiagonal + sin(angle / 2) * pauli[k + 1]!;
    result[k + 1] = -sin(angle / 2) * pauli[k]!;
  }
  return result;
}

/** What IonQ and its clients publish, with this angle; of one target, or two, the first of them bit 0. */
const PUBLISHED: Readonly<Record<string, (angle: number) => Matrix>> = {
  x: () => X, not: () => X, y: () => Y, z: () => Z,
  h: () => matrixOf(real(SQRT1_2), real(SQRT1_2), real(SQRT1_2), real(-SQRT1_2)),
  s: () => diagonal(ONE, I), si: () => diagonal(ONE, MINUS_I), t: () => diagonal(ONE, unitPhase(PI / 4)), ti: () => diagonal(ONE, unitPhase(-PI / 4)),
  v: () => V, vi: () => V_BACK,
  rx: (angle) => turned(X, angle), ry: (angle) => turned(Y, angle), rz: (angle) => turned(Z, angle),
  xx: (angle) => turned(pair(X), angle), yy: (angle) => turned(pair(Y), angle), zz: (angle) => turned(pair(Z), angle),
  swap: () => SWAP,
};

const ANGLES = [0, 0.3, -1.7, 5.5];
const rotated = (name: string): boolean => IONQ_GATES.qis.get(name)!.members.includes('rotation') && name !== 'z';

describe('the gates of the set qis', () => {
  for (const [name, { targets }] of IONQ_GATES.qis) {
    if (name === 'cnot') continue;
    it(`${name} is what is published, and with one control and two`, () => {
      for (const angle of rotated(name) ? ANGLES : [0]) {
        const published = PUBLISHED[name]!(angle);
        const operation = { gate: name, targets: [0, 1].slice(0, targets), ...(rotated(name) ? { rotation: angle } : {}) };
        isSame(ranMatrix('qis', targets, operation), published);
        const shifted = (by: number): object => ({ ...operation, targets: operation.targets.map((qubit) => qubit + by) });
        isSame(ranMatrix('qis', targets + 1, { ...shifted(1), control: 0 }), controlled(1, published));
        isSame(ranMatrix('qis', targets + 2, { ...shifted(2), controls: [1, 0] }), controlled(2, published));
      }
    });
  }

  it('cnot is X with its control, and z with an angle a phase, also under a control', () => {
    isSame(ranMatrix('qis', 2, { gate: 'cnot', control: 0, target: 1 }), controlled(1, X));
    for (const rotation of ANGLES) {
      isSame(ranMatrix('qis', 1, { gate: 'z', targets: [0], rotation }), diagonal(ONE, unitPhase(rotation)));
      isSame(ranMatrix('qis', 2, { gate: 'z', controls: [0], targets: [1], rotation }), diagonal(ONE, ONE, ONE, unitPhase(rotation)));
    }
  });

  it('pauliexp is the exponential of each string, the rightmost letter for the first target', () => {
    for (const time of ANGLES) {
      const exponential = (terms: readonly string[], coefficients: readonly number[], targets: readonly number[]) => ranMatrix('qis', targets.length, { gate: 'pauliexp', terms, coefficients, targets, time });
      isSame(exponential(['X'], [0.5], [0]), turned(X, time));
      isSame(exponential(['ZX'], [-0.5], [0, 1]), turned(multiply(embed(X, [0], 2), embed(Z, [1], 2)), -time));
      isSame(exponential(['ZX'], [0.5], [1, 0]), turned(multiply(embed(X, [1], 2), embed(Z, [0], 2)), time));
      const yxi = multiply(embed(X, [1], 3), embed(Y, [2], 3));
      isSame(exponential(['YXI', 'III'], [0.5, 3], [0, 1, 2]), turned(yxi, time));
      isSame(exponential(['XX', 'ZZ'], [0.5, 0.25], [0, 1]), multiply(turned(pair(X), time), turned(pair(Z), time / 2)));
    }
  });
});

describe('the native gates, their angles in turns', () => {
  const TURNS = [0, 0.1, -0.35, 0.5, 0.25, 1, 7.125, -3.5];
  const turn = (turns: number): Complex => unitPhase(2 * PI * turns);
  const gpi2 = (phase: number): Matrix => matrixOf(real(SQRT1_2), times([0, -SQRT1_2], turn(-phase)), times([0, -SQRT1_2], turn(phase)), real(SQRT1_2));

  it('gpi and gpi2 are what is published', () => {
    for (const phase of TURNS) {
      isSame(ranMatrix('native', 1, { gate: 'gpi', target: 0, phase }), matrixOf(ZERO, turn(-phase), turn(phase), ZERO));
      isSame(ranMatrix('native', 1, { gate: 'gpi2', target: 0, phase }), gpi2(phase));
    }
  });

  it('ms is what is published, and fully entangling where no angle is given', () => {
    for (const phi0 of TURNS) {
      for (const [phi1, theta] of [[0, 0.25], [0.2, 0.1], [-0.6, undefined], [0.4, 1.3]] as const) {
        const angle = theta ?? 0.25;
        const [same, other] = [real(cos(PI * angle)), (turns: number): Complex => times([0, -sin(PI * angle)], turn(turns))];
        // Rows and columns by bit 0 for the first target: 01 is the first in |1⟩.
        const published = matrixOf(
          same, ZERO, ZERO, other(-phi0 - phi1),
          ZERO, same, other(phi0 - phi1), ZERO,
          ZERO, other(phi1 - phi0), same, ZERO,
          other(phi0 + phi1), ZERO, ZERO, same,
        );
        isSame(ranMatrix('native', 2, { gate: 'ms', targets: [0, 1], phases: [phi0, phi1], ...(theta === undefined ? {} : { angle: theta }) }), published);
      }
    }
  });

  it('zz is what is published, by either of the words for its angle', () => {
    for (const angle of TURNS) {
      const [even, odd] = [unitPhase(-PI * angle), unitPhase(PI * angle)];
      isSame(ranMatrix('native', 2, { gate: 'zz', targets: [0, 1], angle }), diagonal(even, odd, odd, even));
      isSame(ranMatrix('native', 2, { gate: 'zz', targets: [1, 0], phase: angle }), diagonal(even, odd, odd, even));
    }
  });

  it('are all tried here', () => assert.deepEqual([...IONQ_GATES.native.keys()], ['gpi', 'gpi2', 'ms', 'zz']));
});
