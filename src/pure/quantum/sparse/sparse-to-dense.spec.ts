import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppliedGate } from '../methods/quantum-state.js';
import { NOISELESS } from '../noise/noise-model.js';
import { COUNTS_ONLY } from '../outputs/output-request.js';
import { profileOf } from '../methods/circuit-profile.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import { planExecution } from '../sampling/execution-plan.js';
import type { SimulationOptions } from '../simulate.js';
import { estimate, simulate } from '../simulate.js';
import { PlainState } from '../statevector/plain-state.js';
import { grover } from '../../../../test/bench/circuits.js';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';
import { SPARSE } from './sparse-method.js';
import { SPARSE_TO_DENSE } from './sparse-to-dense-method.js';
import { SparseState } from './sparse-state.js';
import { SparseToDenseState } from './sparse-to-dense-state.js';
import { takeTrial } from './support-trial.js';

const SEED = 20261124;

/** Rotations of every qubit, entangled: nothing is zero after them. */
function spread(qubits: number, layers: number): string {
  const each = (statement: (k: number) => string) => Array.from({ length: qubits }, (_, k) => statement(k)).join(' ');
  return Array.from({ length: layers }, (_, layer) => each((k) => `ry(${0.3 + 0.1 * ((k + layer) % 7)}) q[${k}];`) + each((k) => (k + 1 < qubits ? `cz q[${k}],q[${k + 1}];` : ''))).join('\n');
}

/** A search over nine qubits with seven ancillas, and then a transform of all of them. */
const LATE = grover(9, 4).source.replace('measure', `${spread(16, 3)} measure`);
/** As many gates on nine qubits, and the same transform. */
const NARROW = `include "qelib1.inc"; qreg q[16]; creg c[16]; ${spread(9, 60)} ${spread(16, 3)} measure q->c;`;

function circuitOf(source: string) {
  const parsed = parseOpenQasm2(source);
  assert.ok(parsed.ok);
  return parsed.circuit;
}

function run(source: string, options: Partial<SimulationOptions> = {}) {
  const result = simulate(circuitOf(source), { shots: 2000, seed: 5, precision: 'double', ...options });
  assert.ok(typeof result !== 'string');
  return result;
}

function profileFor(source: string) {
  return profileOf(planExecution(circuitOf(source), NOISELESS), COUNTS_ONLY);
}

function near(a: ArrayLike<number>, b: ArrayLike<number>, errorMax: number): boolean {
  return a.length === b.length && Array.from(a).every((value, k) => Math.abs(value - b[k]!) < errorMax);
}

describe('a run that begins with few amplitudes and ends with all', () => {
  it('is chosen, says so, and ends where the plain state vector does in either precision', () => {
    assert.equal(estimate(circuitOf(LATE), 'double').method, 'sparse-to-dense');
    const plain = new PlainState(16, 'double');
    for (const operation of circuitOf(LATE).operations) if (operation.kind === 'gate') plain.apply(operation);
    const outputs = { ...COUNTS_ONLY, statevector: true };
    for (const [precision, errorMax] of [['double', 1e-10], ['single', 1e-5]] as const) {
      const { method, statevector } = run(LATE, { precision, outputs });
      assert.equal(method, 'sparse-to-dense');
      const bytes = Buffer.from(statevector!.base64, 'base64');
      assert.ok(near(Float64Array.from({ length: 2 ** 17 }, (_, k) => bytes.readDoubleLE(8 * k)), plain.amplitudes(), errorMax), precision);
    }
  });

  it('has the same outcomes when it is asked for by name, and in a repeated run', () => {
    const { counts } = run(LATE);
    assert.deepEqual(run(LATE).counts, counts);
    const named = run(LATE, { method: 'sparse-to-dense' });
    assert.deepEqual([named.method, named.counts], ['sparse-to-dense', counts]);
  });

  it('is not chosen where a state vector begins with as few, nor where nothing spreads', () => {
    assert.equal(estimate(circuitOf(NARROW), 'double').method, 'statevector');
    assert.equal(estimate(circuitOf(grover(9, 4).source), 'double').method, 'sparse');
    assert.equal(estimate(circuitOf(grover(9, 1).source.replace('measure', `${spread(16, 30)} measure`)), 'double').method, 'statevector');
  });
});

describe('a state that goes over', () => {
  const step = (name: string, qubits: readonly number[], ...parameters: readonly number[]): AppliedGate => ({ name, qubits, parameters });
  const stateOf = (qubits: number, amplitudesMax: number) => new SparseToDenseState(new SparseState(qubits), 0n, amplitudesMax, () => new PlainState(qubits, 'double'));

  it('does so at any gate of a circuit without a trace (seed 20261124)', () => {
    const random = seeded(SEED);
    for (let trial = 0; trial < 20; trial++) {
      const gates = randomCircuit(random, 6, 40);
      const [state, plain] = [stateOf(6, 1 + trial), new PlainState(6, 'double')];
      for (const gate of gates) for (const each of [state, plain]) each.apply(gate);
      assert.ok(near(state.amplitudes()!, plain.amplitudes(), 1e-10), `trial ${trial}`);
    }
  });

  it('measures, is copied, assigned and cleared on either side', () => {
    const state = stateOf(4, 2);
    state.apply(step('h', [0]));
    state.apply(step('cx', [0, 1]));
    const before = state.copy();
    for (const qubit of [2, 3]) state.apply(step('ry', [qubit], 1));
    state.apply(step('cx', [2, 3]));
    const after = state.copy();
    assert.deepEqual([before.isWhole, state.isWhole, after.isWhole], [false, true, true]);
    const [, one] = after.outcomeWeights(1);
    after.collapse(1, 1, one);
    assert.ok(near(after.probabilities([0, 1]), [0, 0, 0, 1], 1e-12));
    assert.ok(near(state.probabilities([0, 1]), [0.5, 0, 0, 0.5], 1e-12));
    after.assign(before);
    assert.equal(after.isWhole, false);
    assert.ok(near(after.probabilities([0, 1, 2]), [0.5, 0, 0, 0.5, 0, 0, 0, 0], 1e-12));
    before.assign(state);
    assert.ok(near(before.amplitudes()!, state.amplitudes()!, 1e-12));
    state.clear();
    assert.deepEqual([state.isWhole, ...state.probabilities([0, 1])], [false, 1, 0, 0, 0]);
  });
});

describe('what an estimate has done of a run', () => {
  it('is gone on with, by the method that it tells of and once', () => {
    const whole = profileFor(grover(9, 4).source);
    assert.ok(Number.isFinite(SPARSE.estimate(whole, 'double').cost));
    const begun = SPARSE.begun!(whole, 'double');
    assert.equal(begun?.steps, whole.steps.length);
    assert.equal(SPARSE.begun!(whole, 'double'), null);
    const late = profileFor(LATE);
    assert.ok(SPARSE_TO_DENSE.estimate(late, 'double').cost < SPARSE_TO_DENSE.estimate(profileFor(NARROW), 'double').cost);
    const half = SPARSE_TO_DENSE.begun!(late, 'double');
    assert.ok(half !== null && half.steps < late.steps.length && half.steps > late.steps.length / 2);
    assert.ok((half.state as SparseToDenseState).isWhole);
  });

  it('is not where a circuit measures on its way: a trial follows one history of many', () => {
    const profile = profileFor(`include "qelib1.inc"; qreg q[33]; creg c[33]; h q[0]; measure q[0]->c[0]; reset q[0]; ${Array.from({ length: 32 }, (_, k) => `ccx q[${k}],q[0],q[${k + 1}];`).join('').replaceAll('ccx q[0],q[0],', 'cx q[0],')} t q; measure q->c;`);
    assert.ok(Number.isFinite(SPARSE.estimate(profile, 'double').cost));
    assert.equal(takeTrial(profile), null);
  });

  it('leaves the same counts as a run from the beginning', () => {
    const source = grover(9, 4).source;
    const automatic = run(source);
    const named = run(source, { method: 'sparse' });
    assert.deepEqual([automatic.method, automatic.counts], [named.method, named.counts]);
  });
});
