import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { resultDigest } from '#pure/digest/result-digest.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BRANCHING, type Installation, openInstallation, type Replica, until } from '../../../test/harness/simulation.js';
import { Cancellation } from './cancellation.js';
import { CircuitRunner } from './circuit-runner.js';
import type { ClaimedJob, Job } from './domain/job.js';
import { isFinal } from './domain/job-status.js';
import { JobClaims } from './job-claims.js';
import { JobReader } from './job-reader.js';
import { SimulationWorkerModule } from './jobs/simulation-worker.module.js';
import { ResultSigningModule } from './jobs/result-signing.module.js';
import { SimulationModule, SimulationRunModule } from './simulation.module.js';
import { type SimulationRequest } from './order-reader.js';
import { Submission } from './submission.js';

interface Result {
  readonly counts: Record<string, number>;
  readonly memory?: readonly string[];
  readonly results?: readonly Result[];
  readonly shots: number;
  readonly seed: number;
  readonly digest: string;
  readonly durationMillis: number;
}

const POINT = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float theta;\nqubit[2] q;\nbit[2] c;\nry(theta) q[0];\ncx q[0], q[1];\nc = measure q;\n';
const OFFER = { freeBytes: 2 ** 40, totalBytes: 2 ** 40, runningPerPrincipalMax: 100 };

describe('jobs that are cut into parts, on real Postgres', () => {
  let installation: Installation;
  let alice: Principal;
  let api: Replica;
  const open: Replica[] = [];

  before(async () => {
    installation = await openInstallation();
    alice = await installation.person('researcher', installation.red);
    api = await installation.replica([SimulationModule, SimulationRunModule, ResultSigningModule], { SIMULATION_THREADS: '1' });
  });
  afterEach(async () => {
    for (const replica of open.splice(0)) await replica.close();
    await installation.query('TRUNCATE simulation.job CASCADE');
  });
  after(() => installation.close());

  async function worker(threads: number): Promise<Replica> {
    const opened = await installation.replica([SimulationModule, SimulationWorkerModule], { SIMULATION_THREADS: String(threads) });
    open.push(opened);
    return opened;
  }
  const submit = (over: Partial<SimulationRequest>): Promise<Job> =>
    api.get(Submission).submit(alice, null, { shots: 200, seed: 7, project: 'red', method: 'statevector', ...(over.programs === undefined ? { language: 'openqasm2' as const, source: BRANCHING } : {}), ...over });
  const look = async (id: string): Promise<Job> => (await api.get(JobReader).getWithResult(alice, id, 0)).job;
  async function ended(id: string): Promise<Job> {
    await until(async () => isFinal((await look(id)).status), 60_000);
    return look(id);
  }
  const resultOf = async (id: string): Promise<Result> => JSON.parse((await api.get(JobReader).result(alice, id)).toString('utf8')) as Result;
  const partsOf = (id: string): Promise<{ id: string; status: string; progress: number; shots: number }[]> =>
    installation.query('SELECT id, status, progress, shots FROM simulation.job WHERE parent_id = $1 ORDER BY id', [id]);
  const statusOf = async (id: string): Promise<string> => (await installation.query<{ status: string }>('SELECT status FROM simulation.job WHERE id = $1', [id]))[0]!.status;
  const entries = async (id: string): Promise<string[]> =>
    (await installation.query<{ code: string }>(`SELECT convert_from(body, 'UTF8')::jsonb -> 'metadata' ->> 'event_code' AS code FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%' ORDER BY seq`, [id])).map(({ code }) => code);
  const claim = async (): Promise<ClaimedJob> => (await api.get(JobClaims).claim('by hand', OFFER))!;
  /** Runs a claimed job in a thread of this process to what it gives. */
  async function run(job: ClaimedJob): Promise<void> {
    const outcome = await api.get(CircuitRunner).start(job).outcome;
    assert.ok(outcome.kind === 'finished', JSON.stringify(outcome));
    assert.equal(await api.get(JobClaims).succeed(job, outcome.run), 'done');
  }
  async function drain(): Promise<void> {
    for (let job = await api.get(JobClaims).claim('by hand', OFFER); job !== null; job = await api.get(JobClaims).claim('by hand', OFFER)) await run(job);
  }
  async function expire(id: string): Promise<void> {
    await installation.query(`UPDATE simulation.job SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
    assert.equal(await api.get(JobClaims).recoverLost(), true);
  }
  const comparable = ({ digest: _digest, durationMillis: _millis, results, ...rest }: Result): object => ({ ...rest, ...(results === undefined ? {} : { results: results.map(({ durationMillis: _own, ...item }) => item) }) });

  it('have the very result that one worker gives in one piece, whoever runs which part', async () => {
    const request = { outputs: ['counts', 'memory'], noise: { readout: [{ p01: 0.1, p10: 0.05 }] } };
    const whole = await submit(request);
    const parts = await partsOf(whole.id);
    assert.ok(parts.length > 1 && parts.reduce((sum, { shots }) => sum + shots, 0) === 200, `${parts.length} parts`);
    const first = await claim();
    await worker(2);
    await run(first);
    assert.equal((await ended(whole.id)).status, 'succeeded');
    assert.equal((await installation.query('SELECT DISTINCT claimed_by FROM simulation.job WHERE parent_id = $1', [whole.id])).length, 2);
    const result = await resultOf(whole.id);
    assert.equal(resultDigest(result), result.digest);
    assert.equal(result.memory!.length, 200);
    // The same job in one piece: as it is stored, without its parts.
    const again = await submit(request);
    await installation.query('DELETE FROM simulation.job WHERE parent_id = $1', [again.id]);
    await installation.query('ALTER TABLE simulation.job DISABLE TRIGGER job_transition');
    await installation.query(`UPDATE simulation.job SET parts = 0, status = 'queued' WHERE id = $1`, [again.id]);
    await installation.query('ALTER TABLE simulation.job ENABLE TRIGGER job_transition');
    assert.equal((await ended(again.id)).status, 'succeeded');
    assert.deepEqual(comparable(await resultOf(again.id)), comparable(result));
    assert.deepEqual(await entries(whole.id), ['simulation.submit', 'simulation.complete']);
    assert.equal((await installation.query('SELECT FROM simulation.part_result')).length, 0);
  });

  it('are seen as one, whose progress is the mean of its parts and never falls', async () => {
    const { id } = await submit({});
    const parts = await partsOf(id);
    assert.deepEqual([(await look(id)).status, (await look(id)).progress, (await look(id)).startedAt], ['queued', 0, null]);
    const first = await claim();
    assert.equal(first.part?.jobId, id);
    assert.equal((await look(id)).status, 'running');
    await api.get(JobClaims).beat([{ id: first.id, token: first.token, progress: 0.5 }], [first.id]);
    assert.ok(Math.abs((await look(id)).progress - 0.5 / parts.length) < 1e-6);
    await run(first);
    assert.ok(Math.abs((await look(id)).progress - 1 / parts.length) < 1e-6);
    const { items } = await api.get(JobReader).list(alice, { limit: 10, after: null });
    assert.deepEqual(items.map(({ job }) => [job.id, job.status]), [[id, 'running']]);
    await assert.rejects(api.get(JobReader).getWithResult(alice, first.id, 0), (fault: Fault) => fault.kind.code === 'not-found');
    for (let rest = parts.length - 1; rest > 0; rest -= 1) await run(await claim());
    const merging = await claim();
    assert.deepEqual([merging.id, merging.results.length, (await look(id)).progress], [id, parts.length, 1]);
    await run(merging);
    await ended(id);
  });

  it('go on without a worker that was lost, and fail with the part that took three with it', async () => {
    const { id } = await submit({});
    const lost = await claim();
    await expire(lost.id);
    assert.deepEqual([await statusOf(lost.id), await statusOf(id)], ['queued', 'spread']);
    for (let time = 2; time <= 3; time += 1) {
      let again = await claim();
      while (again.id !== lost.id) again = await claim();
      await expire(again.id);
    }
    const job = await look(id);
    assert.deepEqual([job.status, job.error?.code], ['failed', 'worker-lost']);
    assert.deepEqual(await entries(id), ['simulation.submit', 'simulation.fail']);
    assert.ok((await partsOf(id)).every(({ status }) => status === 'done' || status === 'running'), 'nobody begins another part of it');
  });

  it('fail as soon as one part does, and the others are stopped and leave nothing', async () => {
    const { id } = await submit({});
    const [done, failing, running] = [await claim(), await claim(), await claim()];
    await run(done);
    assert.equal(await api.get(JobClaims).fail(failing, { code: 'loop-limit', detail: 'A loop went on.' }), 'done');
    const job = await look(id);
    assert.deepEqual([job.status, job.error], ['failed', { code: 'loop-limit', detail: 'A loop went on.' }]);
    assert.deepEqual((await api.get(JobClaims).beat([], [running.id])).stops, [{ id: running.id, why: 'cancel' }]);
    assert.equal(await api.get(JobClaims).stop(running), 'done');
    assert.equal(await api.get(JobClaims).claim('by hand', OFFER), null);
    assert.equal((await installation.query('SELECT FROM simulation.part_result')).length, 0);
    assert.equal((await partsOf(id)).filter(({ status }) => status !== 'done').length, 0);
  });

  it('are cancelled at once, while parts run and while they are merged', async () => {
    const { id } = await submit({});
    const [done, running] = [await claim(), await claim()];
    await run(done);
    assert.equal((await api.get(Cancellation).cancel(alice, id)).status, 'cancelled');
    assert.deepEqual((await api.get(JobClaims).beat([], [running.id])).stops, [{ id: running.id, why: 'cancel' }]);
    await run(running);
    assert.equal((await installation.query('SELECT FROM simulation.part_result')).length, 0, 'what comes too late is not kept');
    assert.deepEqual(await entries(id), ['simulation.submit', 'simulation.cancel']);

    const second = await submit({});
    for (const { id: _part } of await partsOf(second.id)) await run(await claim());
    const merging = await claim();
    assert.equal(merging.id, second.id);
    assert.equal((await api.get(Cancellation).cancel(alice, second.id)).status, 'running');
    assert.deepEqual((await api.get(JobClaims).beat([], [second.id])).stops, [{ id: second.id, why: 'cancel' }]);
    const circuit = api.get(CircuitRunner).start(merging);
    circuit.stop();
    assert.equal((await circuit.outcome).kind, 'stopped');
    assert.equal(await api.get(JobClaims).stop(merging), 'done');
    assert.equal((await look(second.id)).status, 'cancelled');
    assert.equal((await installation.query('SELECT FROM simulation.part_result')).length, 0);
  });

  it('are merged by another when the one who merged them is lost', async () => {
    const { id } = await submit({});
    for (const { id: _part } of await partsOf(id)) await run(await claim());
    const first = await claim();
    await expire(first.id);
    assert.equal((await look(id)).status, 'running', 'to its readers it never went back');
    const second = await claim();
    assert.deepEqual([second.id, second.results.length], [id, first.results.length]);
    await run(second);
    assert.equal(await api.get(JobClaims).succeed(first, { body: new Uint8Array(1), digest: `sha256:${'0'.repeat(64)}`, engineVersion: '2' }), 'stale');
    assert.equal((await ended(id)).status, 'succeeded');
  });

  it('fail at their deadline, whatever parts wait or run', async () => {
    const { id } = await submit({});
    const running = await claim();
    await installation.query(`UPDATE simulation.job SET deadline = now() - interval '1 second' WHERE id = $1`, [id]);
    assert.equal(await api.get(JobClaims).expireQueued(), true);
    assert.deepEqual([(await look(id)).status, (await look(id)).error?.code], ['failed', 'deadline-passed']);
    assert.deepEqual((await api.get(JobClaims).beat([], [running.id])).stops, [{ id: running.id, why: 'cancel' }]);
    assert.equal(await api.get(JobClaims).claim('by hand', OFFER), null);
  });

  it('are not there for small ones: one row, as ever', async () => {
    const points = await submit({ language: 'openqasm3', source: POINT, sweep: Array.from({ length: 100 }, (_, k) => ({ theta: k / 10 })) });
    const bell = await submit({ source: 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\nmeasure q -> c;\n' });
    assert.deepEqual(await installation.query('SELECT id, status, parts, item_count FROM simulation.job ORDER BY id'), [
      { id: points.id, status: 'queued', parts: 0, item_count: 100 }, { id: bell.id, status: 'queued', parts: 0, item_count: 1 },
    ]);
  });

  it('tell the results of a sweep in the order of its points, each as it is by itself', async () => {
    const sweep = [{ theta: 0 }, { theta: Math.PI }, { theta: 1.5 }];
    const { id, items } = await submit({ language: 'openqasm3', source: POINT, sweep, shots: 50 });
    assert.equal(items, 3);
    await drain();
    await ended(id);
    const result = await resultOf(id);
    assert.deepEqual(result.results!.map(({ counts }) => counts).slice(0, 2), [{ '00': 50 }, { '11': 50 }]);
    assert.deepEqual(result.results!.map(({ seed }) => seed), [7, 8, 9]);
    assert.equal(resultDigest(result), result.digest);
    const alone = await submit({ language: 'openqasm3', source: POINT, parameters: { theta: 1.5 }, seed: 9, shots: 50 });
    await drain();
    await ended(alone.id);
    assert.deepEqual(comparable(await resultOf(alone.id)), comparable(result.results![2]!));
  });

  it('cut a batch between its programs and within one, and put it together again', async () => {
    const small = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[1];\nx q[0];\nmeasure q -> c;\n';
    const programs = [{ language: 'openqasm2' as const, source: small, name: 'one' }, { language: 'openqasm2' as const, source: BRANCHING }, { language: 'openqasm2' as const, source: small }];
    const { id } = await submit({ programs });
    const parts = await installation.query<{ first_item: number; item_count: number; source: string }>('SELECT first_item, item_count, source FROM simulation.job WHERE parent_id = $1 ORDER BY first_item, first_shot', [id]);
    assert.ok(parts.length > 3 && parts[0]!.first_item === 0 && parts.at(-1)!.first_item === 2 && parts.every(({ source }) => source === ''));
    await drain();
    await ended(id);
    const { results } = await resultOf(id);
    assert.deepEqual(results!.map((item) => (item as unknown as { name?: string }).name), ['one', undefined, undefined]);
    assert.deepEqual([results![0]!.counts, results![2]!.counts, results![1]!.shots], [{ 1: 200 }, { 1: 200 }, 200]);
  });
});
