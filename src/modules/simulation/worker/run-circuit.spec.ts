import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson } from '#pure/canonical-json/canonical-json.js';
import { resultDigest } from '#pure/digest/result-digest.js';
import { ENGINE_VERSION } from '#pure/quantum/engine-version.js';
import { checkProgram } from './program-check.js';
import runCircuit, { type CircuitOrder } from './run-circuit.js';

const BELL = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0], q[1];\nmeasure q -> c;\n';
const ORDER: CircuitOrder = { language: 'openqasm2', source: BELL, parameters: {}, programDigest: `sha256:${'0'.repeat(64)}`, shots: 1000, seed: 5, precision: 'double', method: 'statevector', outputs: ['counts'], noise: null, limits: {}, resultBytesMax: 1 << 20, threads: 1 };

function run(over: Partial<CircuitOrder> = {}, isCancelled = (): boolean => false): { outcome: ReturnType<typeof runCircuit>; told: number[]; moved: ArrayBuffer[] } {
  const [told, moved]: [number[], ArrayBuffer[]] = [[], []];
  const outcome = runCircuit({ ...ORDER, ...over }, { isCancelled, progress: (fraction) => told.push(fraction), transfer: (...buffers) => moved.push(...buffers) });
  return { outcome, told, moved };
}

function resultOf(over: Partial<CircuitOrder> = {}): Record<string, unknown> {
  const { outcome } = run(over);
  assert.ok(outcome.kind === 'finished', JSON.stringify(outcome));
  return JSON.parse(Buffer.from(outcome.body).toString('utf8')) as Record<string, unknown>;
}

describe('a circuit in a thread', () => {
  it('becomes the canonical bytes of its result, with the digest that they have', () => {
    const { outcome, moved } = run();
    assert.ok(outcome.kind === 'finished');
    const text = Buffer.from(outcome.body).toString('utf8');
    const result = JSON.parse(text) as Record<string, unknown>;
    assert.equal(canonicalJson(result), text);
    assert.equal(resultDigest(result), outcome.digest);
    assert.equal(result['digest'], outcome.digest);
    assert.deepEqual([result['shots'], result['seed'], result['method'], result['precision'], result['engineVersion'], result['programDigest']], [1000, 5, 'statevector', 'double', ENGINE_VERSION, ORDER.programDigest]);
    assert.deepEqual(moved, [outcome.body.buffer]);
    assert.equal(outcome.body.buffer.byteLength, outcome.body.byteLength, 'nothing but the result leaves the thread');
  });

  it('has the same counts for the same seed, and others for another', () => {
    assert.deepEqual(resultOf()['counts'], resultOf()['counts']);
    assert.notDeepEqual(resultOf()['counts'], resultOf({ seed: 6 })['counts']);
  });

  it('is not a success when it was told to stop', () => {
    assert.equal(run({}, () => true).outcome.kind, 'failed');
  });

  it('refuses a result that is too large', () => {
    const { outcome } = run({ resultBytesMax: 100 });
    assert.ok(outcome.kind === 'failed' && outcome.code === 'result-too-large');
  });

  it('says that a named method has grown beyond its bound, which is no failure of the engine', () => {
    const chain = Array.from({ length: 21 }, (_, k) => `cx q[${k}],q[${k + 1}];`).join('');
    const { outcome } = run({ source: `include "qelib1.inc"; qreg q[22]; creg c[22]; ${chain} ry(1) q; measure q -> c;`, method: 'sparse' });
    assert.ok(outcome.kind === 'failed' && outcome.code === 'out-of-memory');
    assert.match(outcome.detail, /non-zero amplitudes/);
  });

  it('says so when a program is no longer accepted', () => {
    const { outcome } = run({ limits: { operationsMax: 1 } });
    assert.ok(outcome.kind === 'failed' && outcome.code === 'engine-failure');
  });

  it('tells progress in steps, never backwards', () => {
    const layer = Array.from({ length: 17 }, (_, k) => `ry(0.${k + 1}) q[${k}];\ncz q[${k}],q[${k + 1}];\n`).join('');
    const { told, outcome } = run({ source: `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[18];\ncreg c[18];\n${layer.repeat(120)}measure q -> c;\n` });
    assert.equal(outcome.kind, 'finished');
    assert.ok(told.length > 1 && told.length <= 200, `${told.length}`);
    assert.deepEqual(told, [...told].sort((a, b) => a - b));
  });
});

describe('the check of a program', () => {
  const check = (source: string) => checkProgram({ language: 'openqasm2', source, parameters: {}, precision: 'double', method: 'automatic', outputs: undefined, noise: undefined, limits: {} });

  it('says what a run takes', () => {
    assert.deepEqual(check(BELL), { ok: true, method: 'statevector', qubits: 2, activeQubits: 2, stateVectorQubits: 2, peakBytes: 64n, refusal: null, work: [{ method: 'statevector', cost: 16, evolutionsMax: 1, steps: 4, evolutionShare: 1 }], operations: 4, resultBytes: { once: 0, eachShot: 0 } });
  });

  it('says where a program is wrong, and what would have been right', () => {
    const refused = check('OPENQASM 2.0;\nqreg q[2]\ncreg c[2];');
    assert.ok(!refused.ok);
    assert.deepEqual([refused.code, refused.line], ['syntax-error', 3]);
    assert.match(refused.detail, /;/);
  });

  it('tells what was asked for beside the counts, under the same digest', () => {
    const result = resultOf({ outputs: ['memory', { expectation: { ZZ: 1 } }], method: 'stabilizer', shots: 10 });
    assert.deepEqual([result['method'], result['expectations'], result['counts'], (result['memory'] as string[]).length], ['stabilizer', [1], {}, 10]);
  });

  it('runs with noise, which stands in the result', () => {
    const noise = { readout: [{ p01: 1, p10: 1 }] };
    const result = resultOf({ noise, source: BELL.replace('h q[0];', '') });
    assert.deepEqual([result['counts'], result['noise']], [{ '11': 1000 }, noise]);
  });

  it('refuses more noise than it would plan', () => {
    const source = `include "qelib1.inc"; qreg q[100]; creg c[1]; ${'h q;'.repeat(700)} measure q[0] -> c[0];`;
    const noise = { channels: Array.from({ length: 16 }, () => ({ type: 'bit-flip', probability: 0.01 })) };
    const refused = checkProgram({ language: 'openqasm2', source, parameters: {}, noise, outputs: undefined, precision: 'double', limits: {}, method: 'automatic' });
    assert.ok(!refused.ok);
    assert.deepEqual([refused.code, refused.pointer], ['too-much-noise', '/noise']);
  });

  it('says where a request for outputs is wrong, and which method cannot run the program', () => {
    const order = { language: 'openqasm2', source: BELL.replace('h q', 't q'), parameters: {}, noise: undefined, precision: 'double', limits: {} } as const;
    const wide = checkProgram({ ...order, method: 'automatic', outputs: ['counts', { expectation: { Z: 1 } }] });
    assert.ok(!wide.ok);
    assert.deepEqual([wide.code, wide.pointer], ['invalid-output', '/outputs/1/expectation/Z']);
    const clifford = checkProgram({ ...order, method: 'stabilizer', outputs: undefined });
    assert.ok(!clifford.ok);
    assert.deepEqual([clifford.code, clifford.pointer], ['method-refused', '/method']);
  });

  it('survives the crossing between threads', () => {
    assert.deepEqual(structuredClone(check(BELL)), check(BELL));
  });
});
