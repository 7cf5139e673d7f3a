import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATE_TABLE } from '../gates/gate-table.js';
import type { AppliedGate } from '../methods/quantum-state.js';
import { PlainState } from '../statevector/plain-state.js';
import type { Precision } from '../statevector/state-vector.js';
import { DenseState } from './dense-state.js';
import type { Geometry } from './geometry.js';
import { geometryFor } from './geometry.js';
import type { TestRandom } from '../../../../test/property/random-circuits.js';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';

const SEED = 20261122;
const PRECISIONS = ['single', 'double'] as const;
/** Of 1 - fidelity. Single precision drifts in norm and not in direction. */
const INFIDELITY_MAX: Readonly<Record<Precision, number>> = { single: 1e-11, double: 1e-13 };

/** Blocks of a few chunks, so that a dozen qubits take many passes. */
function smallGeometries(precision: Precision): readonly Geometry[] {
  return [{ row: 1, table: 2, block: 3 }, { row: 1, table: 2, block: 4 }, { row: 0, table: 1, block: 3 }, { row: 2, table: 3, block: 5 }].map((bits) => geometryFor(precision, bits));
}

function plainAmplitudes(qubits: number, gates: readonly AppliedGate[]): Float64Array {
  const state = new PlainState(qubits, 'double');
  for (const gate of gates) state.apply(gate);
  return state.amplitudes();
}

function dense(qubits: number, precision: Precision, gates: readonly AppliedGate[], geometry?: Geometry): DenseState {
  const state = new DenseState(qubits, precision, undefined, geometry);
  for (const gate of gates) state.apply(gate);
  return state;
}

/** |⟨a|b⟩|² would forgive a global phase; Re⟨a|b⟩ does not. */
function overlap(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}

function assertSameState(actual: Float64Array, expected: Float64Array, precision: Precision, what: string): void {
  const deviation = 1 - overlap(actual, expected);
  assert.ok(Math.abs(deviation) <= INFIDELITY_MAX[precision], `${what}: 1 - overlap is ${deviation}`);
}

function step(name: string, qubits: readonly number[], ...parameters: readonly number[]): AppliedGate {
  return { name, qubits, parameters };
}

describe('the dense engine', () => {
  for (const precision of PRECISIONS) {
    it(`ends where plain loops do, phase included, on random circuits of 1 to 12 qubits (${precision})`, () => {
      const random = seeded(SEED);
      for (let trial = 0; trial < 60; trial++) {
        const qubits = 1 + (trial % 12);
        const gates = randomCircuit(random, qubits, 20 + random.below(100));
        const geometries = [undefined, ...smallGeometries(precision)];
        const geometry = geometries[trial % geometries.length];
        assertSameState(dense(qubits, precision, gates, geometry).amplitudes(), plainAmplitudes(qubits, gates), precision, `seed ${SEED}, trial ${trial}`);
      }
    });

    it(`does so over more than one block of its own size (${precision})`, () => {
      const gates = randomCircuit(seeded(SEED + 1), 18, 150);
      const state = dense(18, precision, gates);
      assert.ok(state.passes.length > 1);
      assertSameState(state.amplitudes(), plainAmplitudes(18, gates), precision, `seed ${SEED + 1}`);
    });

    it(`knows every gate of the table by its matrix (${precision})`, () => {
      const random = seeded(SEED + 2);
      for (const gate of GATE_TABLE.values()) {
        const before = randomCircuit(random, 6, 12);
        const parameters = gate.parameters.map(() => random.angle());
        const qubits = random.places(6, gate.qubits);
        const named = [...before, step(gate.name, qubits, ...parameters)];
        const stated = [...before, { name: 'stated', matrix: gate.matrix(parameters), parameters: [], qubits }];
        const expected = plainAmplitudes(6, named);
        assertSameState(dense(6, precision, named).amplitudes(), expected, precision, gate.name);
        assertSameState(dense(6, precision, stated).amplitudes(), expected, precision, `${gate.name} as a matrix`);
      }
    });
  }

  it('applies a unitary without any form', () => {
    const random = seeded(SEED + 3);
    for (const size of [1, 2, 3]) {
      const qubits = random.places(5, size);
      // The product of a random circuit over these qubits, column by column.
      const inner = randomCircuit(random, size, 30);
      const matrix = new Float64Array(2 * 4 ** size);
      for (let column = 0; column < 2 ** size; column++) {
        const flips = Array.from({ length: size }, (_, bit) => bit).filter((bit) => (column >> bit) & 1).map((bit) => step('x', [bit]));
        const image = plainAmplitudes(size, [...flips, ...inner]);
        for (let row = 0; row < 2 ** size; row++) matrix.set(image.subarray(2 * row, 2 * row + 2), 2 * (row * 2 ** size + column));
      }
      const gates = [...randomCircuit(random, 5, 20), { name: 'any', matrix, parameters: [], qubits }];
      assertSameState(dense(5, 'double', gates).amplitudes(), plainAmplitudes(5, gates), 'double', `${size} qubits`);
    }
  });

  it('writes no more of a GHZ state than two amplitudes need', () => {
    const gates = [step('h', [0]), ...Array.from({ length: 21 }, (_, k) => step('cx', [k, k + 1]))];
    const state = dense(22, 'single', gates);
    assert.deepEqual(state.passes.map(({ blocks, rotations }) => ({ blocks, rotations })), [{ blocks: 1, rotations: 1 }]);
    const probabilities = state.probabilities([0, 10, 21]);
    assert.ok(Math.abs(probabilities[0]! - 0.5) < 1e-7 && Math.abs(probabilities[7]! - 0.5) < 1e-7);
  });

  it('gives the Fourier transform of a basis state equal weights and the phases of its frequency', () => {
    const [qubits, input] = [10, 5];
    const gates: AppliedGate[] = [step('x', [0]), step('x', [2])];
    for (let j = qubits - 1; j >= 0; j--) {
      gates.push(step('h', [j]));
      for (let k = j - 1; k >= 0; k--) gates.push(step('cp', [k, j], Math.PI / 2 ** (j - k)));
    }
    for (let j = 0; j < qubits >> 1; j++) gates.push(step('swap', [j, qubits - 1 - j]));
    const amplitudes = dense(qubits, 'double', gates, geometryFor('double', { row: 1, table: 2, block: 4 })).amplitudes();
    for (let y = 0; y < 2 ** qubits; y++) {
      const angle = (2 * Math.PI * input * y) / 2 ** qubits;
      assert.ok(Math.abs(amplitudes[2 * y]! * 32 - Math.cos(angle)) < 1e-12);
      assert.ok(Math.abs(amplitudes[2 * y + 1]! * 32 - Math.sin(angle)) < 1e-12);
    }
  });
});

/** Runs gates, measures a qubit for the outcome `wanted`, runs more, on both engines. */
function interrupted(random: TestRandom, precision: Precision, geometry?: Geometry): readonly [DenseState, PlainState] {
  const qubits = 7;
  const states = [new DenseState(qubits, precision, undefined, geometry), new PlainState(qubits, 'double')] as const;
  for (let round = 0; round < 4; round++) {
    const gates = randomCircuit(random, qubits, 15);
    for (const gate of gates) for (const state of states) state.apply(gate);
    const qubit = random.below(qubits);
    const [ours, theirs] = [states[0].outcomeWeights(qubit), states[1].outcomeWeights(qubit)];
    assert.ok(Math.abs(ours[0] - theirs[0]) < 1e-5 && Math.abs(ours[1] - theirs[1]) < 1e-5, `weights ${ours} and ${theirs}`);
    const outcome = theirs[1] > theirs[0] ? 1 : 0;
    states[0].collapse(qubit, outcome, ours[outcome]);
    states[1].collapse(qubit, outcome, theirs[outcome]);
  }
  for (const gate of randomCircuit(random, qubits, 15)) for (const state of states) state.apply(gate);
  return states;
}

describe('a dense state in the middle of a circuit', () => {
  for (const precision of PRECISIONS) {
    it(`measures, collapses and goes on like plain loops (${precision})`, () => {
      const random = seeded(SEED + 4);
      for (const geometry of [undefined, ...smallGeometries(precision)]) {
        const [ours, theirs] = interrupted(random, precision, geometry);
        assertSameState(ours.amplitudes(), theirs.amplitudes(), precision, `seed ${SEED + 4}`);
      }
    });
  }

  it('is copied, goes its own way, takes another’s place and begins again', () => {
    const random = seeded(SEED + 5);
    const [first, second, third] = [1, 2, 3].map(() => randomCircuit(random, 6, 25)) as [AppliedGate[], AppliedGate[], AppliedGate[]];
    const state = dense(6, 'double', first);
    const copy = state.copy();
    for (const gate of second) copy.apply(gate);
    assertSameState(copy.amplitudes(), plainAmplitudes(6, [...first, ...second]), 'double', 'copy');
    assertSameState(state.amplitudes(), plainAmplitudes(6, first), 'double', 'original');
    state.assign(copy);
    for (const gate of third) state.apply(gate);
    assertSameState(state.amplitudes(), plainAmplitudes(6, [...first, ...second, ...third]), 'double', 'assigned');
    state.clear();
    for (const gate of third) state.apply(gate);
    assertSameState(state.amplitudes(), plainAmplitudes(6, third), 'double', 'cleared');
  });
});

describe('reading a dense state', () => {
  for (const precision of PRECISIONS) {
    it(`gives probabilities, expectations and reduced density matrices as plain loops do (${precision})`, () => {
      const random = seeded(SEED + 6);
      for (const geometry of smallGeometries(precision)) {
        const [ours, theirs] = interrupted(random, precision, geometry);
        const near = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).every((value, k) => Math.abs(value - b[k]!) < 2e-6);
        const qubits = random.places(7, 3);
        assert.ok(near(ours.probabilities(qubits), theirs.probabilities(qubits)));
        assert.ok(near(ours.reducedDensityMatrix(qubits), theirs.reducedDensityMatrix(qubits)));
        const pauli = new Map(random.places(7, 4).map((qubit) => [qubit, (['X', 'Y', 'Z'] as const)[random.below(3)]!]));
        assert.ok(near([ours.expectation(pauli)], [theirs.expectation(pauli)]));
      }
    });

    it(`draws outcomes with their probabilities, and each shot the same however they are split (${precision})`, () => {
      const random = seeded(SEED + 7);
      const gates = randomCircuit(random, 9, 80);
      const state = dense(9, precision, gates, smallGeometries(precision)[0]);
      const qubits = [3, 0, 7, 8];
      const draw = (first: number, count: number) => {
        const shotsOf = new Map<number, number>();
        state.sample(qubits, { first, count, seed: 11 }, { wantsShots: true, add: (bits, _, shots) => {
          const value = bits.reduce((sum, bit, j) => sum | (bit << j), 0);
          for (const shot of Array.from(shots!)) shotsOf.set(shot, value);
          return true;
        } });
        return shotsOf;
      };
      const shots = 20_000;
      const whole = draw(0, shots);
      assert.deepEqual(new Map([...draw(0, 7000), ...draw(7000, shots - 7000)].sort(([a], [b]) => a - b)), new Map([...whole].sort(([a], [b]) => a - b)));
      const probabilities = plainProbabilities(gates, qubits);
      // Chi-square of 15 degrees of freedom exceeds 44 by chance once in 10,000 runs; the seed is fixed.
      let chiSquare = 0;
      for (let value = 0; value < 16; value++) {
        const expected = shots * probabilities[value]!;
        const count = [...whole.values()].filter((other) => other === value).length;
        if (expected > 0) chiSquare += (count - expected) ** 2 / expected;
        else assert.equal(count, 0);
      }
      assert.ok(chiSquare < 44, `chi-square ${chiSquare}`);
    });
  }
});

function plainProbabilities(gates: readonly AppliedGate[], qubits: readonly number[]): Float64Array {
  const state = new PlainState(9, 'double');
  for (const gate of gates) state.apply(gate);
  return state.probabilities(qubits);
}

describe('pitfalls', () => {
  it('a Hadamard is a rotation and leaves no rounding where zeros belong', () => {
    const gates = Array.from({ length: 40 }, () => [0, 1, 2].map((qubit) => step('h', [qubit]))).flat();
    const amplitudes = dense(3, 'single', [...gates, step('h', [0])]).amplitudes();
    assert.ok(amplitudes.subarray(4).every((value) => value === 0));
  });

  it('scales of hundreds of rotations without a phase between them do not leave the range of single precision', () => {
    const gates = Array.from({ length: 300 }, (_, k) => [step('ry', [k % 3], 1.5), step('cx', [k % 3, (k + 1) % 3]), step('ry', [(k + 1) % 3], 1.4)]).flat();
    assertSameState(dense(3, 'single', gates).amplitudes(), plainAmplitudes(3, gates), 'single', 'rotations');
  });

  it('residues of uncomputed ancillas do not become denormal', () => {
    const toffoli = [0, 1, 2, 3].flatMap((k) => [step('ccx', [k, k + 1, k + 5]), step('t', [k + 5]), step('ccx', [k, k + 1, k + 5])]);
    const state = dense(9, 'single', [...[0, 1, 2, 3, 4].map((qubit) => step('h', [qubit])), ...Array.from({ length: 8 }, () => toffoli).flat()], geometryFor('single', { row: 0, table: 1, block: 3 }));
    state.amplitudes();
    const reals = new Float32Array(state.storedBytes().slice().buffer);
    assert.equal(reals.filter((value) => value !== 0 && Math.abs(value) < 1.2e-38).length, 0);
  });
});

