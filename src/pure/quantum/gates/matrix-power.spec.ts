import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseOf, controlledName, isSelfInverse, linearGate } from './controlled-gates.js';
import { GATE_TABLE, gateNamed } from './gate-table.js';
import { adjoint, embed, multiply, wholePower } from './matrix-algebra.js';
import { principalPower } from './matrix-power.js';
import type { Matrix } from './matrix.js';
import { controlled, identity } from './matrix.js';

const ANGLES = [0.3, -1.1, 2.5, 0.7];

function assertEqual(actual: Matrix, expected: Matrix, tolerance = 1e-12): void {
  assert.equal(actual.length, expected.length);
  for (let k = 0; k < actual.length; k++) assert.ok(Math.abs(actual[k]! - expected[k]!) < tolerance, `entry ${k}: ${actual[k]} is not ${expected[k]}`);
}

describe('powers of matrices', () => {
  for (const gate of GATE_TABLE.values()) {
    it(`take a root of ${gate.name} that is ${gate.name} again when it is raised, and is undone by its inverse`, () => {
      const matrix = gate.matrix(ANGLES.slice(0, gate.parameters.length));
      const root = principalPower(matrix, 1 / 3);
      assertEqual(wholePower(root, 3), matrix);
      assertEqual(multiply(root, principalPower(matrix, -1 / 3)), identity(2 ** gate.qubits));
      assertEqual(multiply(root, adjoint(root)), identity(2 ** gate.qubits));
    });
  }

  it('take the principal root: half of x is sx, half of z is s', () => {
    assertEqual(principalPower(gateNamed('x').matrix([]), 0.5), gateNamed('sx').matrix([]));
    assertEqual(principalPower(gateNamed('z').matrix([]), 0.5), gateNamed('s').matrix([]));
  });

  it('take a root of five entangled qubits, whose eigenvalues are all different', () => {
    const steps = [['h', [0]], ['cx', [0, 1]], ['rx', [2]], ['ccx', [1, 2, 3]], ['ry', [4]], ['rxx', [4, 2]], ['t', [1]]] as const;
    const matrix = steps.reduce((product, [name, qubits]) => multiply(embed(gateNamed(name).matrix(ANGLES), qubits, 5), product), identity(32));
    assertEqual(wholePower(principalPower(matrix, 0.2), 5), matrix, 1e-11);
  });
});

describe('the families of controlled gates', () => {
  for (const gate of GATE_TABLE.values()) {
    const { base, controls } = baseOf(gate.name);
    if (controls === 0) continue;
    it(`say of ${gate.name} what its matrix says`, () => {
      const parameters = ANGLES.slice(0, gate.parameters.length);
      assertEqual(gate.matrix(parameters), controlled(controls, gateNamed(base).matrix(parameters)));
      assert.equal(controlledName(base, controls), gate.name);
    });
  }

  for (const gate of GATE_TABLE.values()) {
    const parameters = ANGLES.slice(0, gate.parameters.length);
    const linear = linearGate(gate.name, parameters);
    if (linear === null) continue;
    it(`multiply the angle of ${gate.name} where they take its powers`, () => {
      const power = (exponent: number) => gateNamed(linear.name).matrix([linear.angle * exponent]);
      assertEqual(power(3), wholePower(gate.matrix(parameters), 3));
      assertEqual(power(0.5), principalPower(gate.matrix(parameters), 0.5));
    });
  }

  it('call a gate its own inverse only where its square is nothing', () => {
    for (const gate of GATE_TABLE.values()) {
      if (isSelfInverse(gate.name)) assertEqual(wholePower(gate.matrix([]), 2), identity(2 ** gate.qubits));
    }
    assert.deepEqual(['x', 'h', 'swap', 'cx', 's', 'rx'].map(isSelfInverse), [true, true, true, true, false, false]);
  });
});
