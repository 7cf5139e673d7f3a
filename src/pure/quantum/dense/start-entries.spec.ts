import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StateEntries } from '../statevector/state-entries.js';
import { PlainState } from '../statevector/plain-state.js';
import type { Precision } from '../statevector/state-vector.js';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';
import { DenseState } from './dense-state.js';
import { geometryFor } from './geometry.js';

const SEED = 20261123;
const ERROR_MAX: Readonly<Record<Precision, number>> = { single: 1e-5, double: 1e-12 };

/** A state of norm 1 with so many amplitudes, anywhere. */
function randomEntries(random: ReturnType<typeof seeded>, qubits: number, count: number): StateEntries {
  const indices = Int32Array.from(new Set(Array.from({ length: count }, () => random.below(2 ** qubits))));
  const [re, im] = [0, 0].map(() => Float64Array.from(indices, () => random.below(1000) - 500)) as [Float64Array, Float64Array];
  const norm = Math.hypot(...re, ...im);
  return { indices, re: re.map((value) => value / norm), im: im.map((value) => value / norm) };
}

describe('a state vector that goes on from some amplitudes', () => {
  it('ends where plain loops do, whatever the amplitudes span, blocks small enough for many passes (seed 20261123)', () => {
    const random = seeded(SEED);
    for (let trial = 0; trial < 24; trial++) {
      const [qubits, precision] = [7 + (trial % 6), (['single', 'double'] as const)[trial % 2]!];
      const entries = randomEntries(random, qubits, 1 + random.below(trial % 3 === 0 ? 3 : 60));
      const dense = new DenseState(qubits, precision, undefined, geometryFor(precision, { row: 1, table: 2, block: 3 }));
      const plain = new PlainState(qubits, 'double');
      // What a state was before does not matter, nor what its memory holds.
      for (const gate of randomCircuit(random, qubits, 30)) dense.apply(gate);
      assert.equal(dense.outcomeWeights(0).length, 2);
      for (const state of [dense, plain]) state.startFrom(entries);
      for (const gate of randomCircuit(random, qubits, trial % 4 === 3 ? 0 : 60)) for (const state of [dense, plain]) state.apply(gate);
      const expected = plain.amplitudes();
      const worst = dense.copy().amplitudes().reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k]!)), 0);
      assert.ok(worst < ERROR_MAX[precision], `trial ${trial}: ${worst}`);
      dense.release();
    }
  });

  it('begins with nothing but those when it has been cleared', () => {
    const state = new DenseState(8, 'double', undefined, geometryFor('double', { row: 1, table: 2, block: 3 }));
    state.startFrom({ indices: Int32Array.of(3, 200), re: Float64Array.of(0.6, 0), im: Float64Array.of(0, 0.8) });
    assert.deepEqual(state.probabilities([0, 7]), Float64Array.of(0, 0.36, 0.6400000000000001, 0).map((value) => value / (0.36 + 0.6400000000000001)));
    state.startFrom({ indices: Int32Array.of(3), re: Float64Array.of(1), im: Float64Array.of(0) });
    state.clear();
    assert.deepEqual([...state.probabilities([0, 1, 7])], [1, 0, 0, 0, 0, 0, 0, 0]);
  });
});
