import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { embed } from '../../../../test/property/quantum-reference.js';
import { matrixOf } from '../gates/matrix.js';
import type { PauliString } from '../methods/quantum-state.js';
import { PlainState } from './plain-state.js';

/** Five qubits without symmetry: rotations and entanglement of all kinds. */
function someState(): PlainState {
  const state = new PlainState(5, 'double');
  for (let qubit = 0; qubit < 5; qubit++) {
    state.apply({ name: 'u', parameters: [0.4 + qubit, 1.3 * qubit, -0.7], qubits: [qubit] });
    state.apply({ name: 'cx', parameters: [], qubits: [qubit, (qubit + 2) % 5] });
    state.apply({ name: 'cp', parameters: [0.9], qubits: [(qubit + 3) % 5, qubit] });
  }
  return state;
}

const PAULI = {
  X: matrixOf([0, 0], [1, 0], [1, 0], [0, 0]),
  Y: matrixOf([0, 0], [0, -1], [0, 1], [0, 0]),
  Z: matrixOf([1, 0], [0, 0], [0, 0], [-1, 0]),
};

/** The matrix of a string over five qubits, applied by its definition. */
function expectationByMatrix(amplitudes: Float64Array, pauli: PauliString): number {
  let image = amplitudes;
  for (const [qubit, operator] of pauli) {
    const matrix = embed(PAULI[operator], [qubit], 5);
    const next = new Float64Array(64);
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 32; column++) {
        const [a, b] = [matrix[2 * (32 * row + column)]!, matrix[2 * (32 * row + column) + 1]!];
        next[2 * row]! += a * image[2 * column]! - b * image[2 * column + 1]!;
        next[2 * row + 1]! += a * image[2 * column + 1]! + b * image[2 * column]!;
      }
    }
    image = next;
  }
  return amplitudes.reduce((sum, part, k) => sum + part * image[k]!, 0);
}

describe('reading a state off', () => {
  const state = someState();
  const amplitudes = state.amplitudes();

  it('gives amplitudes of norm 1', () => {
    assert.ok(Math.abs(amplitudes.reduce((sum, part) => sum + part * part, 0) - 1) < 1e-14);
  });

  const strings: readonly (readonly (readonly [number, 'X' | 'Y' | 'Z'])[])[] = [
    [], [[0, 'X']], [[3, 'Y']], [[4, 'Z']], [[0, 'X'], [1, 'Y']], [[2, 'Y'], [4, 'Y']], [[0, 'Y'], [1, 'Y'], [3, 'Y'], [4, 'Z']],
  ];
  for (const string of strings) {
    it(`gives the expectation of ${string.map(([qubit, operator]) => `${operator}${qubit}`).join('·') || 'the identity'}`, () => {
      const pauli = new Map(string);
      assert.ok(Math.abs(state.expectation(pauli) - expectationByMatrix(amplitudes, pauli)) < 1e-14);
    });
  }

  it('gives marginal probabilities in the order in which the qubits are named', () => {
    const direct = new Float64Array(4);
    for (let index = 0; index < 32; index++) direct[((index >> 3) & 1) | (((index >> 1) & 1) << 1)]! += amplitudes[2 * index]! ** 2 + amplitudes[2 * index + 1]! ** 2;
    state.probabilities([3, 1]).forEach((probability, value) => assert.ok(Math.abs(probability - direct[value]!) < 1e-15));
  });

  it('gives a reduced density matrix that agrees with the expectations of all Pauli strings on its qubits', () => {
    const density = state.reducedDensityMatrix([4, 1]);
    for (const first of ['X', 'Y', 'Z'] as const) {
      for (const second of ['X', 'Y', 'Z'] as const) {
        const [high, low] = [embed(PAULI[second], [1], 2), embed(PAULI[first], [0], 2)];
        let trace = 0;
        for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) for (let k = 0; k < 4; k++) {
          const product = (p: readonly [number, number], q: readonly [number, number]) => [p[0] * q[0] - p[1] * q[1], p[0] * q[1] + p[1] * q[0]] as const;
          const entry = (matrix: Float64Array, row: number, column: number) => [matrix[2 * (4 * row + column)]!, matrix[2 * (4 * row + column) + 1]!] as const;
          trace += product(product(entry(density, i, j), entry(low, j, k)), entry(high, k, i))[0];
        }
        assert.ok(Math.abs(trace - state.expectation(new Map([[4, first], [1, second]]))) < 1e-14, `${first}${second}`);
      }
    }
  });

  it('gives a reduced density matrix of trace 1 that is Hermitian', () => {
    const density = state.reducedDensityMatrix([0, 2, 3]);
    let trace = 0;
    for (let row = 0; row < 8; row++) {
      trace += density[2 * (8 * row + row)]!;
      for (let column = 0; column < 8; column++) {
        assert.ok(Math.abs(density[2 * (8 * row + column)]! - density[2 * (8 * column + row)]!) < 1e-15);
        assert.ok(Math.abs(density[2 * (8 * row + column) + 1]! + density[2 * (8 * column + row) + 1]!) < 1e-15);
      }
    }
    assert.ok(Math.abs(trace - 1) < 1e-14);
  });

  it('tells which shots gave which outcome, and the same outcomes without telling', () => {
    const [told, counted] = [new Map<string, number[]>(), new Map<string, number>()];
    const range = { first: 3, count: 500, seed: 11 };
    state.sample([2, 0], range, { wantsShots: true, add: (bits, _count, shots) => told.set(bits.join(''), [...(told.get(bits.join('')) ?? []), ...Array.from(shots!)]) !== undefined });
    state.sample([2, 0], range, { wantsShots: false, add: (bits, count) => (counted.set(bits.join(''), (counted.get(bits.join('')) ?? 0) + count), true) });
    assert.deepEqual([...told.values()].flat().sort((a, b) => a - b), Array.from({ length: 500 }, (_, i) => 3 + i));
    for (const [bits, count] of counted) assert.equal(told.get(bits)?.length, count);
  });
});
