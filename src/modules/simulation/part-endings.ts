import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { onCommit, type Tx, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { ClaimedJob, FinishedRun, JobError, PartOf } from './domain/job.js';
import { PART_RESULTS_BYTES_MAX } from './domain/run-limits.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { JobSignals } from './job-signals.js';
import { PartRepository, type WholeJob } from './persistence/part.repository.js';
import { ClaimLost, eventOf, WORKER } from './run-entries.js';

const TOO_LARGE: JobError = { code: 'result-too-large', detail: `What the parts gave has more than the ${PART_RESULTS_BYTES_MAX} bytes that are allowed. Measure fewer bits or take fewer shots.` };

/**
 * The ends of parts. Each is one transaction with what it means for the job: the last of them queues the merge, the first
 * that fails ends it. A crash before the commit leaves a lease that runs out, and one after it nothing to be done. A job
 * that has ended already is left alone, and what its part gave is of no use.
 */
@Injectable()
export class PartEndings {
  constructor(
    private readonly uow: WorkerUnitOfWork,
    private readonly parts: PartRepository,
    private readonly audit: AuditLog,
    private readonly signals: JobSignals,
  ) {}

  async succeed(job: ClaimedJob, part: PartOf, run: FinishedRun): Promise<'done' | 'stale'> {
    return this.end(job, part, true, async (tx, whole) => {
      if ((await this.parts.insertResult(tx, job.id, whole.id, run)) > PART_RESULTS_BYTES_MAX) return this.failWhole(tx, whole, TOO_LARGE);
      if (await this.parts.queueMerge(tx, whole.id)) onCommit(tx, () => this.signals.send('queued'));
    });
  }

  async fail(job: ClaimedJob, part: PartOf, error: JobError): Promise<'done' | 'stale'> {
    return this.end(job, part, false, (tx, whole) => this.failWhole(tx, whole, error));
  }

  /** Only the end of its job stops a part. */
  async stop(job: ClaimedJob, part: PartOf): Promise<'done' | 'stale'> {
    return this.end(job, part, false, async () => {});
  }

  /** Of a part that has lost as many workers as it may, whose row is locked. False: its job cannot be locked now. */
  async endLost(tx: Tx, partId: string, jobId: string, error: JobError): Promise<boolean> {
    const whole = await this.parts.tryLockJob(tx, jobId);
    if (whole === null) return false;
    await this.parts.endLost(tx, partId);
    if (whole.status === 'spread') await this.failWhole(tx, whole, error);
    return true;
  }

  private async end(job: ClaimedJob, part: PartOf, succeeded: boolean, meaning: (tx: Tx, whole: WholeJob) => Promise<void>): Promise<'done' | 'stale'> {
    try {
      await this.uow.run(WORKER, async (tx) => {
        const whole = await this.parts.lockJob(tx, part);
        if (!(await this.parts.end(tx, job.id, job.token, succeeded))) throw new ClaimLost();
        if (whole.status === 'spread') await meaning(tx, whole);
        crashPoint('simulation.part.before-commit');
      });
    } catch (cause) {
      if (cause instanceof ClaimLost) return 'stale';
      throw cause;
    }
    return 'done';
  }

  private async failWhole(tx: Tx, whole: WholeJob, error: JobError): Promise<void> {
    const entryId = await this.audit.append(tx, eventOf(whole, SIMULATION_EVENTS['simulation.fail'], { errorCode: error.code }));
    await this.parts.failJob(tx, whole.id, entryId, error);
    await this.parts.discard(tx, whole.id);
    onCommit(tx, () => {
      this.signals.send('ended', whole.id);
      this.signals.send('cancellation');
    });
  }
}
