import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFollows } from '../../../../test/harness/chi-square.js';
import type { Circuit } from '../circuit/circuit.js';
import { parseOutputs } from '../outputs/output-request.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import type { SimulationOptions, SimulationResult } from '../simulate.js';
import { estimate, refusalOf, simulate } from '../simulate.js';
import type { NoiseModel } from './noise-model.js';
import { parseNoise } from './noise-model.js';

const SEED = 7;

function circuitOf(statements: string): Circuit {
  const parsed = parseOpenQasm2(`include "qelib1.inc"; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.circuit;
}

function noiseOf(value: unknown, declared = 3): NoiseModel {
  const parsed = parseNoise(value, declared);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.refusal.pointer}: ${parsed.refusal.message}`);
  return parsed.value;
}

function run(statements: string, noise: unknown, over: Partial<SimulationOptions> = {}, outputs?: unknown): SimulationResult {
  const circuit = circuitOf(statements);
  const asked = parseOutputs(outputs, circuit.qubits);
  assert.ok(asked.ok);
  const result = simulate(circuit, { shots: 2000, seed: SEED, precision: 'double', noise: noiseOf(noise, circuit.qubits), outputs: asked.outputs, ...over });
  assert.ok(typeof result !== 'string', String(result));
  return result;
}

const CIRCUIT = 'qreg q[3]; creg c[3]; h q[0]; ry(1.1) q[1]; cx q[0],q[1]; t q[1]; rx(0.7) q[2]; cx q[1],q[2]; ry(0.4) q[0];';
const MEASURED = `${CIRCUIT} measure q->c;`;
/** One model for each kind of channel that trajectories treat differently, and one of all together. */
const MODELS = {
  pauli: { channels: [{ type: 'depolarizing', probability: 0.1 }, { type: 'two-qubit-depolarizing', probability: 0.2 }, { type: 'phase-damping', lambda: 0.3 }] },
  damping: { channels: [{ type: 'amplitude-damping', gamma: 0.2 }] },
  thermal: { channels: [{ type: 'thermal-relaxation', t1: 10, t2: 8, gateTime: 3, qubits: [0, 2] }, { type: 'bit-flip', probability: 0.1, gates: ['cx'] }] },
};

describe(`noise in a run (seed ${SEED})`, () => {
  for (const [name, model] of Object.entries(MODELS)) {
    it(`drawn for each shot, follows the density matrix (${name})`, () => {
      const { values } = run(CIRCUIT, model, { method: 'density-matrix' }, [{ probabilities: [0, 1, 2] }]).probabilities![0]!;
      for (const method of ['trajectories', 'density-matrix'] as const) {
        assertFollows(run(MEASURED, model, { method, shots: 20_000 }).counts, values, 20_000);
      }
    });

    it(`gives the same counts however the shots are split (${name})`, () => {
      for (const [method, program] of [['trajectories', MEASURED], ['density-matrix', MEASURED], ['trajectories', MEASURED.replace('t q[1];', 'reset q[0]; h q[0];')]] as const) {
        const noisy = { ...model, readout: [{ p01: 0.1, p10: 0.2 }] };
        const whole = run(program, noisy, { method, shots: 60 }).counts;
        for (const part of [1, 25]) {
          const sum: Record<string, number> = {};
          for (let firstShot = 0; firstShot < 60; firstShot += part) {
            const { counts } = run(program, noisy, { method, firstShot, shots: Math.min(part, 60 - firstShot) });
            for (const [bits, count] of Object.entries(counts)) sum[bits] = (sum[bits] ?? 0) + count;
          }
          assert.deepEqual(sum, { ...whole });
        }
      }
    });
  }

  it('without any channel that acts is the run without noise', () => {
    const idle = { channels: [{ type: 'amplitude-damping', gamma: 0 }, { type: 'bit-flip', probability: 0 }, { type: 'bit-flip', probability: 1, gates: ['ccx'] }] };
    assert.deepEqual(run(MEASURED, idle), run(MEASURED, undefined));
  });

  it('acts after the gates and on the qubits that a rule names', () => {
    const certain = (members: object) => ({ channels: [{ type: 'bit-flip', probability: 1, ...members }] });
    const counts = (noise: unknown) => run('qreg q[3]; creg c[3]; x q[0]; cx q[0],q[1]; measure q->c;', noise).counts;
    // Every flip is certain: q[0] is 1, then 0, then 1; q[1] is 0, then 1.
    assert.deepEqual({ ...counts(certain({})) }, { '011': 2000 });
    assert.deepEqual({ ...counts(certain({ gates: ['x'] })) }, { '000': 2000 });
    assert.deepEqual({ ...counts(certain({ gates: ['cx'] })) }, { '000': 2000 });
    assert.deepEqual({ ...counts(certain({ gates: ['cx'], qubits: [1, 2] })) }, { '001': 2000 });
    assert.deepEqual({ ...counts(certain({ gates: ['h'] })) }, { '011': 2000 });
  });

  it('reaches qubits that only idle, where a rule names the idling', () => {
    const program = 'qreg q[2]; creg c[2]; id q[1]; measure q->c;';
    assert.deepEqual({ ...run(program, { channels: [{ type: 'bit-flip', probability: 1, gates: ['id'] }] }).counts }, { '10': 2000 });
    assert.deepEqual({ ...run(program, { channels: [{ type: 'bit-flip', probability: 1, gates: ['x'] }] }).counts }, { '00': 2000 });
  });

  it('follows a gate under the condition of the gate', () => {
    const program = 'qreg q[2]; creg c[1]; creg d[1]; h q[0]; measure q[0]->c[0]; if(c==1) z q[1]; measure q[1]->d[0];';
    for (const method of ['trajectories', 'density-matrix'] as const) {
      const { counts } = run(program, { channels: [{ type: 'bit-flip', probability: 1, gates: ['z'] }] }, { method });
      assert.deepEqual(Object.keys(counts).sort(), ['00', '11']);
    }
  });

  it('decays to nothing and loses no shot, however long it acts', () => {
    const { counts } = run(`qreg q[1]; creg c[1]; x q[0]; ${'z q[0];'.repeat(3000)} measure q->c;`, { channels: [{ type: 'amplitude-damping', gamma: 0.5 }] }, { method: 'trajectories', shots: 30, precision: 'single' });
    assert.deepEqual({ ...counts }, { 0: 30 });
  });

  it('keeps the same counts with the outcome of every shot', () => {
    const { counts, memory } = run(MEASURED, { ...MODELS.pauli, readout: [{ p01: 0.1, p10: 0.1 }] }, { method: 'trajectories', shots: 300 }, ['counts', 'memory']);
    const sum: Record<string, number> = {};
    for (const outcome of memory!) sum[outcome] = (sum[outcome] ?? 0) + 1;
    assert.deepEqual(sum, { ...counts });
  });
});

describe('readout errors', () => {
  const readout = [{ p01: 0.1, p10: 0.3 }, { p01: 0, p10: 0.5, qubits: [1] }];
  /** q[0] is 1, q[1] is 1, q[2] is 0 and nothing touches it. */
  const expected = { '011': 0.7 * 0.5 * 0.9, '010': 0.3 * 0.5 * 0.9, '001': 0.7 * 0.5 * 0.9, '000': 0.3 * 0.5 * 0.9, '111': 0.7 * 0.5 * 0.1, '110': 0.3 * 0.5 * 0.1, '101': 0.7 * 0.5 * 0.1, '100': 0.3 * 0.5 * 0.1 };

  for (const [what, program] of [
    ['at the end', 'x q[0]; x q[1]; measure q->c;'],
    ['on the way', 'x q[0]; x q[1]; measure q->c; x q[0];'],
  ] as const) {
    it(`flip what a measurement tells (${what})`, () => {
      assertFollows(run(`qreg q[3]; creg c[3]; ${program}`, { readout }, { shots: 20_000 }).counts, expected, 20_000);
    });
  }

  it('leave the state as it is, and every measurement errs by itself', () => {
    const { counts } = run('qreg q[1]; creg c[3]; x q[0]; measure q[0]->c[0]; measure q[0]->c[1]; h q[0]; h q[0]; measure q[0]->c[2];', { readout: [{ p01: 0, p10: 0.5 }] }, { shots: 20_000 });
    assertFollows(counts, Object.fromEntries(Array.from({ length: 8 }, (_, bits) => [bits.toString(2).padStart(3, '0'), 1 / 8])), 20_000);
  });

  it('steer what is conditioned on the bit', () => {
    assert.deepEqual({ ...run('qreg q[2]; creg c[1]; creg d[1]; x q[0]; measure q[0]->c[0]; if(c==0) x q[1]; measure q[1]->d[0];', { readout: [{ qubits: [0], p01: 0, p10: 1 }] }).counts }, { '10': 2000 });
  });

  it('need no other method than the circuit without them', () => {
    assert.equal(run('qreg q[40]; creg c[40]; h q; measure q->c;', { readout }, { shots: 10 }).method, 'stabilizer');
  });
});

describe('the choice of a method for noise', () => {
  const layers = (qubits: number, gates: string) => `qreg q[${qubits}]; creg c[${qubits}]; ${gates} ${Array.from({ length: qubits - 1 }, (_, i) => `cx q[${i}],q[${i + 1}];`).join('')} measure q->c;`;

  it('is the density matrix for few qubits', () => {
    assert.equal(run(layers(4, 'ry(1) q;'), MODELS.damping).method, 'density-matrix');
    assert.equal(run(layers(4, 'ry(1) q;'), MODELS.damping, { shots: 1 }).method, 'density-matrix');
  });

  it('is trajectories for twenty, which nothing else can run', (test) => {
    const program = layers(20, 'ry(1) q;');
    const noise = { channels: [{ type: 'amplitude-damping', gamma: 0.01, gates: ['cx'] }, { type: 'depolarizing', probability: 0.002, gates: ['cx'] }] };
    const figures = estimate(circuitOf(program), 'single', 'automatic', undefined, noiseOf(noise));
    assert.deepEqual([figures.method, figures.stateBytes, figures.evolutionsMax], ['trajectories', 2n ** 23n, Infinity]);
    assert.equal(refusalOf(circuitOf(program), 'density-matrix', undefined, noiseOf(noise))?.code, 'method-refused');
    const start = process.cpuUsage();
    const { counts } = run(program, noise, { shots: 3, precision: 'single' });
    assert.equal(Object.values(counts).reduce((sum, count) => sum + count, 0), 3);
    const { user, system } = process.cpuUsage(start);
    test.diagnostic(`3 shots on 20 noisy qubits took ${((user + system) / 1e6).toFixed(2)} CPU seconds`);
  });

  it('runs Pauli noise on Clifford circuits of hundreds of qubits', () => {
    const { method, counts } = run(layers(300, 'h q[0];'), { channels: [{ type: 'bit-flip', probability: 1, gates: ['h'] }, { type: 'two-qubit-depolarizing', probability: 0.001 }] }, { shots: 100 });
    assert.equal(method, 'stabilizer');
    assert.ok((counts['0'.repeat(300)] ?? 0) + (counts['1'.repeat(300)] ?? 0) > 50);
  });

  it('is the density matrix where a noisy state is read off, and refused beyond it', () => {
    const { method, expectations } = run(CIRCUIT, { channels: [{ type: 'depolarizing', probability: 1 }] }, {}, [{ expectation: { IIZ: 1, III: 2 } }]);
    assert.equal(method, 'density-matrix');
    assert.ok(Math.abs(expectations![0]! - 2) < 1e-12);
    const [wide, asked] = [circuitOf(layers(14, 'ry(1) q;')), parseOutputs([{ probabilities: [0] }], 14)];
    assert.ok(asked.ok);
    assert.match(refusalOf(wide, 'automatic', asked.outputs, noiseOf(MODELS.damping))!.message, /at most 13/);
  });

  it('refuses pure methods by name', () => {
    for (const method of ['statevector', 'stabilizer'] as const) {
      assert.match(refusalOf(circuitOf(MEASURED), method, undefined, noiseOf(MODELS.damping))!.message, /density-matrix and trajectories/);
    }
    assert.equal(refusalOf(circuitOf(MEASURED), 'trajectories', undefined, noiseOf(MODELS.damping)), null);
  });

  it('runs circuits without noise too', () => {
    for (const method of ['density-matrix', 'trajectories'] as const) {
      assert.deepEqual(run(MEASURED, undefined, { method }).counts, run(MEASURED, undefined).counts);
    }
  });
});
