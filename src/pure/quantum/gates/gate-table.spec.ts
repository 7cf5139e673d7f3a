import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cliffordSteps } from './clifford-steps.js';
import { GATE_TABLE, gateNamed, inverseSteps } from './gate-table.js';
import type { GateRecord } from './gate-record.js';
import { dimensionOf } from './matrix.js';
import { adjoint, identityMatrix, maximalDifference, multiply, phased, productOf } from '../../../../test/property/quantum-reference.js';

const TOLERANCE = 1e-14;

/** Angles without any symmetry, then the ones where a sign or a factor of two shows. */
function parameterSets({ parameters }: GateRecord): readonly (readonly number[])[] {
  if (parameters.length === 0) return [[]];
  const asymmetric = [0.7311, -1.9173, 2.6151, 0.3347];
  return [asymmetric, asymmetric.map((angle) => -angle * 3), [Math.PI, 0, 0, 0], [Math.PI / 2, Math.PI / 2, -Math.PI / 2, Math.PI], [0, 0, 0, 0]]
    .map((angles) => angles.slice(0, parameters.length));
}

/** Every combination of the angles π/4, π/2, π and -π/2, which are Clifford gates and their nearest strangers. */
function quarterTurns({ parameters }: GateRecord): readonly (readonly number[])[] {
  const angles = [0, Math.PI / 4, Math.PI / 2, Math.PI, -Math.PI / 2];
  return parameters.reduce<readonly (readonly number[])[]>((sets) => sets.flatMap((set) => angles.map((angle) => [...set, angle])), [[]]);
}

/** Conjugates X and Z of each qubit and looks whether one entry a row is left, all of them 1, -1, i or -i. */
function isClifford(matrix: Float64Array, qubits: number): boolean {
  return ['x', 'z'].every((name) => Array.from({ length: qubits }, (_, qubit) => qubit).every((qubit) => {
    const image = multiply(multiply(matrix, productOf([g(name, qubit)], qubits)), adjoint(matrix));
    const size = 2 ** qubits;
    const magnitude = (row: number, column: number) => Math.hypot(image[2 * (row * size + column)]!, image[2 * (row * size + column) + 1]!);
    // A Pauli string has its one entry of row r in column r ^ x, and entries whose signs are a character of r.
    const shift = Array.from({ length: size }, (_, column) => column).find((column) => Math.abs(magnitude(0, column) - 1) < 1e-9);
    if (shift === undefined) return false;
    const factor = (row: number) => [image[2 * (row * size + (row ^ shift))]!, image[2 * (row * size + (row ^ shift)) + 1]!] as const;
    const ratio = (row: number) => factor(row)[0] * factor(0)[0] + factor(row)[1] * factor(0)[1];
    // ±1 or ±i: any other phase is a sum of Pauli strings.
    if (Math.abs(factor(0)[0] * factor(0)[1]) > 1e-9) return false;
    return Array.from({ length: size }, (_, row) => row).every((row) => {
      const characters = Array.from({ length: qubits }, (_, bit) => ((row >> bit) & 1 ? ratio(1 << bit) : 1)).reduce((a, b) => a * b, 1);
      return Math.abs(Math.abs(ratio(row)) - 1) < 1e-9 && Math.abs(ratio(row) - characters) < 1e-9;
    });
  }));
}

function stepsDown(name: string): Set<string> {
  const reached = new Set<string>();
  const visit = (gate: string) => {
    if (reached.has(gate)) return;
    reached.add(gate);
    const record = gateNamed(gate);
    record.decomposition?.(record.parameters.map(() => 1)).steps.forEach((inner) => visit(inner.name));
  };
  visit(name);
  return reached;
}

describe('every gate of the table', () => {
  for (const gate of GATE_TABLE.values()) {
    describe(gate.name, () => {
      for (const parameters of parameterSets(gate)) {
        const matrix = gate.matrix(parameters);
        const where = parameters.length === 0 ? '' : ` at (${parameters.join(', ')})`;

        it(`has a finite matrix over its qubits${where}`, () => {
          assert.equal(dimensionOf(matrix), 2 ** gate.qubits);
          assert.equal(matrix.length, 2 * 4 ** gate.qubits);
          assert.ok(matrix.every(Number.isFinite));
        });

        it(`is unitary${where}`, () => {
          assert.ok(maximalDifference(multiply(adjoint(matrix), matrix), identityMatrix(2 ** gate.qubits)) < TOLERANCE);
        });

        it(`equals its decomposition with the phase that it states${where}`, () => {
          if (gate.decomposition === null) return;
          const { phase, steps } = gate.decomposition(parameters);
          assert.ok(maximalDifference(phased(productOf(steps, gate.qubits), phase), matrix) < TOLERANCE);
        });

        it(`is undone by its inverse${where}`, () => {
          const undone = multiply(productOf(inverseSteps(gate, parameters), gate.qubits), matrix);
          // Where the inverse is the decomposition backwards, the phase is left over: turn the first entry real.
          const phase = gate.inverse === null ? Math.atan2(undone[1]!, undone[0]!) : 0;
          assert.ok(maximalDifference(phased(undone, -phase), identityMatrix(2 ** gate.qubits)) < TOLERANCE);
        });
      }

      it('has Clifford steps that equal it up to a phase, exactly where it maps Pauli strings to Pauli strings', () => {
        for (const parameters of quarterTurns(gate)) {
          const matrix = gate.matrix(parameters);
          const steps = cliffordSteps(gate.name, parameters);
          // The angles of cu's parts may cancel: then it is told to be none, which costs time and nothing else.
          if (steps !== null || gate.name !== 'cu') assert.equal(steps !== null, isClifford(matrix, gate.qubits), `at (${parameters.join(', ')})`);
          if (steps === null) continue;
          const product = multiply(adjoint(matrix), productOf(steps, gate.qubits));
          assert.ok(maximalDifference(phased(product, -Math.atan2(product[1]!, product[0]!)), identityMatrix(2 ** gate.qubits)) < TOLERANCE);
        }
      });

      it('rests on u and cx alone, in finitely many steps', () => {
        const leaves = [...stepsDown(gate.name)].filter((name) => gateNamed(name).decomposition === null);
        assert.ok(leaves.every((name) => name === 'u' || name === 'cx'));
        const below = (gate.decomposition?.(gate.parameters.map(() => 1)).steps ?? []).flatMap(({ name }) => [...stepsDown(name)]);
        assert.ok(!below.includes(gate.name));
      });

      it('is described in one sentence', () => {
        assert.match(gate.summary, /^\S.*\.$/);
      });
    });
  }

  it('is found by name', () => {
    assert.equal(gateNamed('ccx').qubits, 3);
  });

  it('refuses a name that is not in it', () => {
    assert.throws(() => gateNamed('toffoli'), RangeError);
    assert.throws(() => gateNamed('__proto__'), RangeError);
  });

  it('has the 23 gates of the paper, and all that later versions of qelib1.inc added', () => {
    const of = (origin: GateRecord['origin']) => [...GATE_TABLE.values()].filter((gate) => gate.origin === origin).map(({ name }) => name).sort();
    assert.deepEqual(of('paper'), [
      'ccx', 'ch', 'crz', 'cu1', 'cu3', 'cx', 'cy', 'cz', 'h', 'id', 'rx', 'ry', 'rz', 's', 'sdg', 't', 'tdg', 'u1', 'u2', 'u3', 'x', 'y', 'z',
    ]);
    assert.deepEqual(of('qelib1'), [
      'c3sqrtx', 'c3x', 'c4x', 'cp', 'crx', 'cry', 'cswap', 'csx', 'cu', 'p', 'rc3x', 'rccx', 'rxx', 'rzz', 'swap', 'sx', 'sxdg', 'u', 'u0',
    ]);
    assert.deepEqual(of('extension'), ['ryy']);
  });
});

describe('matrices', () => {
  it('are little-endian: cx with control 0 and target 1 exchanges the states 1 and 3', () => {
    const cx = gateNamed('cx').matrix([]);
    const ones = [...cx.keys()].filter((k) => cx[k] === 1).map((k) => [Math.floor(k / 8), (k / 2) % 4]);
    assert.deepEqual(ones, [[0, 0], [1, 3], [2, 2], [3, 1]]);
  });

  it('have the phases of Qiskit: rz is symmetric, p is not', () => {
    assert.deepEqual([...gateNamed('rz').matrix([Math.PI])].map((x) => Math.round(x)), [0, -1, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual([...gateNamed('p').matrix([Math.PI])].map((x) => Math.round(x)), [1, 0, 0, 0, 0, 0, -1, 0]);
  });

  const identities: readonly (readonly [string, Parameters<typeof productOf>[0], Parameters<typeof productOf>[0], number, number?])[] = [
    ['h·h = 1', [g('h', 0), g('h', 0)], [], 1],
    ['h·x·h = z', [g('h', 0), g('x', 0), g('h', 0)], [g('z', 0)], 1],
    ['s·s = z', [g('s', 0), g('s', 0)], [g('z', 0)], 1],
    ['t·t = s', [g('t', 0), g('t', 0)], [g('s', 0)], 1],
    ['sx·sx = x', [g('sx', 0), g('sx', 0)], [g('x', 0)], 1],
    ['x·y·x·y = -1, as rotations by a full turn', [g('x', 0), g('y', 0), g('x', 0), g('y', 0)], [r('rz', 2 * Math.PI, 0)], 1],
    ['h on both sides turns cz into cx', [g('h', 1), g('cz', 0, 1), g('h', 1)], [g('cx', 0, 1)], 2],
    ['h everywhere turns cx around', [g('h', 0), g('h', 1), g('cx', 0, 1), g('h', 0), g('h', 1)], [g('cx', 1, 0)], 2],
    ['three cx are a swap', [g('cx', 0, 1), g('cx', 1, 0), g('cx', 0, 1)], [g('swap', 0, 1)], 2],
    ['csx twice is cx', [g('csx', 0, 1), g('csx', 0, 1)], [g('cx', 0, 1)], 2],
    ['rxx, ryy and rzz by a quarter turn are a swap turned by -pi/4', [r('rxx', Math.PI / 2, 0, 1), r('ryy', Math.PI / 2, 0, 1), r('rzz', Math.PI / 2, 0, 1)], [g('swap', 0, 1)], 2, -Math.PI / 4],
    ['ccx between two h is symmetric', [g('h', 2), g('ccx', 0, 1, 2), g('h', 2)], [g('h', 0), g('ccx', 2, 1, 0), g('h', 0)], 3],
    ['c3sqrtx twice is c3x', [g('c3sqrtx', 0, 1, 2, 3), g('c3sqrtx', 0, 1, 2, 3)], [g('c3x', 0, 1, 2, 3)], 4],
  ];
  for (const [sentence, left, right, qubits, phase = 0] of identities) {
    it(`keep the identity ${sentence}`, () => {
      assert.ok(maximalDifference(productOf(left, qubits), phased(productOf(right, qubits), phase)) < TOLERANCE);
    });
  }
});

function g(name: string, ...qubits: number[]) {
  return { name, parameters: [], qubits };
}

function r(name: string, angle: number, ...qubits: number[]) {
  return { name, parameters: [angle], qubits };
}
