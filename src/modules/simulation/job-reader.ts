import { Injectable } from '@nestjs/common';
import { AuditLog, LedgerReader } from '#modules/audit/index.js';
import { PolicyDecision, spansProjects } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Job } from './domain/job.js';
import { isFinal } from './domain/job-status.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { JobRepository } from './persistence/job.repository.js';

const READ = SIMULATION_PERMISSIONS['simulation:read'];

/** Jobs, results and receipts, for who may see them. What may not be seen is answered like what does not exist. */
@Injectable()
export class JobReader {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly jobs: JobRepository,
    private readonly policy: PolicyDecision,
    private readonly ledger: LedgerReader,
    private readonly log: AuditLog,
  ) {}

  async get(principal: Principal, id: string): Promise<Job> {
    return (await this.getWithResult(principal, id, 0)).job;
  }

  /** The job, and its result's bytes if they are at most `bytesMax`. */
  async getWithResult(principal: Principal, id: string, bytesMax: number): Promise<{ readonly job: Job; readonly body: Buffer | null }> {
    const seen = await this.look(principal, id, bytesMax);
    if (seen === null) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.policy.require(principal, READ, seen.job.projectId);
    return seen;
  }

  /** The job that the caller has just submitted: who may run it may see how it went, without a permission to read others. */
  async ownJob(principal: Principal, id: string, bytesMax: number): Promise<{ readonly job: Job; readonly body: Buffer | null }> {
    return (await this.look(principal, id, bytesMax))!; // Jobs are never deleted.
  }

  /** Newest first. Who sees more than one project's is recorded, before they are given. */
  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<Job>> {
    const projects = await this.policy.projectsPermitting(principal, READ);
    const page = pageOf(await this.uow.run(principal, (tx) => this.jobs.list(tx, projects, limit + 1, after)), limit);
    if (spansProjects(projects)) {
      await this.log.record({ kind: SIMULATION_EVENTS['simulation.list.across-projects'], outcome: 'success', actor: principal });
    }
    return page;
  }

  /** The result's canonical bytes, exactly as they were digested and signed. */
  async result(principal: Principal, id: string): Promise<Buffer> {
    const { job, body } = await this.getWithResult(principal, id, Infinity);
    if (!isFinal(job.status)) {
      throw new Fault(SIMULATION_FAULTS['result-not-ready'], { detail: `The simulation is ${job.status}.`, headers: { 'Retry-After': '1' } });
    }
    if (body === null) throw new Fault(SIMULATION_FAULTS['result-absent'], { detail: `The simulation ${job.status === 'failed' ? 'failed' : 'was cancelled'}.` });
    return body;
  }

  /** A C2SP tlog-proof of the entry of the job's end; `pending` while there is no such entry under a checkpoint. */
  async receipt(principal: Principal, id: string): Promise<Buffer | 'pending'> {
    const job = await this.get(principal, id);
    if (job.endEntryId === null) return 'pending';
    // The end is committed together with its entry, so an entry that is not found is one that is not sequenced yet.
    return (await this.ledger.receipt(job.endEntryId)) ?? 'pending';
  }

  private look(principal: Principal, id: string, bytesMax: number): Promise<{ readonly job: Job; readonly body: Buffer | null } | null> {
    // Of a job that may not be seen, the body is read for nothing: rarer and cheaper than a second statement for all.
    return this.uow.read(principal, (reading) => this.jobs.findWithResult(reading, id, bytesMax));
  }
}
