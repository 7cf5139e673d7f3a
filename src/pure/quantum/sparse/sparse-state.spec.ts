import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppliedGate } from '../methods/quantum-state.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import { estimate, simulate } from '../simulate.js';
import { PlainState } from '../statevector/plain-state.js';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';
import { SupportTooLarge } from './sparse-amplitudes.js';
import { SparseState } from './sparse-state.js';

const SEED = 20261122;

function step(name: string, qubits: readonly number[], ...parameters: readonly number[]): AppliedGate {
  return { name, qubits, parameters };
}

function near(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, k) => Math.abs(value - b[k]!) < 1e-10);
}

function both(qubits: number, gates: readonly AppliedGate[]): readonly [SparseState, PlainState] {
  const states = [new SparseState(qubits, 2 ** 14), new PlainState(qubits, 'double')] as const;
  for (const gate of gates) for (const state of states) state.apply(gate);
  return states;
}

describe('a sparse state', () => {
  it('ends where the state vector does, phase included, on random circuits of 1 to 9 qubits', () => {
    const random = seeded(SEED);
    for (let trial = 0; trial < 45; trial++) {
      const qubits = 1 + (trial % 9);
      const [sparse, plain] = both(qubits, randomCircuit(random, qubits, 20 + random.below(60)));
      assert.ok(near(sparse.amplitudes(), plain.amplitudes()), `seed ${SEED}, trial ${trial}`);
    }
  });

  it('applies a unitary that is stated as a matrix', () => {
    const before = randomCircuit(seeded(SEED + 1), 4, 20);
    const h = Math.SQRT1_2;
    const matrix = Float64Array.of(h, 0, 0, h, 0, h, h, 0);
    const [sparse, plain] = both(4, [...before, { name: 'any', matrix, parameters: [], qubits: [2] }]);
    assert.ok(near(sparse.amplitudes(), plain.amplitudes()));
  });

  it('measures, collapses, is copied and goes on like the state vector', () => {
    const random = seeded(SEED + 2);
    for (let trial = 0; trial < 10; trial++) {
      const states = both(6, randomCircuit(random, 6, 20));
      for (let round = 0; round < 3; round++) {
        const qubit = random.below(6);
        const weights = states[1].outcomeWeights(qubit);
        assert.ok(near(states[0].outcomeWeights(qubit), weights));
        const outcome = weights[1] > weights[0] ? 1 : 0;
        for (const state of states) state.collapse(qubit, outcome, weights[outcome]);
        for (const gate of randomCircuit(random, 6, 10)) for (const state of states) state.apply(gate);
      }
      assert.ok(near(states[0].copy().amplitudes(), states[1].amplitudes()), `seed ${SEED + 2}, trial ${trial}`);
      states[0].clear();
      assert.deepEqual([...states[0].probabilities([0, 1])], [1, 0, 0, 0]);
    }
  });

  it('has its probabilities, expectations and reduced density matrices', () => {
    const random = seeded(SEED + 3);
    for (let trial = 0; trial < 20; trial++) {
      const [sparse, plain] = both(6, randomCircuit(random, 6, 40));
      const qubits = random.places(6, 3);
      assert.ok(near(sparse.probabilities(qubits), plain.probabilities(qubits)));
      assert.ok(near(sparse.reducedDensityMatrix(qubits), plain.reducedDensityMatrix(qubits)));
      const pauli = new Map(random.places(6, 4).map((qubit) => [qubit, (['X', 'Y', 'Z'] as const)[random.below(3)]!]));
      assert.ok(near([sparse.expectation(pauli)], [plain.expectation(pauli)]));
    }
  });

  it('gives shot k the same outcome whatever range it is drawn in, with the probabilities of the state', () => {
    const [sparse] = both(5, randomCircuit(seeded(SEED + 4), 5, 40));
    const draw = (first: number, count: number) => {
      const outcomes: number[] = [];
      sparse.sample([4, 0, 2], { first, count, seed: 7 }, { wantsShots: true, add: (bits, _, shots) => {
        for (const shot of Array.from(shots!)) outcomes[shot] = bits[0]! | (bits[1]! << 1) | (bits[2]! << 2);
        return true;
      } });
      return outcomes;
    };
    const whole = draw(0, 10_000);
    const [left, right] = [draw(0, 3000), draw(3000, 7000)];
    assert.deepEqual(whole, [...left, ...right.slice(3000)]);
    // 7 degrees of freedom: above 30 once in 10,000 runs; the seed is fixed.
    const statistic = sparse.probabilities([4, 0, 2]).reduce((sum, probability, value) => {
      const count = whole.filter((outcome) => outcome === value).length;
      return probability < 1e-12 ? sum + count : sum + (count - 10_000 * probability) ** 2 / (10_000 * probability);
    }, 0);
    assert.ok(statistic < 30, `chi-square ${statistic}`);
  });

  it('forgets an ancilla that is uncomputed, on either side of the word', () => {
    const state = new SparseState(60, 64);
    for (const qubit of [0, 1, 40]) state.apply(step('h', [qubit]));
    for (let k = 0; k < 20; k++) for (const name of ['ccx', 't', 'ccx']) state.apply(step(name, name === 't' ? [20 + 2 * k] : [0, 40, k === 10 ? 41 : 20 + 2 * k === 40 ? 42 : 20 + 2 * k]));
    assert.equal(state.support, 8);
    assert.ok(near(state.probabilities([0, 1, 40]), new Float64Array(8).fill(1 / 8)));
  });

  it('moves keys by a Toffoli gate, however it is written, and makes no amplitude that it drops again', () => {
    const written = [
      step('h', [2]), step('cx', [1, 2]), step('tdg', [2]), step('cx', [0, 2]), step('t', [2]), step('cx', [1, 2]), step('tdg', [2]), step('cx', [0, 2]),
      step('t', [1]), step('t', [2]), step('h', [2]), step('cx', [0, 1]), step('t', [0]), step('tdg', [1]), step('cx', [0, 1]),
    ];
    for (const toffoli of [written, [step('ccx', [0, 1, 2])]]) {
      const state = new SparseState(4, 64);
      const plain = new PlainState(4, 'double');
      for (const gate of [step('ry', [0], 1), step('ry', [1], 2), step('cx', [1, 3]), ...toffoli, step('x', [2]), ...toffoli]) {
        state.apply(gate);
        plain.apply(gate);
        assert.ok(state.stored <= 4);
      }
      assert.ok(near(state.amplitudes(), plain.amplitudes()));
      assert.equal(state.support, 4);
    }
  });

  it('does two gates on a qubit with phases between that come to more than a move', () => {
    const gates = [step('ry', [0], 1), step('cx', [0, 2]), step('ry', [1], 0.4), step('cu1', [0, 1], 0.7), step('cu1', [2, 1], 0.2), step('ry', [1], -0.4), step('cu1', [1, 2], 0.3), step('ry', [1], 0.1)];
    const [sparse, plain] = both(3, gates);
    assert.ok(near(sparse.amplitudes(), plain.amplitudes()));
  });

  it('ends by name where amplitudes become more than it may keep', () => {
    const state = new SparseState(40, 64);
    assert.throws(() => {
      for (let qubit = 0; qubit < 40; qubit++) state.apply(step('h', [qubit]));
      state.outcomeWeights(0);
    }, SupportTooLarge);
  });
});

function circuitOf(body: string) {
  const parsed = parseOpenQasm2(`OPENQASM 2.0; include "qelib1.inc"; ${body}`);
  assert.ok(parsed.ok);
  return parsed.circuit;
}

/** A superposition of eight qubits, copied, rotated by angles that are no Clifford's, over `qubits` of them. */
function fewAmplitudes(qubits: number): string {
  const lines = [`qreg q[${qubits}]; creg c[${qubits}];`];
  for (let q = 0; q < 8; q++) lines.push(`h q[${q}];`);
  for (let q = 8; q < qubits; q++) lines.push(`ccx q[${q - 8}],q[${q - 7}],q[${q}]; cx q[${(q * 5) % q}],q[${q}]; cu1(0.3) q[${q - 3}],q[${q}];`);
  lines.push('t q[3]; measure q->c;');
  return lines.join('\n');
}

describe('choosing the sparse method', () => {
  it('is automatic for 40 qubits that nothing else finishes', () => {
    const circuit = circuitOf(fewAmplitudes(40));
    assert.equal(estimate(circuit, 'double').method, 'sparse');
    const run = simulate(circuit, { shots: 4000, seed: 3, precision: 'double' });
    assert.ok(typeof run !== 'string');
    assert.ok(Object.keys(run.counts).length <= 256 && Object.keys(run.counts).length > 250);
  });

  it('is not for a state that fills its qubits', () => {
    const random = seeded(SEED + 5);
    const body = randomCircuit(random, 20, 300).map(({ name, parameters, qubits }) =>
      `${name}${parameters.length > 0 ? `(${parameters.map((angle) => angle.toFixed(6)).join(',')})` : ''} ${qubits.map((qubit) => `q[${qubit}]`).join(',')};`);
    assert.equal(estimate(circuitOf(`qreg q[20]; creg c[20]; h q; ${body.join(' ')} measure q->c;`), 'double').method, 'statevector');
  });
});
