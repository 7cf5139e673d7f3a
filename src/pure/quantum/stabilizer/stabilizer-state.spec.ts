import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AppliedGate, PauliString } from '../methods/quantum-state.js';
import { PlainState } from '../statevector/plain-state.js';
import { StabilizerState } from './stabilizer-state.js';

const QUBITS = 6;
const RUNS = { numRuns: 150 };
const TURNS = [0, 1, 2, 3, -1].map((turns) => turns * Math.PI / 2);

const qubitLists = fc.uniqueArray(fc.nat(QUBITS - 1), { minLength: QUBITS, maxLength: QUBITS });
const cliffordGate: fc.Arbitrary<AppliedGate> = fc.oneof(
  fc.tuple(fc.constantFrom('h', 's', 'sdg', 'x', 'y', 'z', 'sx', 'sxdg'), qubitLists).map(([name, qubits]) => ({ name, parameters: [], qubits: qubits.slice(0, 1) })),
  fc.tuple(fc.constantFrom('cx', 'cz', 'cy', 'swap'), qubitLists).map(([name, qubits]) => ({ name, parameters: [], qubits: qubits.slice(0, 2) })),
  fc.tuple(fc.constantFrom('rz', 'rx', 'ry', 'p'), fc.constantFrom(...TURNS), qubitLists).map(([name, angle, qubits]) => ({ name, parameters: [angle], qubits: qubits.slice(0, 1) })),
  fc.tuple(fc.constantFrom('rzz', 'rxx'), fc.constantFrom(...TURNS), qubitLists).map(([name, angle, qubits]) => ({ name, parameters: [angle], qubits: qubits.slice(0, 2) })),
);
const cliffordCircuit = fc.array(cliffordGate, { minLength: 5, maxLength: 60 });
const pauliString: fc.Arbitrary<PauliString> = fc.array(fc.constantFrom('I', 'X', 'Y', 'Z'), { minLength: QUBITS, maxLength: QUBITS })
  .map((operators) => new Map(operators.flatMap((operator, qubit) => (operator === 'I' ? [] : [[qubit, operator as 'X' | 'Y' | 'Z'] as const]))));

function both(circuit: readonly AppliedGate[], measuresOnTheWay = false): { stabilizer: StabilizerState; vector: PlainState } {
  const [stabilizer, vector] = [new StabilizerState(QUBITS, measuresOnTheWay), new PlainState(QUBITS, 'double')];
  for (const gate of circuit) {
    stabilizer.apply(gate);
    vector.apply(gate);
  }
  return { stabilizer, vector };
}

function near(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => Math.abs(value - b[i]!) < 1e-12);
}

describe('a stabilizer state', () => {
  it('has the probabilities of the state vector, over all qubits and over some', () => {
    fc.assert(fc.property(cliffordCircuit, qubitLists, fc.integer({ min: 1, max: QUBITS }), (circuit, order, count) => {
      const { stabilizer, vector } = both(circuit);
      const qubits = order.slice(0, count);
      assert.ok(near(stabilizer.probabilities(qubits), vector.probabilities(qubits)));
    }), RUNS);
  });

  it('has its expectations', () => {
    fc.assert(fc.property(cliffordCircuit, fc.array(pauliString, { minLength: 8, maxLength: 8 }), (circuit, strings) => {
      const { stabilizer, vector } = both(circuit);
      for (const pauli of strings) assert.ok(Math.abs(stabilizer.expectation(pauli) - vector.expectation(pauli)) < 1e-12);
      // Strings that are in the group are rare among random ones: the images of Z are all of them.
    }), RUNS);
  });

  it('has its reduced density matrices', () => {
    fc.assert(fc.property(cliffordCircuit, qubitLists, (circuit, order) => {
      const { stabilizer, vector } = both(circuit);
      assert.ok(near(stabilizer.reducedDensityMatrix(order.slice(0, 2)), vector.reducedDensityMatrix(order.slice(0, 2))));
    }), RUNS);
  });

  it('goes through measurements as it does, certain ones and uncertain ones, and through gates after them', () => {
    const step = fc.oneof({ weight: 4, arbitrary: cliffordGate }, { weight: 1, arbitrary: fc.record({ measured: fc.nat(QUBITS - 1), outcome: fc.constantFrom(0 as const, 1 as const) }) });
    fc.assert(fc.property(cliffordCircuit, fc.array(step, { maxLength: 40 }), (prepare, steps) => {
      const { stabilizer, vector } = both(prepare, true);
      for (const next of steps) {
        if ('name' in next) {
          stabilizer.apply(next);
          vector.apply(next);
          continue;
        }
        const weights = vector.outcomeWeights(next.measured);
        assert.ok(near(stabilizer.outcomeWeights(next.measured), weights));
        const outcome = weights[next.outcome] > 0.25 ? next.outcome : next.outcome === 0 ? 1 : 0;
        stabilizer.collapse(next.measured, outcome);
        vector.collapse(next.measured, outcome, weights[outcome]);
      }
      const all = Array.from({ length: QUBITS }, (_, qubit) => qubit);
      assert.ok(near(stabilizer.probabilities(all), vector.probabilities(all)));
    }), RUNS);
  });

  it('copies, assigns and clears', () => {
    const { stabilizer } = both([{ name: 'h', parameters: [], qubits: [0] }, { name: 'cx', parameters: [], qubits: [0, 3] }], true);
    const copy = stabilizer.copy();
    copy.collapse(3, 1);
    assert.deepEqual(copy.outcomeWeights(0), [0, 1]);
    assert.deepEqual(stabilizer.outcomeWeights(0), [0.5, 0.5]);
    stabilizer.assign(copy);
    assert.deepEqual(stabilizer.outcomeWeights(0), [0, 1]);
    stabilizer.clear();
    assert.deepEqual(stabilizer.outcomeWeights(0), [1, 0]);
  });

  it('samples every possible outcome of a wide state about equally, and no other', () => {
    const qubits = 70;
    const state = new StabilizerState(qubits, false);
    // Pairs (q, q + 35) are equal; the first ten of them are random, the others 1.
    for (let q = 0; q < 35; q++) {
      state.apply({ name: q < 10 ? 'h' : 'x', parameters: [], qubits: [q] });
      state.apply({ name: 'cx', parameters: [], qubits: [q, q + 35] });
    }
    const seen = new Map<string, number>();
    const all = Array.from({ length: qubits }, (_, qubit) => qubit);
    state.sample(all, { first: 0, count: 20_000, seed: 5 }, { wantsShots: false, add: (bits) => seen.set(bits.join(''), (seen.get(bits.join('')) ?? 0) + 1) !== undefined });
    for (const outcome of seen.keys()) {
      assert.equal(outcome.slice(0, 35), outcome.slice(35));
      assert.equal(outcome.slice(10, 35), '1'.repeat(25));
    }
    // 1024 cells of 19.5 expected: chi-square with 1023 degrees of freedom, five standard deviations.
    const statistic = [...seen.values()].reduce((sum, count) => sum + (count - 20_000 / 1024) ** 2 / (20_000 / 1024), (1024 - seen.size) * (20_000 / 1024));
    assert.ok(Math.abs(statistic - 1023) < 5 * Math.sqrt(2 * 1023), `chi-square ${statistic}`);
  });

  it('gives shot k the same outcome whatever range it is drawn in', () => {
    const { stabilizer } = both(Array.from({ length: QUBITS }, (_, qubit) => ({ name: 'h', parameters: [], qubits: [qubit] })));
    const drawn = (first: number, count: number) => {
      const outcomes: string[] = [];
      stabilizer.sample([0, 1, 2, 3, 4, 5], { first, count, seed: 9 }, { wantsShots: false, add: (bits) => outcomes.push(bits.join('')) > 0 });
      return outcomes;
    };
    assert.deepEqual(drawn(0, 50), [...drawn(0, 20), ...drawn(20, 30)]);
    // More than are drawn together.
    assert.deepEqual(drawn(0, 1500), [...drawn(0, 511), ...drawn(511, 989)]);
  });

  it('refuses a gate that is not Clifford', () => {
    assert.throws(() => new StabilizerState(1, false).apply({ name: 't', parameters: [], qubits: [0] }), RangeError);
  });
});
