import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collapse, cumulativeBlockWeights, outcomeWeights } from './measurement.js';
import type { StateVector } from './state-vector.js';
import { STATE_VECTOR_QUBITS_MAX, clearStateVector, copyStateVector, createStateVector, stateBytes } from './state-vector.js';

describe('the memory of a state vector', () => {
  const sizes: readonly (readonly [number, 'single' | 'double', bigint])[] = [
    [0, 'double', 16n], [1, 'single', 16n], [24, 'single', 134_217_728n], [30, 'double', 17_179_869_184n], [40, 'double', 17_592_186_044_416n],
    [64, 'double', 2n ** 68n], [1000, 'single', 2n ** 1003n],
  ];
  for (const [qubits, precision, bytes] of sizes) {
    it(`is ${bytes > 2n ** 70n ? 'exact' : bytes} bytes for ${qubits} qubits in ${precision}`, () => {
      assert.equal(stateBytes(qubits, precision), bytes);
    });
  }

  it('is what is allocated', () => {
    for (const precision of ['single', 'double'] as const) {
      const { re, im } = createStateVector(10, precision);
      assert.equal(BigInt(re.byteLength + im.byteLength), stateBytes(10, precision));
    }
  });
});

describe('a state vector', () => {
  it('starts with all qubits 0, can be copied and cleared', () => {
    const state = createStateVector(2, 'double');
    assert.deepEqual([...state.re, ...state.im], [1, 0, 0, 0, 0, 0, 0, 0]);
    const other = createStateVector(2, 'double');
    other.re.set([0, 0.6, 0, 0]);
    other.im.set([0, 0, 0.8, 0]);
    copyStateVector(other, state);
    assert.deepEqual([...state.re, ...state.im], [0, 0.6, 0, 0, 0, 0, 0.8, 0]);
    clearStateVector(state);
    assert.deepEqual([...state.re, ...state.im], [1, 0, 0, 0, 0, 0, 0, 0]);
  });

  for (const qubits of [-1, 0.5, NaN, STATE_VECTOR_QUBITS_MAX + 1]) {
    it(`refuses ${qubits} qubits`, () => assert.throws(() => createStateVector(qubits, 'single'), RangeError));
  }
});

/** Amplitude sqrt(w_i), weights 1, 2, 3, … normalised. */
function ramp(qubits: number): StateVector {
  const state = createStateVector(qubits, 'double');
  const total = state.re.length * (state.re.length + 1) / 2;
  for (let i = 0; i < state.re.length; i++) state.im[i] = Math.sqrt((i + 1) / total);
  state.re[0] = 0;
  return state;
}

describe('measuring one qubit', () => {
  // Below, at and above the block length of 4096: different loops.
  for (const qubit of [0, 1, 5, 11, 12, 13, 14]) {
    it(`weighs both outcomes of qubit ${qubit} of 15`, () => {
      const state = ramp(15);
      const total = 2 ** 15 * (2 ** 15 + 1) / 2;
      let ones = 0;
      for (let i = 0; i < 2 ** 15; i++) if ((i >> qubit) & 1) ones += i + 1;
      const [zero, one] = outcomeWeights(state, qubit);
      assert.ok(Math.abs(one - ones / total) < 1e-14);
      assert.ok(Math.abs(zero - (1 - ones / total)) < 1e-14);
    });

    it(`leaves norm 1 and only the outcome after collapsing qubit ${qubit}`, () => {
      for (const outcome of [0, 1] as const) {
        const state = ramp(15);
        collapse(state, qubit, outcome, outcomeWeights(state, qubit)[outcome]);
        const weights = outcomeWeights(state, qubit);
        assert.ok(Math.abs(weights[outcome] - 1) < 1e-13);
        assert.equal(weights[1 - outcome], 0);
      }
    });
  }

  it('weighs a state smaller than a block', () => {
    assert.deepEqual(outcomeWeights(createStateVector(1, 'double'), 0), [1, 0]);
  });


  it('adds blocks up to the norm', () => {
    const cumulative = cumulativeBlockWeights(ramp(15));
    assert.equal(cumulative.length, 9);
    assert.ok(Math.abs(cumulative[8]! - 1) < 1e-14);
    assert.ok(cumulative.every((weight, i) => i === 0 || weight > cumulative[i - 1]!));
  });
});
