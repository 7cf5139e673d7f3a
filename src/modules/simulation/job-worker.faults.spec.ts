import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AuditLog } from '#modules/audit/index.js';
import { Config } from '#platform/config/config.js';
import { type Tx, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Tracing } from '#platform/tracing/tracing.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Principal } from '#pure/principal/principal.js';
import { BELL, type Installation, longRun, openInstallation, type Replica, until } from '../../../test/harness/simulation.js';
import { CircuitRunner } from './circuit-runner.js';
import { JobClaims } from './job-claims.js';
import { JobSignals } from './job-signals.js';
import { JobWorker } from './job-worker.js';
import { PartEndings } from './part-endings.js';
import { ClaimRepository } from './persistence/claim.repository.js';
import { PartRepository } from './persistence/part.repository.js';
import { SimulationModule, SimulationRunModule } from './simulation.module.js';
import { Submission } from './submission.js';

/** How a transaction goes wrong: undone, done and not answered, or late. */
type Failure = 'failed' | 'failed but persisted' | 'slow';
type Step = 'claim' | 'beat' | 'end' | 'expire';

/** The worker's unit of work, with one step that goes wrong so many times. */
class FaultyUnitOfWork extends WorkerUnitOfWork {
  next: Step = 'claim';
  plan: { step: Step; failure: Failure; times: number } | null = null;

  constructor(private readonly real: WorkerUnitOfWork) {
    super(null);
  }

  override async run<T>(principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { plan } = this;
    if (plan === null || plan.step !== this.next || plan.times === 0) return this.real.run(principal, work);
    plan.times -= 1;
    if (plan.failure === 'failed') throw new Error('the connection was lost');
    if (plan.failure === 'slow') await sleep(300);
    const value = await this.real.run(principal, work);
    if (plan.failure === 'failed but persisted') throw new Error('the answer to COMMIT was lost');
    return value;
  }
}

/** Says which step a transaction belongs to. */
class SteppedClaims extends JobClaims {
  faulty!: FaultyUnitOfWork;
  private as<T>(step: Step, work: () => Promise<T>): Promise<T> {
    this.faulty.next = step;
    return work();
  }
  override claim(...given: Parameters<JobClaims['claim']>): ReturnType<JobClaims['claim']> {
    return this.as('claim', () => super.claim(...given));
  }
  override beat(...given: Parameters<JobClaims['beat']>): ReturnType<JobClaims['beat']> {
    return this.as('beat', () => super.beat(...given));
  }
  override expireQueued(): ReturnType<JobClaims['expireQueued']> {
    return this.as('expire', () => super.expireQueued());
  }
  override succeed(...given: Parameters<JobClaims['succeed']>): ReturnType<JobClaims['succeed']> {
    return this.as('end', () => super.succeed(...given));
  }
}

interface Expectation {
  readonly step: Step;
  readonly failure: Failure;
  /** What the call that drives the step does. */
  readonly answer: 'rejects' | 'resolves';
  /** The job right after it. */
  readonly then: 'queued' | 'running' | 'signing';
}

/** Every step of a worker × every failure. In the end each job has one result and one entry of it. */
const TABLE: readonly Expectation[] = [
  { step: 'claim', failure: 'failed', answer: 'rejects', then: 'queued' },
  { step: 'claim', failure: 'failed but persisted', answer: 'rejects', then: 'running' },
  { step: 'claim', failure: 'slow', answer: 'resolves', then: 'running' },
  { step: 'beat', failure: 'failed', answer: 'rejects', then: 'running' },
  { step: 'beat', failure: 'failed but persisted', answer: 'rejects', then: 'running' },
  { step: 'beat', failure: 'slow', answer: 'resolves', then: 'running' },
  { step: 'end', failure: 'failed', answer: 'resolves', then: 'signing' },
  { step: 'end', failure: 'failed but persisted', answer: 'resolves', then: 'signing' },
  { step: 'end', failure: 'slow', answer: 'resolves', then: 'signing' },
];

describe('a worker whose steps go wrong', () => {
  let installation: Installation;
  let replica: Replica;
  let alice: Principal;

  before(async () => {
    installation = await openInstallation();
    alice = await installation.person('researcher', installation.red);
    replica = await installation.replica([SimulationModule, SimulationRunModule], { SIMULATION_THREADS: '1' });
  });
  beforeEach(() => installation.query('TRUNCATE simulation.job CASCADE'));
  after(() => installation.close());

  function faultyWorker(): { worker: JobWorker; faulty: FaultyUnitOfWork } {
    const faulty = new FaultyUnitOfWork(installation.database.worker);
    const parts = new PartRepository();
    const endings = new PartEndings(faulty, parts, replica.get(AuditLog), new JobSignals());
    const claims = new SteppedClaims(faulty, new ClaimRepository(), replica.get(AuditLog), new JobSignals(), replica.get(Clock), replica.get(Randomness), parts, endings);
    claims.faulty = faulty;
    return { faulty, worker: new JobWorker(claims, replica.get(CircuitRunner), new JobSignals(), replica.get(Clock), replica.get(Config), replica.get(Metrics), replica.get(Tracing)) };
  }
  const submit = (source: string): Promise<{ id: string }> => replica.get(Submission).submit(alice, null, { language: 'openqasm2', source, shots: 10, project: 'red' });
  const statusOf = async (id: string): Promise<string> => (await installation.query<{ status: string }>('SELECT status FROM simulation.job WHERE id = $1', [id]))[0]!.status;
  const endsOf = async (id: string, event = 'simulation.complete'): Promise<number> =>
    (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $2 || '%' || $1 || '%'`, [id, event])).length;

  for (const { step, failure, answer, then } of TABLE) {
    it(`${step} ${failure}: ${answer}, the job is ${then}, and in the end it has one result`, async () => {
      const { worker, faulty } = faultyWorker();
      // While the heart beats, slowly perhaps, the job must still run; for its end it must end.
      const { id } = await submit(step === 'end' ? BELL : longRun(18, step === 'beat' ? 2000 : 500));
      if (step !== 'claim') await worker.fill();
      faulty.plan = { step, failure, times: 1 };
      const driven = step === 'claim' ? worker.fill() : step === 'beat' ? worker.beat() : until(() => worker.held === 0);
      if (answer === 'rejects') await assert.rejects(driven);
      else await driven;
      assert.equal(await statusOf(id), then);

      // Whatever was left behind: the lease of nobody runs out, and the next turn takes the job.
      faulty.plan = null;
      if (worker.held === 0 && then === 'running') await installation.query(`UPDATE simulation.job SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
      await worker.recoverLost();
      await worker.fill();
      await until(() => worker.held === 0);
      assert.equal(await statusOf(id), 'signing');
      assert.equal(await endsOf(id), 1);
      assert.equal((await installation.query('SELECT FROM simulation.result WHERE job_id = $1', [id])).length, 1);
    });
  }

  const LATE: readonly { readonly failure: Failure; readonly answer: Expectation['answer']; readonly then: string }[] = [
    { failure: 'failed', answer: 'rejects', then: 'queued' },
    { failure: 'failed but persisted', answer: 'rejects', then: 'failed' },
    { failure: 'slow', answer: 'resolves', then: 'failed' },
  ];
  for (const { failure, answer, then } of LATE) {
    it(`expire ${failure}: ${answer}, the late job is ${then}, and in the end it has failed once`, async () => {
      const { worker, faulty } = faultyWorker();
      const { id } = await submit(BELL);
      await installation.query('UPDATE simulation.job SET deadline = now()');
      faulty.plan = { step: 'expire', failure, times: 1 };
      if (answer === 'rejects') await assert.rejects(worker.expireQueued());
      else await worker.expireQueued();
      assert.equal(await statusOf(id), then);
      await worker.fill();
      assert.equal(worker.held, 0, 'nobody claims it');
      await worker.expireQueued();
      assert.equal(await statusOf(id), 'failed');
      assert.equal(await endsOf(id, 'simulation.fail'), 1);
    });
  }

  it('stops a circuit whose job another worker has taken, and leaves that job alone', async () => {
    const { worker } = faultyWorker();
    const { id } = await submit(longRun());
    await worker.fill();
    await installation.query(`UPDATE simulation.job SET claim_token = gen_random_uuid(), claimed_by = 'another' WHERE id = $1`, [id]);
    await until(async () => {
      await worker.beat();
      return worker.held === 0;
    });
    const [row] = await installation.query<{ status: string; claimed_by: string }>('SELECT status, claimed_by FROM simulation.job WHERE id = $1', [id]);
    assert.deepEqual(row, { status: 'running', claimed_by: 'another' });
  });

  it('gives back a job that it was just claiming when it was told to end', async () => {
    const { worker, faulty } = faultyWorker();
    const { id } = await submit(BELL);
    faulty.plan = { step: 'claim', failure: 'slow', times: 1 };
    const filling = worker.fill();
    await worker.release(0);
    await filling;
    assert.equal(await statusOf(id), 'queued');
  });

  it('ends without its database: what it held is left to its lease', async () => {
    const { worker, faulty } = faultyWorker();
    const { id } = await submit(longRun());
    await worker.fill();
    faulty.plan = { step: 'claim', failure: 'failed', times: Infinity };
    await worker.release(0);
    assert.equal(worker.held, 0);
    assert.equal(await statusOf(id), 'running');
  });
});
