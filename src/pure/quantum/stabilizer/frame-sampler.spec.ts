import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFollows } from '../../../../test/harness/chi-square.js';
import type { Circuit } from '../circuit/circuit.js';
import { parseNoise } from '../noise/noise-model.js';
import { parseOutputs } from '../outputs/output-request.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import { uniform } from '../random/philox.js';
import type { SimulationOptions, SimulationResult } from '../simulate.js';
import { estimate, refusalOf, simulate } from '../simulate.js';
import { RareEvents } from './rare-events.js';

const SEED = 1123;
const SHOTS = 20_000;

function circuitOf(statements: string): Circuit {
  const parsed = parseOpenQasm2(`include "qelib1.inc"; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.circuit;
}

function noiseOf(value: unknown, declared: number) {
  const model = parseNoise(value, declared);
  assert.ok(model.ok);
  return model.value;
}

function run(circuit: Circuit, noise: unknown, over: Partial<SimulationOptions> = {}, outputs?: unknown): SimulationResult {
  const asked = parseOutputs(outputs, circuit.qubits);
  assert.ok(asked.ok);
  const result = simulate(circuit, { shots: SHOTS, seed: SEED, precision: 'double', outputs: asked.outputs, noise: noiseOf(noise, circuit.qubits), ...over });
  assert.ok(typeof result !== 'string', String(result));
  return result;
}

/** Random Clifford gates; cx and swap among them only where they are to be noisy too. */
function scrambled(seed: number, qubits: number, gates: number, twoQubits = ['cz', 'cy', 'cx', 'swap']): string {
  let draw = 0;
  const below = (end: number) => Math.floor(end * uniform(SEED, seed, draw++));
  return Array.from({ length: gates }, () => {
    const [a, step] = [below(qubits), 1 + below(qubits - 1)];
    const ones = ['h', 's', 'sdg', 'sx', 'x', 'y'];
    return below(2) === 0 ? `${ones[below(ones.length)]} q[${a}];` : `${twoQubits[below(twoQubits.length)]} q[${a}],q[${(a + step) % qubits}];`;
  }).join('');
}

const NOISE = {
  channels: [
    { type: 'bit-flip', probability: 0.1, gates: ['h', 'sx'] }, { type: 'phase-flip', probability: 0.2, gates: ['s', 'cz'] }, { type: 'bit-phase-flip', probability: 0.05, gates: ['cz', 'cy'] },
    { type: 'depolarizing', probability: 0.08, gates: ['h', 's', 'cz'], qubits: [0, 2] }, { type: 'two-qubit-depolarizing', probability: 0.15, gates: ['cz', 'cy'] }, { type: 'phase-damping', lambda: 0.3, gates: ['x'] },
  ],
};

describe(`Pauli frames (seed ${SEED})`, () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`follow the density matrix, circuit ${seed}`, () => {
      const program = `qreg q[5]; creg c[5]; ${scrambled(seed, 5, 40)}`;
      const { values } = run(circuitOf(program), NOISE, { method: 'density-matrix' }, [{ probabilities: [0, 1, 2, 3, 4] }]).probabilities![0]!;
      assertFollows(run(circuitOf(`${program} measure q->c;`), NOISE, { method: 'stabilizer' }).counts, values, SHOTS);
    });

    it(`follow it through measurements and resets on the way, circuit ${seed}`, () => {
      const [first, second, third] = [0, 1, 2].map((part) => scrambled(10 * seed + part, 4, 14, ['cz', 'cy']));
      const register = 'qreg q[4]; qreg a[2]; creg c[6];';
      const onTheWay = `${register} ${first} measure q[1]->c[4]; ${second} measure q[3]->c[5]; reset q[3]; ${third} measure q[0]->c[0]; measure q[1]->c[1]; measure q[2]->c[2]; measure q[3]->c[3];`;
      // Measuring is copying into an ancilla, and a reset qubit one that was never used: neither is noisy here.
      const deferred = `${register} ${first} cx q[1],a[0]; ${second} swap q[3],a[1]; ${third}`;
      const { values } = run(circuitOf(deferred), NOISE, { method: 'density-matrix' }, [{ probabilities: [0, 1, 2, 3, 4, 5] }]).probabilities![0]!;
      assertFollows(run(circuitOf(onTheWay), NOISE, { method: 'stabilizer' }).counts, values, SHOTS);
    });
  }

  it('misread what is measured, a 0 more often than a 1', () => {
    const noise = { channels: [{ type: 'bit-flip', probability: 0.25, gates: ['x'] }], readout: [{ p01: 0.3, p10: 0.1 }, { qubits: [1], p01: 0.02, p10: 0.6 }] };
    const { counts, method } = run(circuitOf('qreg q[3]; creg c[3]; x q[0]; x q[1]; measure q->c;'), noise, { method: 'stabilizer' });
    assert.equal(method, 'stabilizer');
    const one = (chance: number, p01: number, p10: number) => chance * (1 - p10) + (1 - chance) * p01;
    const chances = [one(0.75, 0.3, 0.1), one(0.75, 0.02, 0.6), 0.3];
    const values = Object.fromEntries(Array.from({ length: 8 }, (_, k) => [k.toString(2).padStart(3, '0'), chances.reduce((p, chance, j) => p * ((k >> j) & 1 ? chance : 1 - chance), 1)]));
    assertFollows(counts, values, SHOTS);
  });

  it('do what is certain: a flip of probability 1 leaves nothing to chance', () => {
    const noise = { channels: [{ type: 'bit-flip', probability: 1, gates: ['x'] }, { type: 'depolarizing', probability: 0, gates: ['x'] }] };
    assert.deepEqual({ ...run(circuitOf('qreg q[2]; creg c[2]; x q[0]; cx q[0],q[1]; measure q->c;'), noise, { method: 'stabilizer' }).counts }, { '00': SHOTS });
  });

  it('have the same counts however the shots are split, across batches of frames', () => {
    const circuit = circuitOf(`qreg q[5]; creg c[7]; ${scrambled(5, 5, 30)} measure q[2]->c[5]; reset q[1]; ${scrambled(6, 5, 30)} measure q[0]->c[6]; h q[0]; measure q[0]->c[0]; measure q[1]->c[1]; measure q[2]->c[2]; measure q[3]->c[3];`);
    const noise = { ...NOISE, readout: [{ p01: 0.1, p10: 0.2 }] };
    const memory = (firstShot: number, shots: number) => run(circuit, noise, { method: 'stabilizer', firstShot, shots }, ['memory']).memory!;
    const whole = memory(0, 3000);
    assert.deepEqual([...memory(0, 7), ...memory(7, 1500), ...memory(1507, 1493)], whole);
  });

  it('are what automatic comes to for a thousand noisy qubits, in well under a second', (test) => {
    const n = 1000;
    const layer = (k: number) => `h q; s q; ${Array.from({ length: n / 2 - 1 }, (_, j) => `cx q[${2 * j + (k % 2)}],q[${2 * j + (k % 2) + 1}];`).join('')}`;
    const circuit = circuitOf(`qreg q[${n}]; creg c[${n}]; ${Array.from({ length: 10 }, (_, k) => layer(k)).join('')} measure q->c;`);
    const noise = { channels: [{ type: 'depolarizing', probability: 0.001 }, { type: 'two-qubit-depolarizing', probability: 0.005 }], readout: [{ p01: 0.01, p10: 0.02 }] };
    const figures = estimate(circuit, 'double', 'automatic', undefined, noiseOf(noise, n));
    assert.deepEqual([figures.method, figures.evolutionsMax], ['stabilizer', 1]);
    const start = process.cpuUsage();
    const { counts, method } = run(circuit, noise, { shots: 1000 });
    const { user, system } = process.cpuUsage(start);
    assert.equal(method, 'stabilizer');
    assert.equal(Object.values(counts).reduce((sum, count) => sum + count, 0), 1000);
    test.diagnostic(`${((user + system) / 1e3).toFixed(0)} CPU ms for 1,000 shots`);
  });

  it('follow a repeated check of parity on hundreds of qubits, measured and reset in every round', (test) => {
    const [data, rounds] = [200, 10];
    const round = (r: number) => `cx d,a; ${Array.from({ length: data - 1 }, (_, k) => `cx d[${k + 1}],a[${k}];`).join('')} ${Array.from({ length: data - 1 }, (_, k) => `measure a[${k}]->c${r}[${k}];`).join('')} reset a;`;
    const registers = Array.from({ length: rounds }, (_, r) => `creg c${r}[${data - 1}];`).join('');
    const circuit = circuitOf(`qreg d[${data}]; qreg a[${data}]; ${registers} creg e[${data}]; h d[0]; ${Array.from({ length: data - 1 }, (_, k) => `cx d[${k}],d[${k + 1}];`).join('')} ${Array.from({ length: rounds }, (_, r) => round(r)).join('')} measure d->e;`);
    const start = process.cpuUsage();
    const { counts, method } = run(circuit, undefined, { shots: 1000 });
    const { user, system } = process.cpuUsage(start);
    test.diagnostic(`${((user + system) / 1e3).toFixed(0)} CPU ms for 1,000 shots of 1,990 measurements on the way`);
    assert.equal(method, 'stabilizer');
    const zeros = '0'.repeat(rounds * (data - 1));
    assert.deepEqual(Object.keys(counts).sort(), ['0'.repeat(data) + zeros, '1'.repeat(data) + zeros]);
    assert.ok(Math.abs((counts['1'.repeat(data) + zeros] ?? 0) - 500) < 100);
  });

  it('are not taken for what decides on the way or for noise that is no Pauli operator', () => {
    const decided = circuitOf('qreg q[2]; creg c[1]; creg d[2]; h q[0]; measure q[0]->c[0]; if(c==1) x q[1]; measure q->d;');
    const refusal = (circuit: Circuit, noise: unknown) => refusalOf(circuit, 'stabilizer', undefined, noiseOf(noise, circuit.qubits));
    assert.match(refusal(decided, { channels: [{ type: 'bit-flip', probability: 0.1 }] })!.message, /decides nothing on the way/);
    assert.equal(refusal(decided, undefined), null);
    assert.match(refusal(circuitOf('qreg q[1]; creg c[1]; h q; measure q->c;'), { channels: [{ type: 'amplitude-damping', gamma: 0.1 }] })!.message, /Pauli noise only/);
  });
});

describe('rare events', () => {
  it('happen at each place as often as its probability says, to every shot by itself, window after window', () => {
    const chances = Array.from({ length: 2000 }, (_, place) => [0.5, 0.01, 1, 0.2][place % 4] as number);
    const shots = 1000;
    const events = new RareEvents(chances, SEED, 0);
    events.begin(5, shots);
    const seen = new Map<number, number>();
    let [sum, all] = [0, 0];
    chances.forEach((chance, place) => {
      let last = -1;
      events.at(place, (slot, own) => {
        assert.ok(slot > last && slot < shots);
        last = slot;
        sum += own;
        all++;
        seen.set(chance, (seen.get(chance) ?? 0) + 1);
      });
    });
    for (const chance of [0.5, 0.01, 1, 0.2]) {
      const trials = (chances.length / 4) * shots;
      assert.ok(Math.abs((seen.get(chance) ?? 0) - trials * chance) <= 5 * Math.sqrt(trials * chance * (1 - chance)), `${chance}: ${seen.get(chance)} of ${trials}`);
    }
    assert.ok(Math.abs(sum / all - 0.5) < 0.005);
  });
});
