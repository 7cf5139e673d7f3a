import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFollows } from '../../../../test/harness/chi-square.js';
import type { Circuit } from '../circuit/circuit.js';
import { parseNoise } from '../noise/noise-model.js';
import { parseOutputs } from '../outputs/output-request.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import { parseProgram } from '../qasm/parse-program.js';
import { uniform } from '../random/philox.js';
import type { SimulationOptions, SimulationResult } from '../simulate.js';
import { assess, estimate, refusalOf, simulate } from '../simulate.js';

const SEED = 20261123;

function circuitOf(statements: string): Circuit {
  const parsed = parseOpenQasm2(`include "qelib1.inc"; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.circuit;
}

function run(circuit: Circuit, over: Partial<Omit<SimulationOptions, 'outputs' | 'noise'>> & { outputs?: unknown; noise?: unknown } = {}): SimulationResult {
  const { outputs, noise, ...options } = over;
  const [asked, model] = [parseOutputs(outputs, circuit.qubits), parseNoise(noise, circuit.qubits)];
  assert.ok(asked.ok && model.ok);
  const result = simulate(circuit, { shots: 1000, seed: SEED, precision: 'double', outputs: asked.outputs, noise: model.value, ...options });
  assert.ok(typeof result !== 'string', String(result));
  return result;
}

/** Random gates on neighbours of a block, which leave no qubit by itself. */
function block(first: number, qubits: number, layers = 8): string {
  const angle = (i: number, draw: number) => (7 * uniform(SEED, 1000 * first + i, draw)).toFixed(6);
  const lines: string[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let q = first; q < first + qubits; q++) lines.push(`u3(${angle(q, 3 * layer)},${angle(q, 3 * layer + 1)},${angle(q, 3 * layer + 2)}) q[${q}];`);
    for (let q = first + (layer % 2); q + 1 < first + qubits; q += 2) lines.push(`cz q[${q}],q[${q + 1}];`);
  }
  return lines.join('');
}

function marginal({ memory }: SimulationResult, bits: number, first: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of memory!) {
    const part = outcome.slice(outcome.length - first - bits, outcome.length - first);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts;
}

describe(`a circuit that falls apart (seed ${SEED})`, () => {
  const blocks = [0, 10, 20, 30].map((first) => block(first, 10)).join('');
  const forty = circuitOf(`qreg q[40]; creg c[40]; ${blocks} measure q->c;`);

  it('runs forty qubits of four dense blocks in a blink, each as it runs alone', (test) => {
    const shots = 20_000;
    const start = process.cpuUsage();
    const whole = run(forty, { shots, outputs: ['counts', 'memory'] });
    const { user, system } = process.cpuUsage(start);
    test.diagnostic(`${((user + system) / 1e3).toFixed(0)} CPU ms`);
    assert.equal(whole.method, 'statevector');
    assert.deepEqual(whole.components!.map(({ qubits }) => [qubits[0], qubits.length]), [[0, 10], [10, 10], [20, 10], [30, 10]]);
    for (const first of [0, 10, 20, 30]) {
      const alone = circuitOf(`qreg q[40]; creg c[10]; ${block(first, 10)} ${Array.from({ length: 10 }, (_, j) => `measure q[${first + j}]->c[${j}];`).join('')}`);
      const qubits = Array.from({ length: 10 }, (_, j) => first + j);
      assertFollows(marginal(whole, 10, first), run(alone, { outputs: [{ probabilities: qubits }] }).probabilities![0]!.values, shots);
      // The first block has the run's own stream.
      if (first === 0) assert.deepEqual(marginal(whole, 10, 0), { ...run(alone, { shots }).counts });
    }
  });

  it('draws its blocks by numbers of their own', () => {
    const twins = circuitOf(`qreg q[18]; creg c[18]; ${block(0, 9)} ${block(0, 9).replaceAll(/q\[(\d+)\]/g, (_, q) => `q[${Number(q) + 9}]`)} measure q->c;`);
    const { memory, components } = run(twins, { shots: 4000, outputs: ['memory'] });
    assert.equal(components!.length, 2);
    const equal = memory!.filter((bits) => bits.slice(0, 9) === bits.slice(9)).length;
    const { values } = run(circuitOf(`qreg q[9]; creg c[9]; ${block(0, 9)} measure q->c;`), { outputs: [{ probabilities: [0, 1, 2, 3, 4, 5, 6, 7, 8] }] }).probabilities![0]!;
    const expected = 4000 * Object.values(values).reduce((sum, p) => sum + p * p, 0);
    assert.ok(Math.abs(equal - expected) < 6 * Math.sqrt(expected) + 3, `${equal} of ${expected}`);
  });

  it('gives the same counts however the shots are split', () => {
    const mixed = circuitOf(`qreg q[24]; creg c[24]; ${block(0, 10)} ${block(12, 10)} h q[10]; measure q->c; reset q[12]; h q[12]; measure q[12]->c[12];`);
    const whole = run(mixed, { shots: 60, outputs: ['memory'] }).memory!;
    for (const part of [1, 25]) {
      const parts: string[] = [];
      for (let firstShot = 0; firstShot < 60; firstShot += part) parts.push(...run(mixed, { firstShot, shots: Math.min(part, 60 - firstShot), outputs: ['memory'] }).memory!);
      assert.deepEqual(parts, whole);
    }
  });

  it('reads off the product what it reads off the whole', () => {
    const statements = `qreg q[6]; creg c[6]; ${block(0, 3, 3)} ${block(3, 2, 3)} s q[5]; h q[5]; t q[5];`;
    const joined = `${statements} cu1(0) q[0],q[5]; cu1(0) q[0],q[3];`;
    const outputs = ['statevector', { probabilities: [5, 0, 4] }, { densityMatrix: [4, 1] }, { expectation: { XIZIYI: 0.7, IIIIIZ: 1, IZIIXI: -2, YXIIII: 1 } }];
    const noise = { channels: [{ type: 'amplitude-damping', gamma: 0.1, gates: ['cz'] }] };
    for (const [asked, model] of [[outputs, undefined], [outputs.slice(1), noise]] as const) {
      const [apart, whole] = [run(circuitOf(statements), { outputs: asked, noise: model, ...(model === undefined ? {} : { method: 'density-matrix' }) }), run(circuitOf(joined), { outputs: asked, noise: model, ...(model === undefined ? {} : { method: 'density-matrix' }) })];
      assert.equal(whole.components, undefined);
      const numbers = ({ statevector, probabilities, densityMatrices, expectations }: SimulationResult): number[] => [
        ...(statevector === undefined ? [] : new Float64Array(new Uint8Array(Buffer.from(statevector.base64, 'base64')).buffer)),
        ...Object.entries(probabilities![0]!.values).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
        ...densityMatrices![0]!.matrix.flat(2), ...expectations!,
      ];
      const [a, b] = [numbers(apart), numbers(whole)];
      assert.equal(a.length, b.length);
      a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-12, `${i}: ${value} against ${b[i]}`));
    }
  });

  it('has each part run by its own method, and says which', () => {
    const circuit = circuitOf(`qreg q[100]; creg c[100]; ${block(0, 12)} h q[12]; ${Array.from({ length: 87 }, (_, j) => `cx q[${12 + j}],q[${13 + j}];`).join('')} measure q->c;`);
    const figures = estimate(circuit, 'double');
    assert.equal(figures.method, 'per-component');
    assert.deepEqual(figures.components.map(({ method, qubits }) => [method, qubits.length]), [['statevector', 12], ['stabilizer', 88]]);
    for (const name of ['stateBytes', 'peakBytes'] as const) assert.equal(figures[name], figures.components.reduce((sum, part) => sum + part[name], 0n));
    const result = run(circuit, { shots: 50 });
    assert.deepEqual(result.components, figures.components.map(({ qubits, method }) => ({ qubits, method })));
    assert.ok(Object.keys(result.counts).every((bits) => /^(0{88}|1{88})/.test(bits)));
    assert.deepEqual(run(circuit, { shots: 50, method: 'per-component' }), result);
  });

  it('is run by the method that was named, which refuses a part as it refuses a circuit', () => {
    const named = run(forty, { shots: 10, method: 'statevector' });
    assert.deepEqual(named, run(forty, { shots: 10 }));
    assert.match(refusalOf(forty, 'stabilizer')!.message, /In one of 4 parts/);
  });

  it('shows bits that nothing is measured into as 0, where one part is left to be run', () => {
    const circuit = circuitOf('qreg q[3]; creg c[4]; h q[0]; h q[1]; x q[2]; measure q[2] -> c[2];');
    assert.deepEqual(run(circuit, { shots: 3, outputs: ['counts', 'memory'] }).counts, { '0100': 3 });
    assert.deepEqual(run(circuit, { shots: 3, outputs: ['memory'], noise: { readout: [{ p01: 1, p10: 1 }] } }).memory, ['0000', '0000', '0000']);
  });

  it('keeps Clifford circuits together where one tableau draws faster', () => {
    const circuit = circuitOf('qreg q[1000]; creg c[1000]; h q; measure q->c;');
    assert.equal(estimate(circuit, 'double').components.length, 1);
    assert.equal(run(circuit).method, 'stabilizer');
    assert.deepEqual(run(circuit), run(circuit, { method: 'stabilizer' }));
  });
});

describe('what connects the qubits of a circuit', () => {
  const pieces = (statements: string) => estimate(circuitOf(statements), 'double', 'statevector').components.map(({ qubits }) => qubits);
  const wide = block(0, 9) + block(9, 9);

  it('is a gate, whatever it does', () => {
    assert.deepEqual(pieces(`qreg q[18]; creg c[18]; ${wide} measure q->c;`), [[0, 1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16, 17]]);
    assert.equal(pieces(`qreg q[18]; creg c[18]; ${wide} cu1(0) q[0],q[17]; measure q->c;`).length, 1);
  });

  it('is a bit that decides, and a bit that both write', () => {
    assert.equal(pieces(`qreg q[18]; creg c[1]; creg d[1]; ${wide} measure q[0]->c[0]; if(c==1) x q[9]; measure q[9]->d[0];`).length, 1);
    assert.equal(pieces(`qreg q[18]; creg c[1]; ${wide} measure q[0]->c[0]; measure q[9]->c[0];`).length, 1);
    assert.equal(pieces(`qreg q[18]; creg c[1]; creg d[1]; ${wide} measure q[0]->c[0]; if(c==1) x q[1]; measure q[9]->d[0];`).length, 2);
  });

  it('is a loop or a branch around them, which goes on as it did', () => {
    const program = (inside: string, after: string) => {
      const parsed = parseProgram('openqasm3', `OPENQASM 3.0; include "stdgates.inc"; qubit[4] q; bit[4] c; bit go = 1; h q[0]; h q[3]; while (go) { ${inside} go = measure q[0]; h q[0]; } ${after} c[3] = measure q[3]; c[2] = measure q[2];`, {}, {});
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
      return parsed.circuit;
    };
    const apart = program('', 'x q[2]; if (go) { z q[2]; } else { x q[2]; x q[2]; }');
    const { components } = estimate(apart, 'double', 'trajectories');
    assert.deepEqual(components.map(({ qubits }) => qubits), [[0, 2], [3]]);
    const { counts } = run(apart, { method: 'trajectories' });
    assert.deepEqual(Object.keys(counts).map((bits) => bits.slice(-4)).sort(), ['0100', '1100']);
    assert.equal(estimate(program('h q[3];', ''), 'double', 'trajectories').components.length, 1);
  });

  it('is not being in one program: what no count shows is not run', () => {
    const circuit = circuitOf(`qreg q[60]; creg c[1]; ${block(0, 9)} ${block(10, 50)} measure q[0]->c[0];`);
    assert.equal(refusalOf(circuit), null);
    assert.deepEqual(run(circuit, { shots: 20 }).method, 'statevector');
    assert.equal(assess(circuit, 'double').estimate.activeQubits, 59);
  });
});
