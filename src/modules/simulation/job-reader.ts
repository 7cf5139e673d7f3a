import { Injectable } from '@nestjs/common';
import { AuditLog, LedgerReader } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { spansProjects } from '#pure/policy/row-filter.js';
import { attributesOf, type Job } from './domain/job.js';
import { isFinal } from './domain/job-status.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { JobRepository, type Program } from './persistence/job.repository.js';

/** A job, and which members of it may be shown: `all`, or those. */
export interface SeenJob {
  readonly job: Job;
  readonly fields: Awaited<ReturnType<PolicyDecision['fieldsOf']>>;
}

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

  /** The job, and its result's bytes if they are at most `bytesMax` and may be shown. */
  async getWithResult(principal: Principal, id: string, bytesMax: number): Promise<SeenJob & { readonly body: Buffer | null }> {
    const seen = await this.look(principal, id, bytesMax);
    if (seen === null) throw new Fault(REQUEST_FAULTS['not-found']);
    const fields = await this.policy.fieldsOf(principal, READ, seen.job.projectId, attributesOf(seen.job));
    return { ...seen, fields };
  }

  /** The job that the caller has just submitted: who may run it may see how it went, without a permission to read others. */
  async ownJob(principal: Principal, id: string, bytesMax: number): Promise<{ readonly job: Job; readonly body: Buffer | null }> {
    return (await this.look(principal, id, bytesMax))!; // Jobs are never deleted.
  }

  /** Newest first. Who sees more than one project's is recorded, before they are given. */
  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<SeenJob>> {
    const { filter, fieldsOf } = await this.policy.view(principal, READ);
    const { items, next } = pageOf(await this.uow.read(principal, (reading) => this.jobs.list(reading, filter, limit + 1, after)), limit);
    if (spansProjects(filter)) {
      await this.log.record({ kind: SIMULATION_EVENTS['simulation.list.across-projects'], outcome: 'success', actor: principal });
    }
    return { items: items.map((job) => ({ job, fields: fieldsOf(job.projectId, attributesOf(job)) })), next };
  }

  /** The result's canonical bytes, exactly as they were digested and signed. Of all items: `item` is one that the caller will look for in them. */
  async result(principal: Principal, id: string, item = 0): Promise<Buffer> {
    const { job, fields } = await this.getWithResult(principal, id, -1);
    if (fields !== 'all' && !fields.has('result')) throw new Fault(REQUEST_FAULTS.forbidden);
    assertItem(job, item);
    if (!isFinal(job.status)) throw notReady(job);
    // Only now, and of whom it is shown to: it can be megabytes, and who may not see it has them read for nothing.
    const body = (await this.look(principal, id, Infinity))?.body ?? null;
    if (body === null) throw new Fault(SIMULATION_FAULTS['result-absent'], { detail: `The simulation ${job.status === 'failed' ? 'failed' : 'was cancelled'}.` });
    return body;
  }

  /** A simulation that may be given away as a whole. Faults: forbidden to who is not shown all of it; result-not-ready, simulation-not-succeeded. */
  async succeeded(principal: Principal, id: string): Promise<Job> {
    const { job, fields } = await this.getWithResult(principal, id, -1);
    if (fields !== 'all') throw new Fault(REQUEST_FAULTS.forbidden, { detail: 'A simulation is pushed as a whole, and your roles keep members of it back.' });
    if (!isFinal(job.status)) throw notReady(job);
    if (job.status !== 'succeeded') throw new Fault(SIMULATION_FAULTS['simulation-not-succeeded'], { detail: `The simulation ${job.status === 'failed' ? 'failed' : 'was cancelled'}.` });
    return job;
  }

  /** What the job runs, or one of its items, with its name. Who may not see so much as the program's digest may not see the program. */
  async program(principal: Principal, id: string, item: number): Promise<Omit<Program, 'name'> & { readonly name: string | null }> {
    const { job, fields } = await this.getWithResult(principal, id, -1);
    if (fields !== 'all' && !fields.has('programDigest')) throw new Fault(REQUEST_FAULTS.forbidden);
    assertItem(job, item);
    const program = await this.uow.read(principal, (reading) => this.jobs.programOf(reading, id, item));
    return { ...program, name: fields === 'all' || fields.has('name') ? (program.name ?? job.name) : null };
  }

  /** A C2SP tlog-proof of the entry of the job's end; `pending` while there is no such entry under a checkpoint. */
  async receipt(principal: Principal, id: string): Promise<Buffer | 'pending'> {
    const job = (await this.look(principal, id, -1))?.job;
    if (job === undefined) throw new Fault(REQUEST_FAULTS['not-found']);
    // What the entry says of the job is all of it.
    await this.policy.requireFound(principal, READ, job.projectId, attributesOf(job));
    if (job.endEntryId === null) return 'pending';
    // The end is committed together with its entry, so an entry that is not found is one that is not sequenced yet.
    return (await this.ledger.receipt(job.endEntryId)) ?? 'pending';
  }

  private look(principal: Principal, id: string, bytesMax: number): Promise<{ readonly job: Job; readonly body: Buffer | null } | null> {
    // Of a job that may not be seen, a small body is read for nothing: rarer and cheaper than a second statement for all.
    return this.uow.read(principal, (reading) => this.jobs.findWithResult(reading, id, bytesMax));
  }
}

function notReady({ status }: Job): Fault {
  return new Fault(SIMULATION_FAULTS['result-not-ready'], { detail: `The simulation is ${status}.`, headers: { 'Retry-After': '1' } });
}

function assertItem({ items }: Job, item: number): void {
  if (item < items) return;
  const allowed = items === 1 ? 'The simulation has one circuit, which is item 0.' : `A whole number from 0 to ${items - 1}.`;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], 'query:item', 'out-of-range', allowed);
}
