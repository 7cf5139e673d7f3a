import { Global, Module, type Type } from '@nestjs/common';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '#pure/principal/principal.js';
import { BELL, type Installation, longRun, openInstallation, type Replica, until } from '../../../test/harness/simulation.js';
import { CircuitRunner, OTHER_HEAP_MEBIBYTES_MAX } from './circuit-runner.js';
import type { Job } from './domain/job.js';
import { isFinal } from './domain/job-status.js';
import { JobReader } from './job-reader.js';
import { ResultSigningModule } from './jobs/result-signing.module.js';
import { SimulationWorkerModule } from './jobs/simulation-worker.module.js';
import type { SimulationRequest } from './order-reader.js';
import { SimulationModule } from './simulation.module.js';
import { Submission } from './submission.js';

const MEBIBYTE = 1024 * 1024;
/** Every qubit in superposition, and a different outcome each shot. */
const allOutcomes = (qubits: number): string => `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\ncreg c[${qubits}];\nh q;\nmeasure q -> c;\n`;

@Global()
@Module({ providers: [{ provide: OTHER_HEAP_MEBIBYTES_MAX, useValue: 24 }], exports: [OTHER_HEAP_MEBIBYTES_MAX] })
class SmallHeaps {}

// A process of its own: it measures the memory of the process.
describe('a job that outgrows what it may have', () => {
  let installation: Installation;
  let alice: Principal;

  before(async () => {
    installation = await openInstallation();
    alice = await installation.person('researcher', installation.red);
  });
  after(() => installation.close());

  /** A worker with one thread, and what becomes of a job there. */
  async function worker(variables: Readonly<Record<string, string>>, modules: readonly Type[] = []): Promise<{ replica: Replica; run: (over: Partial<SimulationRequest>) => Promise<Job> }> {
    const replica = await installation.replica([SimulationModule, ResultSigningModule, SimulationWorkerModule, ...modules], { SIMULATION_THREADS: '1', ...variables });
    const run = async (over: Partial<SimulationRequest>): Promise<Job> => {
      const { id } = await replica.get(Submission).submit(alice, null, { language: 'openqasm2', source: BELL, shots: 100, seed: 7, project: 'red', ...over });
      const look = async (): Promise<Job> => (await replica.get(JobReader).getWithResult(alice, id, 0)).job;
      await until(async () => isFinal((await look()).status), 120_000);
      return look();
    };
    return { replica, run };
  }
  const residentMebibytes = (): number => process.memoryUsage.rss() / MEBIBYTE;

  it('ends as failed as soon as its outcomes have more bytes than a result may', async () => {
    const { replica, run } = await worker({});
    for (const over of [{ shots: 70_000 }, { shots: 60_000, outputs: ['counts', 'memory'] }]) {
      const endless = await run({ source: allOutcomes(1_000), ...over });
      assert.deepEqual([endless.status, endless.error?.code], ['failed', 'result-too-large']);
    }
    assert.equal((await run({})).status, 'succeeded');
    await replica.close();
  });

  it('ends as failed when its results outgrow the heap of its thread, whose place another takes for the next job', async () => {
    const { replica, run } = await worker({}, [SmallHeaps]);
    const { lost } = replica.get(CircuitRunner).health();
    const grown = await run({ source: allOutcomes(1_000), shots: 40_000, outputs: ['counts', 'memory'] });
    assert.deepEqual([grown.status, grown.error], ['failed', { code: 'out-of-memory', detail: 'The program and its results need more than the 24 MiB that a thread has for them beside the state.' }]);
    assert.equal((await run({})).status, 'succeeded');
    assert.deepEqual([replica.get(CircuitRunner).health().lost, replica.get(CircuitRunner).health().alive], [lost + 1, 1]);
    await replica.close();
  });

  it('ends as failed when its time is up, and leaves no memory behind', async () => {
    const { replica, run } = await worker({ SIMULATION_DURATION_MILLIS_MAX: '2000' });
    assert.equal((await run({})).status, 'succeeded');
    const before = residentMebibytes();
    // 256 MiB of state and its tables, which is more than a thread that stops when it is asked keeps for its next job, and more
    // work than there is time for, in a program whose reading leaves no trace in a thread's heap.
    const slow = await run({ source: longRun(24, 400), precision: 'double', method: 'statevector' });
    assert.deepEqual([slow.status, slow.error?.code], ['failed', 'time-limit']);
    assert.equal((await run({})).status, 'succeeded');
    await until(() => residentMebibytes() - before < 64);
    await replica.close();
  });

  it('gives a big memory back although it succeeded', async () => {
    const { replica, run } = await worker({});
    assert.equal((await run({})).status, 'succeeded');
    const before = residentMebibytes();
    // 256 MiB of state.
    assert.equal((await run({ source: allOutcomes(24), shots: 10, method: 'statevector' })).status, 'succeeded');
    await until(() => residentMebibytes() - before < 64);
    await replica.close();
  });
});
