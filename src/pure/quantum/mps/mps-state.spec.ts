import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppliedGate } from '../methods/quantum-state.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import { estimate, simulate } from '../simulate.js';
import { PlainState } from '../statevector/plain-state.js';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';
import { MatrixProductState } from './mps-state.js';

const SEED = 20261122;
const EXACT = { weightMax: 1e-16, bondMax: 256 };

function near(a: ArrayLike<number>, b: ArrayLike<number>, margin = 1e-6): boolean {
  return a.length === b.length && Array.from(a).every((value, k) => Math.abs(value - b[k]!) < margin);
}

function both(qubits: number, gates: readonly AppliedGate[]): readonly [MatrixProductState, PlainState] {
  const states = [new MatrixProductState(qubits, EXACT, 0n), new PlainState(qubits, 'double')] as const;
  for (const gate of gates) for (const state of states) state.apply(gate);
  return states;
}

function overlap(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}

describe('a matrix product state', () => {
  it('ends where the state vector does, phase included, on random circuits of 1 to 7 qubits', () => {
    const random = seeded(SEED);
    for (let trial = 0; trial < 28; trial++) {
      const qubits = 1 + (trial % 7);
      const [chain, plain] = both(qubits, randomCircuit(random, qubits, 10 + random.below(30)));
      const deviation = Math.abs(1 - overlap(chain.amplitudes(), plain.amplitudes()));
      assert.ok(deviation < 1e-11, `seed ${SEED}, trial ${trial}: ${deviation}`);
      assert.ok(chain.discardedWeight < 1e-12);
    }
  });

  it('measures, collapses, is copied and goes on like the state vector', () => {
    const random = seeded(SEED + 1);
    for (let trial = 0; trial < 6; trial++) {
      const states = both(5, randomCircuit(random, 5, 15));
      for (let round = 0; round < 3; round++) {
        const qubit = random.below(5);
        const weights = states[1].outcomeWeights(qubit);
        assert.ok(near(states[0].outcomeWeights(qubit), weights));
        const outcome = weights[1] > weights[0] ? 1 : 0;
        for (const state of states) state.collapse(qubit, outcome, state.outcomeWeights(qubit)[outcome]);
        for (const gate of randomCircuit(random, 5, 8)) for (const state of states) state.apply(gate);
      }
      assert.ok(near(states[0].copy().amplitudes(), states[1].amplitudes()), `seed ${SEED + 1}, trial ${trial}`);
      states[0].clear();
      assert.deepEqual([...states[0].probabilities([0, 1])], [1, 0, 0, 0]);
    }
  });

  it('has its probabilities, expectations and reduced density matrices', () => {
    const random = seeded(SEED + 2);
    for (let trial = 0; trial < 8; trial++) {
      const [chain, plain] = both(6, randomCircuit(random, 6, 25));
      const qubits = random.places(6, 3);
      assert.ok(near(chain.probabilities(qubits), plain.probabilities(qubits)));
      assert.ok(near(chain.reducedDensityMatrix(qubits), plain.reducedDensityMatrix(qubits)));
      const pauli = new Map(random.places(6, 4).map((qubit) => [qubit, (['X', 'Y', 'Z'] as const)[random.below(3)]!]));
      assert.ok(near([chain.expectation(pauli)], [plain.expectation(pauli)]));
    }
  });

  it('gives shot k the same outcome whatever range it is drawn in, with the probabilities of the state', () => {
    const [chain] = both(5, randomCircuit(seeded(SEED + 3), 5, 30));
    const draw = (first: number, count: number) => {
      const outcomes: number[] = [];
      chain.sample([4, 0, 2], { first, count, seed: 7 }, { wantsShots: true, add: (bits, _, shots) => {
        for (const shot of Array.from(shots!)) outcomes[shot] = bits[0]! | (bits[1]! << 1) | (bits[2]! << 2);
        return true;
      } });
      return outcomes;
    };
    const whole = draw(0, 10_000);
    assert.deepEqual(whole, [...draw(0, 3000), ...draw(3000, 7000).slice(3000)]);
    // 7 degrees of freedom: above 30 once in 10,000 runs; the seed is fixed.
    const statistic = chain.probabilities([4, 0, 2]).reduce((sum, probability, value) => {
      const count = whole.filter((outcome) => outcome === value).length;
      return probability < 1e-12 ? sum + count : sum + (count - 10_000 * probability) ** 2 / (10_000 * probability);
    }, 0);
    assert.ok(statistic < 30, `chi-square ${statistic}`);
  });

  it('says how much it has cut off, which is what the fidelity lacks', () => {
    const gates = [{ name: 'ry', parameters: [0.6], qubits: [0] }, { name: 'cx', parameters: [], qubits: [0, 3] }, { name: 'cx', parameters: [], qubits: [0, 1] }];
    const [, plain] = both(4, gates);
    const narrow = new MatrixProductState(4, { weightMax: 1e-16, bondMax: 1 }, 0n);
    for (const gate of gates) narrow.apply(gate);
    assert.equal(narrow.widestBond, 1);
    assert.ok(Math.abs(narrow.discardedWeight - Math.sin(0.3) ** 2) < 1e-12, `lost ${narrow.discardedWeight}`);
    assert.ok(Math.abs(1 - overlap(narrow.amplitudes(), plain.amplitudes()) ** 2 - narrow.discardedWeight) < 1e-12);
  });
});

function circuitOf(body: string) {
  const parsed = parseOpenQasm2(`OPENQASM 2.0; include "qelib1.inc"; ${body}`);
  assert.ok(parsed.ok);
  return parsed.circuit;
}

describe('choosing the matrix product state', () => {
  // Every qubit in superposition, neighbours entangled twice by angles that are no Clifford's.
  const chain = ['qreg q[60]; creg c[60];', ...Array.from({ length: 60 }, (_, q) => `ry(${0.3 + 0.02 * q}) q[${q}];`),
    ...[0, 1].flatMap((layer) => Array.from({ length: 59 }, (_, q) => `cx q[${q}],q[${q + 1}]; ry(${0.2 + layer}) q[${q + 1}];`)), 'measure q->c;'].join('\n');

  it('is automatic for 60 qubits that nothing else finishes', () => {
    assert.equal(estimate(circuitOf(chain), 'double').method, 'matrix-product-state');
    const run = simulate(circuitOf(chain), { shots: 50, seed: 3, precision: 'double' });
    assert.ok(typeof run !== 'string');
    assert.equal(run.method, 'matrix-product-state');
    assert.ok(run.discardedWeight! < 1e-12);
    const half = simulate(circuitOf(chain), { shots: 20, firstShot: 30, seed: 3, precision: 'double' });
    assert.ok(typeof half !== 'string');
    for (const [outcome, count] of Object.entries(half.counts)) assert.ok(run.counts[outcome]! >= count);
  });

  it('is not where entanglement grows', () => {
    const layers = Array.from({ length: 40 }, (_, layer) => Array.from({ length: 39 }, (_, q) => `cx q[${q}],q[${q + 1}]; rx(${0.1 + layer}) q[${q}];`)).flat();
    assert.notEqual(estimate(circuitOf(`qreg q[40]; creg c[40]; h q; ${layers.join(' ')} measure q->c;`), 'double').method, 'matrix-product-state');
  });
});
