import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { embed, maximalDifference } from '../../../../test/property/quantum-reference.js';
import { GATE_TABLE, gateNamed } from '../gates/gate-table.js';
import type { GateRecord } from '../gates/gate-record.js';
import { applyGate } from './apply-gate.js';
import { placeGate, shapeOf } from './kernel-gate.js';
import type { Precision, StateVector } from './state-vector.js';
import { createStateVector } from './state-vector.js';

const QUBITS = 7;

/** A normalised state without zeros or symmetry; the same at every call. */
function someState(precision: Precision): StateVector {
  const state = createStateVector(QUBITS, precision);
  let norm = 0;
  for (let i = 0; i < state.re.length; i++) {
    state.re[i] = Math.sin(12.9898 * (i + 1)) + 0.1;
    state.im[i] = Math.cos(78.233 * (i + 1));
    norm += state.re[i]! ** 2 + state.im[i]! ** 2;
  }
  for (let i = 0; i < state.re.length; i++) {
    state.re[i]! /= Math.sqrt(norm);
    state.im[i]! /= Math.sqrt(norm);
  }
  return state;
}

function interleaved({ re, im }: StateVector): Float64Array {
  return Float64Array.from({ length: 2 * re.length }, (_, k) => (k % 2 === 0 ? re : im)[k >> 1]!);
}

/** What the gate does to the state according to the matrix over all qubits. */
function expected(gate: GateRecord, angles: readonly number[], positions: readonly number[], before: Float64Array): Float64Array {
  const matrix = embed(gate.matrix(angles), positions, QUBITS);
  const dimension = 2 ** QUBITS;
  const after = new Float64Array(before.length);
  for (let row = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++) {
      const k = 2 * (row * dimension + column);
      after[2 * row]! += matrix[k]! * before[2 * column]! - matrix[k + 1]! * before[2 * column + 1]!;
      after[2 * row + 1]! += matrix[k]! * before[2 * column + 1]! + matrix[k + 1]! * before[2 * column]!;
    }
  }
  return after;
}

const PLACES: readonly (readonly number[])[] = [[0, 1, 2, 3, 4], [6, 5, 4, 3, 2], [3, 0, 6, 1, 5], [2, 6, 0, 4, 1]];

describe('the kernels', () => {
  for (const gate of GATE_TABLE.values()) {
    it(`apply ${gate.name} as its matrix says, on qubits near and far, in order and out of it`, () => {
      const angles = [0.7311, -1.9173, 2.6151, 0.3347].slice(0, gate.parameters.length);
      for (const place of PLACES) {
        const positions = place.slice(0, gate.qubits);
        const state = someState('double');
        const after = expected(gate, angles, positions, interleaved(state));
        applyGate(state, placeGate(shapeOf(gate.matrix(angles)), positions));
        assert.ok(maximalDifference(interleaved(state), after) < 1e-15, `on ${positions.join(',')}`);
      }
    });
  }

  it('keep single precision within its rounding', () => {
    const state = someState('single');
    const gate = gateNamed('cu');
    const after = expected(gate, [1, 2, 3, 4], [5, 2], interleaved(state));
    applyGate(state, placeGate(shapeOf(gate.matrix([1, 2, 3, 4])), [5, 2]));
    assert.ok(maximalDifference(interleaved(state), after) < 1e-7);
  });

  it('apply a gate over every qubit of the state', () => {
    const state = createStateVector(1, 'double');
    applyGate(state, placeGate(shapeOf(gateNamed('x').matrix([])), [0]));
    assert.deepEqual([...state.re], [0, 1]);
  });
});

describe('the shape of a gate', () => {
  const shapes: readonly (readonly [string, readonly number[], string, readonly number[], readonly number[]])[] = [
    ['z', [], 'phase', [0], []], ['t', [], 'phase', [0], []], ['p', [1], 'phase', [0], []], ['cz', [], 'phase', [0, 1], []], ['cu1', [1], 'phase', [0, 1], []],
    ['rz', [1], 'diagonal', [], [0]], ['rzz', [1], 'diagonal', [], [0, 1]], ['crz', [1], 'diagonal', [0], [1]],
    ['x', [], 'exchange', [], [0]], ['cx', [], 'exchange', [0], [1]], ['ccx', [], 'exchange', [0, 1], [2]], ['c4x', [], 'exchange', [0, 1, 2, 3], [4]],
    ['swap', [], 'exchange', [], [0, 1]], ['cswap', [], 'exchange', [0], [1, 2]],
    ['h', [], 'dense', [], [0]], ['y', [], 'dense', [], [0]], ['cy', [], 'dense', [0], [1]], ['ch', [], 'dense', [0], [1]], ['cu3', [1, 2, 3], 'dense', [0], [1]],
    ['rxx', [1], 'dense', [], [0, 1]], ['c3sqrtx', [], 'dense', [0, 1, 2], [3]],
    ['u1', [0], 'phase', [0], []], ['crx', [0], 'phase', [0, 1], []],
  ];
  for (const [name, angles, form, controls, targets] of shapes) {
    it(`${name}(${angles.join(',')}) is ${form} on ${targets.length} targets under ${controls.length} controls`, () => {
      const shape = shapeOf(gateNamed(name).matrix(angles));
      assert.deepEqual([shape.form, shape.controls, shape.targets], [form, controls, targets]);
    });
  }
});
