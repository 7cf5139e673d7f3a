import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AppliedGate, PauliString } from '../methods/quantum-state.js';
import { placeChannel } from '../noise/place-channel.js';
import { channelRecord } from '../noise/channels.js';
import { PlainState } from '../statevector/plain-state.js';
import { DensityState } from './density-state.js';

const QUBITS = 4;
const RUNS = { numRuns: 40, seed: 71 };

const qubitLists = fc.uniqueArray(fc.nat(QUBITS - 1), { minLength: QUBITS, maxLength: QUBITS });
const angle = fc.double({ min: -7, max: 7, noNaN: true });
const gate: fc.Arbitrary<AppliedGate> = fc.oneof(
  fc.tuple(fc.constantFrom('h', 't', 'y', 'sx'), qubitLists).map(([name, qubits]) => ({ name, parameters: [], qubits: qubits.slice(0, 1) })),
  fc.tuple(fc.constantFrom('rx', 'rz', 'ry'), angle, qubitLists).map(([name, theta, qubits]) => ({ name, parameters: [theta], qubits: qubits.slice(0, 1) })),
  fc.tuple(fc.constantFrom('cx', 'cy', 'swap'), qubitLists).map(([name, qubits]) => ({ name, parameters: [], qubits: qubits.slice(0, 2) })),
  fc.tuple(fc.constantFrom('crz', 'rxx', 'cu1'), angle, qubitLists).map(([name, theta, qubits]) => ({ name, parameters: [theta], qubits: qubits.slice(0, 2) })),
);
const circuit = fc.array(gate, { minLength: 5, maxLength: 25 });
const pauliString: fc.Arbitrary<PauliString> = fc.array(fc.constantFrom('I', 'X', 'Y', 'Z'), { minLength: QUBITS, maxLength: QUBITS })
  .map((operators) => new Map(operators.flatMap((operator, qubit) => (operator === 'I' ? [] : [[qubit, operator as 'X' | 'Y' | 'Z'] as const]))));

function both(gates: readonly AppliedGate[]): { density: DensityState; vector: PlainState } {
  const [density, vector] = [new DensityState(QUBITS, 'double'), new PlainState(QUBITS, 'double')];
  for (const applied of gates) {
    density.apply(applied);
    vector.apply(applied);
  }
  return { density, vector };
}

function near(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => Math.abs(value - b[i]!) < 1e-12);
}

describe('a density matrix', () => {
  it('has what is read off the state vector, as long as nothing mixes it', () => {
    fc.assert(fc.property(circuit, qubitLists, fc.integer({ min: 1, max: QUBITS }), pauliString, (gates, order, count, pauli) => {
      const { density, vector } = both(gates);
      const qubits = order.slice(0, count);
      assert.ok(near(density.probabilities(qubits), vector.probabilities(qubits)));
      assert.ok(near(density.reducedDensityMatrix(qubits), vector.reducedDensityMatrix(qubits)));
      assert.ok(near([density.expectation(pauli)], [vector.expectation(pauli)]));
    }), RUNS);
  });

  it('goes through measurements as it does', () => {
    fc.assert(fc.property(circuit, circuit, fc.nat(QUBITS - 1), fc.boolean(), (before, after, qubit, one) => {
      const { density, vector } = both(before);
      const weights = vector.outcomeWeights(qubit);
      assert.ok(near(density.outcomeWeights(qubit), weights));
      const outcome = weights[one ? 1 : 0] > 0.25 ? (one ? 1 : 0) : one ? 0 : 1;
      for (const state of [density, vector]) {
        state.collapse(qubit, outcome, weights[outcome]);
        after.forEach((applied) => state.apply(applied));
      }
      assert.ok(near(density.reducedDensityMatrix([0, 1, 2, 3]), vector.reducedDensityMatrix([0, 1, 2, 3])));
    }), RUNS);
  });

  it('mixes by noise: a Bell pair between depolarised qubits knows nothing', () => {
    const { density } = both([{ name: 'h', parameters: [], qubits: [0] }, { name: 'cx', parameters: [], qubits: [0, 3] }]);
    density.applyChannel(placeChannel(channelRecord('two-qubit-depolarizing'), { probability: 1 }, [3, 0]));
    assert.ok(near(density.probabilities([0, 3]), [0.25, 0.25, 0.25, 0.25]));
    assert.ok(near([density.expectation(new Map([[0, 'X'], [3, 'X']]))], [0]));
    assert.equal(density.amplitudes(), null);
  });

  it('copies, assigns and clears', () => {
    const { density } = both([{ name: 'h', parameters: [], qubits: [1] }]);
    const copy = density.copy();
    copy.collapse(1, 1, 0.5);
    assert.ok(near(copy.outcomeWeights(1), [0, 1]));
    assert.ok(near(density.outcomeWeights(1), [0.5, 0.5]));
    density.assign(copy);
    assert.ok(near(density.outcomeWeights(1), [0, 1]));
    density.clear();
    assert.ok(near(density.outcomeWeights(1), [1, 0]));
  });
});
