import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Keyring } from '#modules/crypto/index.js';
import { digestOf } from '#pure/digest/digest.js';
import { orderDigest } from '#pure/digest/order-digest.js';
import { resultDigest } from '#pure/digest/result-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { BELL, type Installation, longRun, openInstallation, type Replica, until } from '../../../test/harness/simulation.js';
import { Cancellation } from './cancellation.js';
import type { Job } from './domain/job.js';
import { isFinal } from './domain/job-status.js';
import { JobEndings } from './job-endings.js';
import { JobReader } from './job-reader.js';
import { CircuitRunner } from './circuit-runner.js';
import { JobWorker } from './job-worker.js';
import { ResultSigningModule } from './jobs/result-signing.module.js';
import { SimulationWorkerModule } from './jobs/simulation-worker.module.js';
import { ResultSigner } from './result-signer.js';
import { SimulationModule, SimulationSigningModule } from './simulation.module.js';
import type { SimulationRequest } from './order-reader.js';
import { Submission } from './submission.js';

interface Result {
  counts: Record<string, number>;
  digest: string;
  durationMillis: number;
}

const API = [SimulationModule, ResultSigningModule];
const ALL = [...API, SimulationWorkerModule];

describe('workers with threads on real Postgres', () => {
  let installation: Installation;
  let alice: Principal;
  const open: Replica[] = [];

  before(async () => {
    installation = await openInstallation();
    alice = await installation.person('researcher', installation.red);
  });
  afterEach(async () => {
    for (const replica of open.splice(0)) await replica.close();
    // What a test gave back to the queue is not the next one's work.
    await installation.query(`TRUNCATE simulation.job CASCADE`);
  });
  after(() => installation.close());

  async function replica(modules = ALL, variables: Readonly<Record<string, string>> = {}): Promise<Replica> {
    const opened = await installation.replica(modules, { SIMULATION_THREADS: '2', ...variables });
    open.push(opened);
    return opened;
  }
  const submit = (on: Replica, over: Partial<SimulationRequest> = {}): Promise<Job> =>
    on.get(Submission).submit(alice, null, { language: 'openqasm2', source: BELL, shots: 100, seed: 7, project: 'red', ...over });
  const look = async (on: Replica, id: string): Promise<Job> => (await on.get(JobReader).getWithResult(alice, id, 0)).job;
  async function ended(on: Replica, id: string): Promise<Job> {
    await until(async () => isFinal((await look(on, id)).status));
    return look(on, id);
  }
  const resultOf = async (on: Replica, id: string): Promise<Result> => JSON.parse((await on.get(JobReader).result(alice, id)).toString('utf8')) as Result;

  it('run a circuit to a result whose digest is that of its bytes', async () => {
    const one = await replica();
    const { id } = await submit(one, { outputs: ['counts', { probabilities: [0] }], noise: { readout: [{ p01: 0.1, p10: 1e-30 }] } });
    const job = await ended(one, id);
    assert.equal(job.status, 'succeeded');
    assert.ok(job.startedAt !== null && job.finishedAt !== null && job.startedAt <= job.finishedAt);
    const result = await resultOf(one, id);
    assert.equal(Object.values(result.counts).reduce((sum, count) => sum + count), 100);
    assert.equal(resultDigest(result), result.digest);
    // The same order, as the api read it in the request and the worker in the database.
    const digests = await installation.query<{ digest: string }>(`SELECT convert_from(body, 'UTF8')::jsonb -> 'unmapped' ->> 'orderDigest' AS digest FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%' ORDER BY seq`, [id]);
    const order = { language: 'openqasm2', programDigest: digestOf(Buffer.from(BELL)), parameters: {}, outputs: ['counts', { probabilities: [0] }], noise: { readout: [{ p01: 0.1, p10: 1e-30 }] }, shots: 100, seed: 7, method: job.method, precision: 'double' };
    assert.deepEqual(digests, [{ digest: orderDigest(order) }, { digest: orderDigest(order) }]);
    assert.ok(result.durationMillis > 0);
  });

  it('give the same counts for the same seed, on whichever replica', async () => {
    const [one, two] = [await replica(), await replica()];
    const ids = await Promise.all([one, two, one, two].map(async (on) => (await submit(on, { shots: 1000 })).id));
    const results = [];
    for (const id of ids) {
      await ended(one, id);
      results.push((await resultOf(one, id)).counts);
    }
    for (const counts of results) assert.deepEqual(counts, results[0]);
  });

  it('run sixty jobs on three workers, each to one end', async () => {
    const workers = [await replica(), await replica(), await replica()];
    const ids = await Promise.all(Array.from({ length: 60 }, async (_, index) => (await submit(workers[index % 3]!)).id));
    for (const id of ids) assert.equal((await ended(workers[0]!, id)).status, 'succeeded');
    const ends = await installation.query<{ id: string; ends: number }>(
      `SELECT job.id, count(entry.id)::int AS ends FROM simulation.job JOIN audit.entry
       ON convert_from(entry.body, 'UTF8') LIKE '%simulation.complete%' || job.id || '%' GROUP BY job.id`,
    );
    assert.equal(ends.length, 60);
    assert.ok(ends.every((row) => row.ends === 1));
  });

  it('wake a waiting request when its job ends, on this replica and on another', async () => {
    const [api, worker] = [await replica(API), await replica()];
    const here = await submit(worker);
    assert.equal(await worker.get(JobEndings).until(here.id, 20_000, new AbortController().signal), true);
    const there = await submit(api);
    assert.equal(await api.get(JobEndings).until(there.id, 20_000, new AbortController().signal), true);
  });

  it('let a waiting request go when its time is up, when its client leaves, and when the server ends', async () => {
    const api = await replica(API);
    const endings = api.get(JobEndings);
    const { id } = await submit(api);
    assert.equal(await endings.until(id, 30, new AbortController().signal), false);
    const gone = new AbortController();
    const waiting = endings.until(id, 60_000, gone.signal);
    gone.abort();
    assert.equal(await waiting, false);
    const last = endings.until(id, 60_000, new AbortController().signal);
    await api.close();
    assert.equal(await last, false);
  });

  it('stop a running circuit that is cancelled on another replica, within seconds', async () => {
    const [api, worker] = [await replica(API), await replica()];
    const { id } = await submit(api, { source: longRun() });
    await until(async () => (await look(api, id)).status === 'running');
    const asked = performance.now();
    await api.get(Cancellation).cancel(alice, id);
    assert.equal((await ended(api, id)).status, 'cancelled');
    assert.ok(performance.now() - asked < 5_000);
    await until(() => worker.get(JobWorker).held === 0);
  });

  it('tell progress while they run, and heed whoever stops them', async () => {
    const one = await replica();
    const { id } = await submit(one, { source: longRun(20, 400) });
    await until(async () => {
      const { progress, status } = await look(one, id);
      return (progress > 0 && progress < 1) || isFinal(status);
    });
    await one.get(Cancellation).cancel(alice, id).catch(() => undefined);
    await ended(one, id);
    await until(() => one.get(JobWorker).held === 0);
    assert.equal(one.get(CircuitRunner).health().lost, 0, 'the thread stopped by itself');
  });

  it('end what takes too long', async () => {
    const one = await replica(ALL, { SIMULATION_DURATION_MILLIS_MAX: '1000' });
    const { id } = await submit(one, { source: longRun() });
    const job = await ended(one, id);
    assert.deepEqual([job.status, job.error?.code], ['failed', 'time-limit']);
  });

  it('stop a run at its deadline, and end what is late while it waits', async () => {
    const one = await replica(ALL, { SIMULATION_THREADS: '1' });
    const deadline = new Date(Date.now() + 600_000).toISOString();
    const running = await submit(one, { source: longRun(), deadline });
    await until(async () => (await look(one, running.id)).status === 'running');
    const waiting = await submit(one, { deadline, priority: 'low' });
    await installation.query('UPDATE simulation.job SET deadline = now()');
    const asked = performance.now();
    for (const { id } of [running, waiting]) {
      const job = await ended(one, id);
      assert.deepEqual([job.status, job.error?.code], ['failed', 'deadline-passed']);
    }
    assert.ok(performance.now() - asked < 5_000);
    await until(() => one.get(JobWorker).held === 0);
  });

  it('hold no more memory than they may, and run the rest one after the other', async () => {
    const one = await replica(ALL, { SIMULATION_MEMORY_BYTES_MAX: String(6 * 1024 ** 2) });
    const ids = [await submit(one, { source: longRun(18, 400) }), await submit(one, { source: longRun(18, 400) })].map(({ id }) => id);
    let most = 0;
    await until(async () => {
      const jobs = await Promise.all(ids.map((id) => look(one, id)));
      most = Math.max(most, one.get(JobWorker).held);
      return jobs.every(({ status }) => isFinal(status));
    });
    assert.equal(most, 1);
  });

  it('give a running job back when they are told to end, and another worker takes it', async () => {
    const one = await replica();
    const api = await replica(API);
    const { id } = await submit(api, { source: longRun() });
    await until(async () => (await look(api, id)).status === 'running');
    await one.close();
    const left = await look(api, id);
    assert.deepEqual([left.status, left.startedAt], ['queued', null]);
    await replica();
    await until(async () => (await look(api, id)).status === 'running');
    await api.get(Cancellation).cancel(alice, id);
    await ended(api, id);
  });

  it('finish what is nearly done before they end', async () => {
    const one = await replica();
    const api = await replica(API);
    const { id } = await submit(one);
    await one.close();
    await until(async () => ['succeeded', 'queued'].includes((await look(api, id)).status));
  });

  it('have their results signed by the ledger, once, and the signature verifies', async () => {
    const one = await replica([SimulationModule, SimulationSigningModule, SimulationWorkerModule]);
    const { id } = await submit(one);
    await until(async () => (await installation.query(`SELECT FROM simulation.job WHERE status = 'signing'`)).length === 1);
    const signer = one.get(ResultSigner);
    const stored = await Promise.all([signer.sign(), signer.sign()]);
    assert.equal(stored[0]! + stored[1]!, 1);
    assert.equal(await signer.sign(), 0);
    assert.equal(await one.get(JobEndings).until(id, 20_000, new AbortController().signal), true);
    const { signature } = await look(one, id);
    const { digest } = await resultOf(one, id);
    const verifier = await one.get(Keyring).verifier('result', signature!.keyId);
    const bytes = Buffer.from(signature!.value, 'base64url');
    assert.equal(signature!.algorithm, 'Ed25519');
    assert.equal(verifier!.verify(Buffer.from(digest), bytes), true);
    assert.equal(verifier!.verify(Buffer.from(digest.replace(/.$/, (last) => (last === '0' ? '1' : '0'))), bytes), false);
  });
});
