import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { onCommit, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { attributesOf, type Job } from './domain/job.js';
import { isFinal, type JobStatus } from './domain/job-status.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { JobSignals } from './job-signals.js';
import { JobRepository } from './persistence/job.repository.js';

/** The end of a job before its time, by somebody's wish. */
@Injectable()
export class Cancellation {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly jobs: JobRepository,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly signals: JobSignals,
  ) {}

  /**
   * A queued job is cancelled by this transaction, and so is one that is cut, of which no worker holds more than parts. Of a running one the demand is recorded, and its worker stops it
   * within a heartbeat; it may still succeed if it was that close, and will if its result is only being signed. The caller is given the job as it now is.
   */
  async cancel(principal: Principal, id: string): Promise<Job> {
    const seen = await this.uow.read(principal, (reading) => this.jobs.find(reading, id));
    if (seen === null) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.policy.requireFound(principal, SIMULATION_PERMISSIONS['simulation:cancel'], seen.projectId, attributesOf(seen));

    // Rights first, outside the transaction; the status is looked at again under a lock, since it may have changed.
    const job = await this.uow.run(principal, async (tx) => {
      const { status, hasParts } = (await this.jobs.lockStatus(tx, id))!; // Jobs are never deleted.
      if (isFinal(status)) throw new Fault(SIMULATION_FAULTS['simulation-finished'], { detail: `The simulation has ${ENDED[status]}.` });
      const entryId = await this.audit.append(tx, {
        kind: SIMULATION_EVENTS['simulation.cancel'],
        outcome: 'success',
        actor: principal,
        projectId: seen.projectId,
        targets: [{ type: 'simulation', uid: id }],
        facts: { status, programDigest: seen.programDigest },
      });
      const isOver = status === 'queued' || status === 'spread';
      if (isOver) await this.jobs.cancelQueued(tx, id, entryId);
      else await this.jobs.demandCancellation(tx, id);
      if (isOver && hasParts) await this.jobs.discardParts(tx, id);
      onCommit(tx, () => {
        if (isOver) this.signals.send('ended', id);
        // Of a job that has ended, its parts that run are still to be told.
        if (!isOver || hasParts) this.signals.send('cancellation');
      });
      crashPoint('simulation.cancel.before-commit');
      return this.jobs.find(tx, id);
    });
    return job!;
  }
}

/** For the refusal's sentence, of statuses that are final and not a part's. */
const ENDED: Partial<Record<JobStatus, string>> = { succeeded: 'succeeded', failed: 'failed', cancelled: 'been cancelled' };
