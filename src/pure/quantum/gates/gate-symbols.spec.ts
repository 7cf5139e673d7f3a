import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATE_SYMBOLS, symbolOf } from './gate-symbols.js';
import { GATE_TABLE, gateNamed } from './gate-table.js';

const ANGLES = [0.7311, -1.9173, 2.6151, 0.3347];

/** Whether the gate leaves every state alone in which one of its first `controls` qubits is 0. */
function isControlled(name: string, controls: number): boolean {
  const { matrix, parameters, qubits } = gateNamed(name);
  const entries = matrix(ANGLES.slice(0, parameters.length));
  const size = 2 ** qubits;
  const mask = 2 ** controls - 1;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if ((row & mask) === mask && (column & mask) === mask) continue;
      const at = 2 * (row * size + column);
      if (entries[at] !== (row === column ? 1 : 0) || entries[at + 1] !== 0) return false;
    }
  }
  return true;
}

describe('symbols of gates', () => {
  it('are drawn for every gate of the table, and for nothing else', () => {
    assert.deepEqual([...GATE_SYMBOLS.keys()].sort(), [...GATE_TABLE.keys()].sort());
  });

  for (const [name, { label, controls, target }] of GATE_SYMBOLS) {
    it(`show a dot where ${name} has a control, and a target of as many qubits as are left`, () => {
      const left = gateNamed(name).qubits - controls;
      assert.ok(isControlled(name, controls));
      assert.ok(label.length > 0 && left > 0);
      if (target !== 'box') assert.equal(left, target === 'cross' ? 2 : 1);
    });
  }

  it('show no control that the gate has not', () => {
    for (const name of ['rzz', 'swap']) assert.equal(isControlled(name, 1), false, name);
  });

  it('are refused for a name that is not in the table', () => {
    assert.throws(() => symbolOf('toffoli'), RangeError);
    assert.throws(() => symbolOf('__proto__'), RangeError);
  });
});
