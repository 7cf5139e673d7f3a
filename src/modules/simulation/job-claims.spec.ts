import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Installation, openInstallation, queuedJob, type Replica } from '../../../test/harness/simulation.js';
import type { ClaimedJob, FinishedRun } from './domain/job.js';
import { JOB_STATUSES, mayBecome } from './domain/job-status.js';
import { JobClaims } from './job-claims.js';
import { JobReader } from './job-reader.js';
import { ResultSigner } from './result-signer.js';
import { JobRepository, type NewJob } from './persistence/job.repository.js';
import { SimulationModule, SimulationRunModule, SimulationSigningModule } from './simulation.module.js';
import { Cancellation } from './cancellation.js';
import type { Principal } from '#pure/principal/principal.js';

const OFFER = { freeBytes: 1 << 30, totalBytes: 1 << 30, runningPerPrincipalMax: 1000 };
const DIGEST = `sha256:${'0'.repeat(64)}`;
const RUN: FinishedRun = { body: new Uint8Array(Buffer.from('{}')), digest: DIGEST, engineVersion: '1' };
const SIGNED_RESULT = `INSERT INTO simulation.result (job_id, body, size_bytes, digest, algorithm, key_id, signature, signed_at) VALUES ($1, 'x', 1, $2, 'Ed25519', 'k', 'x', now())`;
const ENTRY = '01900000-0000-7000-8000-0000000000ff';

interface Row {
  status: string;
  workers_lost: number;
  claim_token: string | null;
  end_entry_id: string | null;
  error_code: string | null;
  progress: number;
}

describe('claims on real Postgres', () => {
  let installation: Installation;
  let replica: Replica;
  let claims: JobClaims;
  let researcher: Principal;

  before(async () => {
    installation = await openInstallation();
    replica = await installation.replica([SimulationModule, SimulationRunModule, SimulationSigningModule]);
    claims = replica.get(JobClaims);
    researcher = await installation.person('researcher', installation.red);
  });
  after(() => installation.close());
  beforeEach(async () => {
    await installation.query('TRUNCATE simulation.job CASCADE');
  });

  async function queue(memoryBytes = 64, over: Partial<NewJob> = {}): Promise<string> {
    const job = queuedJob(installation.red, researcher.id, { memoryBytes, ...over });
    await installation.database.app.run(researcher, (tx) => replica.get(JobRepository).insert(tx, job, 1000));
    return job.id;
  }
  const row = async (id: string): Promise<Row> => (await installation.query<Row>('SELECT * FROM simulation.job WHERE id = $1', [id]))[0]!;
  const claim = async (worker = 'one'): Promise<ClaimedJob> => (await claims.claim(worker, OFFER))!;
  const expire = (id: string): Promise<unknown> => installation.query(`UPDATE simulation.job SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
  const entries = async (id: string): Promise<string[]> =>
    (await installation.query<{ code: string }>(`SELECT convert_from(body, 'UTF8')::jsonb -> 'metadata' ->> 'event_code' AS code FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%' ORDER BY seq`, [id])).map(({ code }) => code);

  it('gives the oldest job first, and each to one worker only', async () => {
    const ids = [await queue(), await queue(), await queue()];
    const claimed = await Promise.all([claim('one'), claim('two'), claim('three')]);
    assert.deepEqual(claimed.map(({ id }) => id).sort(), ids.sort());
    assert.equal(await claims.claim('four', OFFER), null);
  });

  it('gives a hundred jobs to eight workers at once, none twice', async () => {
    for (let count = 0; count < 100; count += 1) await queue();
    const taken: string[] = [];
    const drain = async (worker: number): Promise<void> => {
      for (let job = await claims.claim(`worker ${worker}`, OFFER); job !== null; job = await claims.claim(`worker ${worker}`, OFFER)) taken.push(job.id);
    };
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(drain));
    // SKIP LOCKED may let a worker look past a job that is being claimed, never at one that was.
    assert.equal(new Set(taken).size, taken.length);
    assert.equal(taken.length, 100);
  });

  it('does not claim what does not fit, nor let a smaller one past the oldest', async () => {
    await queue(1000);
    await queue(10);
    assert.equal(await claims.claim('one', { ...OFFER, freeBytes: 500, totalBytes: 2000 }), null);
    assert.notEqual(await claims.claim('one', { ...OFFER, freeBytes: 1000, totalBytes: 2000 }), null);
  });

  it('leaves what it could never hold to a larger worker', async () => {
    await queue(1000);
    const small = await queue(10);
    assert.equal((await claims.claim('one', { ...OFFER, freeBytes: 500, totalBytes: 500 }))?.id, small);
  });

  it('ends a job with its result and its entry in one transaction', async () => {
    await queue();
    const job = await claim();
    assert.equal(await claims.succeed(job, RUN), 'done');
    const after = await row(job.id);
    assert.deepEqual([after.status, after.claim_token, after.progress], ['signing', null, 1]);
    assert.deepEqual(await entries(job.id), ['simulation.complete']);
    const [entry] = await installation.query<{ body: Buffer }>('SELECT body FROM audit.entry WHERE id = $1', [after.end_entry_id]);
    assert.ok(entry!.body.includes(`"submittedBy":"${job.submittedBy}"`), 'the entry tells for whom it ran');
  });

  it('lets a job succeed when its result is signed, and is running to its readers until then', async () => {
    await queue();
    const job = await claim();
    await claims.succeed(job, RUN);
    const shown = async () => (await replica.get(JobReader).getWithResult(researcher, job.id, 0)).job;
    assert.deepEqual([(await shown()).status, (await shown()).signature, (await shown()).finishedAt], ['running', null, null]);
    assert.equal((await replica.get(Cancellation).cancel(researcher, job.id)).status, 'running');
    assert.equal(await replica.get(ResultSigner).sign(), 1);
    const { status, signature, finishedAt } = await shown();
    assert.deepEqual([status, signature?.algorithm, finishedAt instanceof Date], ['succeeded', 'Ed25519', true]);
    assert.equal(await replica.get(ResultSigner).sign(), 0);
  });

  it('lists a job that is being signed among those that run', async () => {
    await queue();
    await claims.succeed(await claim(), RUN);
    const { items } = await replica.get(JobReader).list(researcher, { limit: 5, after: null });
    assert.deepEqual(items.map(({ job }) => job.status), ['running']);
  });

  it('refuses the result of a worker whose lease another has taken over', async () => {
    await queue();
    const first = await claim('one');
    await expire(first.id);
    assert.equal(await claims.recoverLost(), true);
    const second = await claim('two');
    assert.equal(second.id, first.id);
    assert.equal(await claims.succeed(first, RUN), 'stale');
    assert.equal(await claims.fail(first, { code: 'engine-failure', detail: 'late' }), 'stale');
    assert.equal((await row(first.id)).status, 'running');
    assert.deepEqual(await entries(first.id), []);
    assert.equal(await claims.succeed(second, RUN), 'done');
    assert.equal(await claims.succeed(second, RUN), 'stale');
    assert.deepEqual(await entries(first.id), ['simulation.complete']);
  });

  it('still takes the result of a worker whose lease has run out and was not taken over', async () => {
    await queue();
    const job = await claim();
    await expire(job.id);
    assert.equal(await claims.succeed(job, RUN), 'done');
    assert.equal(await claims.recoverLost(), false);
  });

  it('lets one of two who finish the same claim at once win', async () => {
    await queue();
    const job = await claim();
    const outcomes = await Promise.all([claims.succeed(job, RUN), claims.succeed(job, RUN), claims.stop(job)]);
    assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1);
    assert.equal((await entries(job.id)).length, 1);
  });

  it('starts a lost job again twice, and then fails it', async () => {
    const id = await queue();
    for (const lost of [1, 2]) {
      await claim();
      await expire(id);
      assert.equal(await claims.recoverLost(), true);
      assert.deepEqual([(await row(id)).status, (await row(id)).workers_lost], ['queued', lost]);
    }
    await claim();
    await expire(id);
    await claims.recoverLost();
    assert.deepEqual([(await row(id)).status, (await row(id)).error_code], ['failed', 'worker-lost']);
    assert.deepEqual(await entries(id), ['simulation.fail']);
  });

  it('does not take a job whose lease still runs', async () => {
    await queue();
    await claim();
    assert.equal(await claims.recoverLost(), false);
  });

  it('takes a job whose lease ends when none can that was given by this clock: it was set back, and the worker may be gone', async () => {
    const id = await queue();
    await claim();
    for (const [ahead, isLost] of [['15 seconds', false], ['1 hour', true]] as const) {
      await installation.query(`UPDATE simulation.job SET lease_until = clock_timestamp() + $2::interval WHERE id = $1`, [id, ahead]);
      assert.equal(await claims.recoverLost(), isLost, ahead);
    }
    assert.deepEqual([(await row(id)).status, (await row(id)).workers_lost], ['queued', 1]);
  });

  it('lets two workers recover one lost job once', async () => {
    const id = await queue();
    await claim();
    await expire(id);
    const recovered = await Promise.all([claims.recoverLost(), claims.recoverLost()]);
    assert.deepEqual(recovered.sort(), [false, true]);
    assert.equal((await row(id)).workers_lost, 1);
  });

  it('keeps a lease by beating, says what was lost, and never lets progress fall', async () => {
    await queue();
    const job = await claim();
    await expire(job.id);
    const beat = (progress: number, token = job.token) => claims.beat([{ id: job.id, token, progress }], [job.id]);
    assert.deepEqual(await beat(0.5), { lost: [], stops: [] });
    await beat(0.25);
    assert.equal((await row(job.id)).progress, 0.5);
    assert.equal(await claims.recoverLost(), false);
    assert.deepEqual((await beat(0.9, ENTRY)).lost, [job.id]);
    assert.equal((await row(job.id)).progress, 0.5);
  });

  it('does not count a job that is given back as lost', async () => {
    const id = await queue();
    await claims.release(await claim());
    assert.deepEqual([(await row(id)).status, (await row(id)).workers_lost], ['queued', 0]);
  });

  it('cancels a queued job at once, and hears of a running one', async () => {
    const cancellation = replica.get(Cancellation);
    const queued = await queue();
    assert.equal((await cancellation.cancel(researcher, queued)).status, 'cancelled');
    const id = await queue();
    const job = await claim();
    assert.equal((await cancellation.cancel(researcher, id)).status, 'running');
    assert.deepEqual((await claims.beat([], [id])).stops, [{ id, why: 'cancel' }]);
    assert.equal(await claims.stop(job), 'done');
    assert.deepEqual(await entries(queued), ['simulation.cancel']);
    assert.deepEqual(await entries(id), ['simulation.cancel', 'simulation.stop']);
  });

  it('cancels a lost job whose cancellation was demanded', async () => {
    const id = await queue();
    await claim();
    await replica.get(Cancellation).cancel(researcher, id);
    await expire(id);
    await claims.recoverLost();
    assert.equal((await row(id)).status, 'cancelled');
  });

  it('ends what is late in the queue as failed, once and with an entry, and nothing else', async () => {
    const late = await queue(64, { deadline: new Date(Date.now() - 1000) });
    await queue(64, { deadline: new Date(Date.now() + 60_000) });
    await queue();
    const expired = await Promise.all([claims.expireQueued(), claims.expireQueued()]);
    assert.deepEqual(expired.sort(), [false, true]);
    assert.equal(await claims.expireQueued(), false);
    assert.deepEqual([(await row(late)).status, (await row(late)).error_code], ['failed', 'deadline-passed']);
    assert.deepEqual(await entries(late), ['simulation.fail']);
    assert.equal((await row(late)).end_entry_id !== null, true);
  });

  it('tells the worker which of its jobs are late, and that one is cancelled before that it is late', async () => {
    const soon = { deadline: new Date(Date.now() + 60_000) };
    const [late, both] = [await queue(64, soon), await queue(64, soon)];
    const inTime = await queue();
    for (const _ of [late, both, inTime]) await claim();
    await replica.get(Cancellation).cancel(researcher, both);
    await installation.query(`UPDATE simulation.job SET deadline = now() - interval '1 second' WHERE deadline IS NOT NULL`);
    const { stops } = await claims.beat([], [late, both, inTime]);
    assert.deepEqual([...stops].sort((a, b) => a.why.localeCompare(b.why)), [{ id: both, why: 'cancel' }, { id: late, why: 'expire' }]);
  });

  it('changes nothing when the entry cannot be written', async () => {
    await queue();
    const job = await claim();
    const late = await queue(64, { deadline: new Date(Date.now() - 1000) });
    await installation.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      await assert.rejects(claims.succeed(job, RUN));
      await assert.rejects(claims.expireQueued());
      await assert.rejects(replica.get(Cancellation).cancel(researcher, job.id));
    } finally {
      await installation.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
    assert.deepEqual([(await row(job.id)).status, (await row(late)).status], ['running', 'queued']);
    assert.equal((await installation.query('SELECT FROM simulation.result')).length, 0);
    assert.equal(await claims.succeed(job, RUN), 'done');
  });

  it('changes nothing when the result cannot be stored', async () => {
    await queue();
    const job = await claim();
    await assert.rejects(claims.succeed(job, { ...RUN, digest: 'not a digest' }));
    assert.equal((await row(job.id)).status, 'running');
    assert.deepEqual(await entries(job.id), []);
  });

  it('holds the trigger of the table to the transitions of the domain', async () => {
    // Which of them a part has and which a whole job is another rule, that of the constraints.
    await installation.query('ALTER TABLE simulation.job DROP CONSTRAINT job_part, DROP CONSTRAINT job_parts');
    for (const from of JOB_STATUSES) {
      for (const to of JOB_STATUSES.filter((status) => status !== from)) {
        const id = await queue();
        await installation.query('ALTER TABLE simulation.job DISABLE TRIGGER job_transition');
        await installation.query(...become(id, from));
        await installation.query('ALTER TABLE simulation.job ENABLE TRIGGER job_transition');
        if (to === 'succeeded') await installation.query(SIGNED_RESULT, [id, DIGEST]);
        const change = installation.query(...become(id, to));
        if (mayBecome(from, to)) await change;
        else await assert.rejects(change, /does not go from/, `${from} → ${to}`);
      }
    }
  });
});

/** As a superuser: everything that a row of this status must have. */
function become(id: string, status: string): [string, unknown[]] {
  const running = status === 'running';
  const final = ['succeeded', 'failed', 'cancelled'].includes(status);
  const ended = final || status === 'signing';
  return [
    `UPDATE simulation.job SET status = $2, claim_token = $3, lease_until = $4, finished_at = $5, end_entry_id = $6, error_code = $7 WHERE id = $1`,
    [id, status, running ? ENTRY : null, running ? new Date() : null, final ? new Date() : null, ended ? ENTRY : null, status === 'failed' ? 'worker-lost' : null],
  ];
}
