import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { leaveToCommit, onCommit, type Tx, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import type { ClaimedJob, FinishedRun, JobError } from './domain/job.js';
import { fateOfLostJob, WORKERS_LOST_MAX } from './domain/job-status.js';
import { orderFacts } from './domain/order-facts.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { JobSignals } from './job-signals.js';
import { PartEndings } from './part-endings.js';
import { type Beat, ClaimRepository, type QueueStanding, type Stop, type WorkerOffer } from './persistence/claim.repository.js';
import { PartRepository } from './persistence/part.repository.js';
import { ClaimLost, eventOf, WORKER } from './run-entries.js';

/**
 * How long a claim outlives its last heartbeat. Renewed every 3 s, so two heartbeats may be lost to a slow database; a
 * job of a worker that was killed starts again after this long.
 */
export const LEASE_MILLIS = 10_000;

/** Of a job that was still queued as of one that ran. */
export const DEADLINE_PASSED: JobError = { code: 'deadline-passed', detail: 'The simulation had not finished at its deadline.' };

/** Of a whole job as of a part. */
const WORKER_LOST: JobError = { code: 'worker-lost', detail: `The simulation was started ${WORKERS_LOST_MAX} times, and its worker was lost each time.` };

/** How a job that we hold ends. */
interface Ending {
  /** False: it is not ours any more. */
  readonly step: (tx: Tx, entryId: string) => Promise<boolean>;
  readonly committed: () => void;
}

/** A job's way through a worker: every step one transaction, and every end with its entry in the ledger. */
@Injectable()
export class JobClaims {
  constructor(
    private readonly uow: WorkerUnitOfWork,
    private readonly claims: ClaimRepository,
    private readonly audit: AuditLog,
    private readonly signals: JobSignals,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly parts: PartRepository,
    private readonly partEndings: PartEndings,
  ) {}

  /** queued → running. What a crash after the commit leaves is a lease that runs out. */
  async claim(worker: string, offer: WorkerOffer): Promise<ClaimedJob | null> {
    const token = this.randomness.uuidv7(this.clock.nowMillis());
    // Committed without waiting for what it is: the worker has nothing to say to that.
    const { claiming } = await this.uow.run(WORKER, async (tx) => {
      const claiming = this.claims.claim(tx, token, worker, LEASE_MILLIS, offer);
      leaveToCommit(tx, claiming);
      return { claiming };
    });
    const job = await claiming;
    if (job === null) return null;
    crashPoint('simulation.claim.after-commit');
    return job.part === null && job.parts === 0 ? job : this.uow.run(WORKER, (tx) => this.parts.complete(tx, job));
  }

  async standing(): Promise<QueueStanding> {
    return this.uow.run(WORKER, (tx) => this.claims.standing(tx));
  }

  /** Reports that these jobs go on. Returns those that are no longer ours, and those that are to be stopped. */
  async beat(beats: readonly Beat[], watched: readonly string[]): Promise<{ lost: readonly string[]; stops: readonly Stop[] }> {
    return this.uow.run(WORKER, async (tx) => {
      const kept = new Set(beats.length === 0 ? [] : await this.claims.renew(tx, beats, LEASE_MILLIS));
      const lost = beats.filter((beat) => !kept.has(beat.id)).map((beat) => beat.id);
      return { lost, stops: await this.claims.stopsAmong(tx, watched) };
    });
  }

  /** running → queued: the worker is told to end and cannot finish in time. */
  async release(job: ClaimedJob): Promise<void> {
    await this.uow.run(WORKER, (tx) => this.claims.release(tx, job.id, job.token));
    this.signals.send('queued');
  }

  /** running → signing, with the result and its entry: what it still lacks is no worker's to give. `stale`: the claim was lost, and nothing was changed. */
  async succeed(job: ClaimedJob, run: FinishedRun): Promise<'done' | 'stale'> {
    if (job.part !== null) return this.partEndings.succeed(job, job.part, run);
    const { shots, seed, method, precision } = job;
    const facts = { ...orderFacts(job), resultDigest: run.digest, shots, seed, method, precision, engineVersion: run.engineVersion };
    const outcome = await this.end(job, 'simulation.complete', facts, {
      step: (tx, entryId) => this.claims.finish(tx, job.id, job.token, entryId, run),
      committed: () => this.signals.send('unsigned', { jobId: job.id, digest: run.digest }),
    });
    crashPoint('simulation.complete.after-commit');
    return outcome;
  }

  /** running → failed. */
  async fail(job: ClaimedJob, error: JobError): Promise<'done' | 'stale'> {
    if (job.part !== null) return this.partEndings.fail(job, job.part, error);
    return this.end(job, 'simulation.fail', { errorCode: error.code }, this.withoutResult(job, 'failed', error));
  }

  /** running → cancelled, once the thread has stopped. */
  async stop(job: ClaimedJob): Promise<'done' | 'stale'> {
    if (job.part !== null) return this.partEndings.stop(job, job.part);
    return this.end(job, 'simulation.stop', {}, this.withoutResult(job, 'cancelled', null));
  }

  /** Takes one job from a worker that is gone. False: there is none. */
  async recoverLost(): Promise<boolean> {
    return this.uow.run(WORKER, async (tx) => {
      const job = await this.claims.lockLost(tx, LEASE_MILLIS);
      if (job === null) return false;
      const fate = fateOfLostJob(job.workersLost, job.cancelRequested);
      if (job.parentId !== null && fate !== 'requeue') {
        if (!(await this.partEndings.endLost(tx, job.id, job.parentId, WORKER_LOST))) return false;
      } else if (fate === 'requeue') {
        await this.claims.requeueLost(tx, job.id);
        onCommit(tx, () => this.signals.send('queued'));
      } else if (fate === 'cancel') {
        const entryId = await this.audit.append(tx, eventOf(job, SIMULATION_EVENTS['simulation.stop'], {}));
        await this.claims.endLost(tx, job.id, { status: 'cancelled', entryId, error: null });
      } else {
        const entryId = await this.audit.append(tx, eventOf(job, SIMULATION_EVENTS['simulation.fail'], { errorCode: WORKER_LOST.code }));
        await this.claims.endLost(tx, job.id, { status: 'failed', entryId, error: WORKER_LOST });
      }
      crashPoint('simulation.recover.before-commit');
      if (fate !== 'requeue') onCommit(tx, () => this.signals.send('ended', job.id));
      return true;
    });
  }

  /** queued or spread → failed, of one job whose deadline has passed. False: there is none. */
  async expireQueued(): Promise<boolean> {
    return this.uow.run(WORKER, async (tx) => {
      const job = await this.claims.lockExpired(tx);
      if (job === null) return false;
      const entryId = await this.audit.append(tx, eventOf(job, SIMULATION_EVENTS['simulation.fail'], { errorCode: DEADLINE_PASSED.code }));
      await this.claims.endExpired(tx, job.id, entryId, DEADLINE_PASSED);
      if (job.hasParts) await this.parts.discard(tx, job.id);
      crashPoint('simulation.expire.before-commit');
      onCommit(tx, () => this.signals.send('ended', job.id));
      return true;
    });
  }

  private withoutResult(job: ClaimedJob, status: 'failed' | 'cancelled', error: JobError | null): Ending {
    return {
      step: (tx, entryId) => this.claims.end(tx, job.id, job.token, { status, entryId, error }),
      committed: () => this.signals.send('ended', job.id),
    };
  }

  /**
   * The end of a job that we hold: entry, status and result commit together or not at all. When the commit's answer is
   * lost, the caller tries again: the claim is gone then, and `stale` is the right answer to a deed that was done.
   */
  private async end(job: ClaimedJob, code: keyof typeof SIMULATION_EVENTS, facts: NonNullable<AuditEvent['facts']>, { step, committed }: Ending): Promise<'done' | 'stale'> {
    try {
      await this.uow.run(WORKER, async (tx) => {
        const entryId = await this.audit.append(tx, eventOf(job, SIMULATION_EVENTS[code], facts));
        if (!(await step(tx, entryId))) throw new ClaimLost();
        if (job.parts > 0) await this.parts.discard(tx, job.id);
        crashPoint('simulation.complete.before-commit');
        onCommit(tx, committed);
      });
    } catch (cause) {
      if (cause instanceof ClaimLost) return 'stale';
      throw cause;
    }
    return 'done';
  }
}
