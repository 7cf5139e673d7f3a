// A process of its own: it measures resident memory, of which other specs keep some or let some go.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';
import type { AppliedGate } from '#pure/quantum/methods/quantum-state.js';
import { DenseState } from '#pure/quantum/dense/dense-state.js';
import { geometryFor } from '#pure/quantum/dense/geometry.js';
import { Lowering } from '#pure/quantum/dense/lowering.js';
import { layoutFor } from '#pure/quantum/dense/memory-layout.js';
import type { DensePlan } from '#pure/quantum/dense/planner.js';
import { planCircuit } from '#pure/quantum/dense/planner.js';
import type { ThreadTeam } from '#pure/quantum/dense/thread-team.js';
import { SoloTeam, StoppedRun, entryPoints, stoppable } from '#pure/quantum/dense/thread-team.js';
import { denseModule } from '#pure/quantum/dense/wasm/dense-module.js';
import { rounding } from '#pure/quantum/dense/wasm/rounding-probe.js';
import { sharedMemory } from '#pure/quantum/dense/wasm/web-assembly.js';
import { lowerNamed } from '#pure/quantum/lowering/lower-gate.js';
import { KernelTeam } from './kernel-team.js';

const QUBITS = 14;
/** Blocks of 2 KiB, so that a state of 14 qubits has enough of them to share. */
const GEOMETRY = geometryFor('single', { row: 2, table: 3, block: 5 });
const teams: Readonly<Record<string, ThreadTeam>> = { 'the caller alone': new SoloTeam(), 'two threads': new KernelTeam(2), 'three threads': new KernelTeam(3) };

function digestOf(team: ThreadTeam, gates: readonly AppliedGate[]): string {
  const state = new DenseState(QUBITS, 'single', team, GEOMETRY);
  for (const gate of gates) state.apply(gate);
  const draws: number[] = [];
  state.sample([0, 5, 13], { first: 0, count: 500, seed: 3 }, { wantsShots: false, add: (bits, count) => draws.push(...bits, count) > 0 });
  return createHash('sha256').update(state.storedBytes()).update(JSON.stringify(draws)).digest('hex');
}

describe('a team of kernel threads', () => {
  const circuits = Array.from({ length: 6 }, (_, k) => randomCircuit(seeded(7000 + k), QUBITS, 120));
  const expected = circuits.map((gates) => digestOf(teams['the caller alone']!, gates));

  for (const [name, team] of Object.entries(teams)) {
    it(`leaves the same bits and draws the same outcomes: ${name}, circuit after circuit (seeds 7000 to 7005)`, () => {
      assert.deepEqual(circuits.map((gates) => digestOf(team, gates)), expected);
    });
  }

  for (const [name, team] of Object.entries(teams)) {
    it(`stops in the middle of a pass, and does the next circuit as ever: ${name}`, () => {
      let questions = 0;
      const stopAt = (limit: number) => digestOf(stoppable(team, () => ++questions > limit), circuits[0]!);
      assert.equal(stopAt(Infinity), expected[0]);
      // Whoever is alone asks at every share; with helpers, at its own.
      const limits = team.threads === 1 ? [0, 1, 7, 20] : [0, 1, 2];
      assert.ok(questions > limits.at(-1)!, `${questions} questions`);
      for (const limit of limits) {
        questions = 0;
        assert.throws(() => stopAt(limit), StoppedRun);
        assert.equal(questions, limit + 1);
      }
      assert.equal(digestOf(team, circuits[1]!), expected[1]);
    });
  }

  it('stops while what has been run is read: weights, a collapse, a marginal, an expectation', () => {
    let isOver = false;
    const state = new DenseState(QUBITS, 'single', stoppable(teams['two threads']!, () => isOver), GEOMETRY);
    for (const gate of circuits[0]!) state.apply(gate);
    const [zero] = state.outcomeWeights(0);
    isOver = true;
    const readings = [() => state.outcomeWeights(1), () => state.collapse(0, 0, zero), () => state.probabilities([1, 2]), () => state.expectation(new Map([[3, 'X']])), () => state.reducedDensityMatrix([4])];
    for (const reading of readings) assert.throws(reading, StoppedRun);
    isOver = false;
    assert.ok(Math.abs(state.outcomeWeights(0)[0] - zero) < 1e-12);
  });

  it('fails with a helper that fails, waits for nobody who is gone, and does the next circuit as ever', () => {
    const team = new KernelTeam(2);
    const beyond = { block: 0x7fff_0000, scalars: 0x7fff_0000 };
    const spoiled: ThreadTeam = { threads: 2, compilers: team.compilers, run: (module, memory, job) => team.run(module, memory, { ...job, workspaces: [job.workspaces[0]!, beyond] }) };
    // A helper that is still starting takes no part in the first passes.
    const untilItTakesPart = () => { for (let round = 0; round < 500; round++) digestOf(spoiled, circuits[0]!); };
    assert.throws(untilItTakesPart, /helper of the team failed/);
    assert.equal(digestOf(team, circuits[0]!), expected[0]);
  });

  it('goes on after it has let go of its memory', () => {
    const team = teams['two threads'] as KernelTeam;
    team.release();
    assert.equal(digestOf(team, circuits[0]!), expected[0]);
  });
});

describe('the memory of a team', () => {
  it('is given back to the machine after a big state, helpers and all, and the next state runs as ever', async () => {
    const team = new KernelTeam(2);
    const residentMiB = () => process.memoryUsage().rss / 2 ** 20;
    const before = residentMiB();
    for (let round = 0; round < 2; round++) {
      const state = new DenseState(25, 'single', team);
      for (let qubit = 0; qubit < 25; qubit++) state.apply({ name: 'ry', qubits: [qubit], parameters: [1] });
      let ones = 0;
      state.sample([3], { first: 0, count: 4000, seed: 5 }, { wantsShots: false, add: ([bit], count) => (ones += bit! * count) >= 0 });
      // Of a binomial of 4,000, five standard deviations.
      assert.ok(Math.abs(ones - 4000 * Math.sin(0.5) ** 2) < 5 * 27, `${ones} ones`);
      // One state of 256 MiB, not two.
      assert.ok(residentMiB() > before + 250 && residentMiB() < before + 1.3 * 256 + 100, `${residentMiB()} MiB after ${before}`);
      state.release();
      team.release();
    }
    // Helpers end by themselves, in their own time.
    for (const end = performance.now() + 10_000; residentMiB() > before + 100; await setTimeout(10)) {
      assert.ok(performance.now() < end, `${residentMiB()} MiB after ${before}`);
    }
  });
});

describe('the ways to compile kernels', () => {
  it('agree bit by bit, wider vectors or not', () => {
    const gates = randomCircuit(seeded(7100), QUBITS, 200);
    const [wide] = new KernelTeam(1).compilers;
    assert.ok(wide);
    const module = wide(denseModule(GEOMETRY, rounding()));
    const plain = new WebAssembly.Module(denseModule(GEOMETRY, rounding()));
    const teamWith = (kernels: WebAssembly.Module): ThreadTeam => {
      const solo = new SoloTeam();
      return { threads: 1, compilers: [], run: (_, memory, job) => solo.run(kernels, memory, job) };
    };
    assert.equal(digestOf(teamWith(module), gates), digestOf(teamWith(plain), gates));
  });

  it('keep each kernel within its memory: an address at the end of it or beyond traps, and nothing of the process is lost', () => {
    const lowering = new Lowering(QUBITS);
    for (let qubit = 0; qubit < QUBITS; qubit++) lowerNamed(lowering, 'ry', [1], [qubit]);
    const plan = planCircuit(lowering.take(), GEOMETRY);
    const { bytes, workspaces: [workspace] } = layoutFor(plan, 1);
    const [{ address }] = plan.passes as [DensePlan['passes'][0]];
    const standard = (code: Uint8Array<ArrayBuffer>): WebAssembly.Module => new WebAssembly.Module(code);
    for (const compile of [...new KernelTeam(1).compilers, standard]) {
      const memory = sharedMemory(bytes);
      new Uint8Array(memory.buffer).set(plan.image, plan.imageBase);
      const { runBlocks, weighRows } = entryPoints(compile(denseModule(GEOMETRY, rounding())), memory);
      // The last two are -64 KiB and -8 of 32 bits, the highest addresses that there are.
      for (const beyond of [memory.buffer.byteLength - 8, memory.buffer.byteLength, 0x7fff_0000, 0xffff_0000, 0xffff_fff8]) {
        for (const order of [
          () => runBlocks(beyond, 0, 1, 0, workspace!.block, workspace!.scalars),
          () => runBlocks(address, 0, 1, beyond, workspace!.block, workspace!.scalars),
          () => weighRows(beyond, 0, 1, 0, workspace!.block, workspace!.scalars),
        ]) assert.throws(order, { name: 'RuntimeError', message: /memory access out of bounds/ }, `at ${beyond}`);
      }
      runBlocks(address, 0, 1, 0, workspace!.block, workspace!.scalars);
    }
  });

  it('compile every kernel at once, and where it is asked for, to 256 bits', () => {
    const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { KernelTeam } from ${at('./kernel-team.js')};
      import { denseModule } from ${at('../../../pure/quantum/dense/wasm/dense-module.js')};
      import { geometryFor } from ${at('../../../pure/quantum/dense/geometry.js')};
      new KernelTeam(1).compilers[0](denseModule(geometryFor('single'), 'fused'));`;
    const { stdout } = spawnSync(process.execPath, ['--trace-wasm-revectorize', '--wasm-num-compilation-tasks=1', '--input-type=module', '-e', script], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    // Nothing was called. V8 does not even begin where the machine has no AVX2.
    const [begun, packed] = ['Begin revec function', 'Decide to vectorize, [1-9]'].map((text) => stdout.match(new RegExp(text, 'g'))?.length ?? 0);
    assert.ok(begun === 0 || packed! >= 13, `${packed} of ${begun} functions are packed`);
  });
});
