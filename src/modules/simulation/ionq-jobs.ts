import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { type IdempotentRequest, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { ionqProbabilities, type MeasuredResult, outputsFor } from '#pure/ionq/job-answers.js';
import { type IonqJobRequest, type IonqVersion, readIonqJob } from '#pure/ionq/job-request.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { spansProjects } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { Cancellation } from './cancellation.js';
import { attributesOf, type Job } from './domain/job.js';
import { isFinal, type JobStatus } from './domain/job-status.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { JobReader, type SeenJob } from './job-reader.js';
import { IonqJobRepository, type IonqRecord } from './persistence/ionq-job.repository.js';
import { Submission } from './submission.js';

/** A job with what its clients of IonQ's API keep beside it. */
export interface IonqJob {
  readonly job: Job;
  readonly record: IonqRecord;
}

/** Converted on the main thread, some 40 ms a MiB; 2^16 exact probabilities are 3 MB. */
const RESULT_BYTES_MAX = 4 * 1024 * 1024;

/** A job here is told as a whole: who may not see one of these members of it sees none. */
const TOLD = ['name', 'status', 'shots', 'createdAt', 'startedAt', 'finishedAt', 'result', 'error'];

/**
 * Jobs in the terms of IonQ's API: its circuits become programs, and everything that is then done with a job is done by
 * the engines of all jobs. Only those that came in here are seen here: of another, there is no saying what its outcomes
 * are as whole numbers.
 */
@Injectable()
export class IonqJobs {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly records: IonqJobRepository,
    private readonly submission: Submission,
    private readonly reader: JobReader,
    private readonly cancellation: Cancellation,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly config: Config,
  ) {}

  async submit(principal: Principal, idempotent: IdempotentRequest | null, version: IonqVersion, body: unknown): Promise<Job> {
    const read = readIonqJob(body, version, { sourceBytesMax: this.config.simulation.programBytesMax, circuitsMax: 0 });
    if (!read.ok) throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], read.refusal.pointer, 'invalid', read.refusal.message);
    const { qubits, circuits, shots, seed, name } = read.value;
    const [circuit] = circuits as readonly [IonqJobRequest['circuits'][number]];
    const asked = { language: 'openqasm3', source: circuit.source, shots, outputs: outputsFor(qubits), ...(seed === null ? {} : { seed }), ...(name === null ? {} : { name }) } as const;
    return this.submission.submit(principal, idempotent, asked, (tx, id) => this.records.insert(tx, id, read.value)).catch((error: unknown) => {
      throw inTermsOf(error, circuit.pointer);
    });
  }

  async get(principal: Principal, id: string): Promise<IonqJob> {
    const { job, record } = await this.look(principal, id, -1);
    return { job, record };
  }

  /** Newest first. Who sees more than one project's is recorded, before they are given. */
  async list(principal: Principal, { limit, after }: PageRequest, statuses: readonly JobStatus[] | null): Promise<Page<IonqJob>> {
    const { filter, fieldsOf } = await this.policy.view(principal, SIMULATION_PERMISSIONS['simulation:read']);
    const rows = await this.uow.read(principal, (reading) => this.records.list(reading, filter, limit + 1, after, statuses));
    const { items, next } = pageOf(rows.map((row) => ({ id: row.job.id, ...row })), limit);
    if (spansProjects(filter)) {
      await this.audit.record({ kind: SIMULATION_EVENTS['simulation.list.across-projects'], outcome: 'success', actor: principal });
    }
    return { items: items.filter(({ job }) => isTold(fieldsOf(job.projectId, attributesOf(job)))), next };
  }

  /** By outcome, as a whole number in decimal. */
  async probabilities(principal: Principal, id: string): Promise<Record<string, number>> {
    const { job, body } = await this.look(principal, id, RESULT_BYTES_MAX);
    if (!isFinal(job.status)) throw new Fault(SIMULATION_FAULTS['result-not-ready'], { detail: `The job is ${job.status}.`, headers: { 'Retry-After': '1' } });
    if (job.status !== 'succeeded') throw new Fault(SIMULATION_FAULTS['result-absent'], { detail: `The job ${job.status === 'failed' ? 'failed' : 'was canceled'}.` });
    if (body === null) throw new Fault(SIMULATION_FAULTS['result-too-large-here']);
    return ionqProbabilities(JSON.parse(body.toString('utf8')) as MeasuredResult);
  }

  async cancel(principal: Principal, id: string): Promise<Job> {
    await this.look(principal, id, -1);
    return this.cancellation.cancel(principal, id);
  }

  /** From then on there is no such job here. It, its result and its entries stay where all jobs are. */
  async remove(principal: Principal, id: string): Promise<void> {
    const { job } = await this.look(principal, id, -1);
    await this.policy.requireFound(principal, SIMULATION_PERMISSIONS['simulation:cancel'], job.projectId, attributesOf(job));
    // Nothing goes on from a final status, so that this one is looked at outside the transaction.
    if (!isFinal(job.status)) throw new Fault(REQUEST_FAULTS.conflict, { detail: `The job is ${job.status}: cancel it first.` });
    await this.uow.run(principal, async (tx) => {
      if (!(await this.records.erase(tx, id))) throw new Fault(REQUEST_FAULTS['not-found']);
      await this.audit.append(tx, {
        kind: SIMULATION_EVENTS['simulation.ionq.delete'],
        outcome: 'success',
        actor: principal,
        projectId: job.projectId,
        targets: [{ type: 'simulation', uid: id }],
        facts: { programDigest: job.programDigest },
      });
    });
  }

  private async look(principal: Principal, id: string, bytesMax: number): Promise<IonqJob & { readonly body: Buffer | null }> {
    const { job, fields, body } = await this.reader.getWithResult(principal, id, bytesMax);
    const record = await this.uow.read(principal, (reading) => this.records.find(reading, id));
    if (record === null) throw new Fault(REQUEST_FAULTS['not-found']);
    if (!isTold(fields)) throw new Fault(REQUEST_FAULTS.forbidden, { detail: 'A job is shown here as a whole, and your roles keep members of it back.' });
    return { job, record, body };
  }
}

function isTold(fields: SeenJob['fields']): boolean {
  return fields === 'all' || TOLD.every((name) => fields.has(name));
}

/** What the engine says of a program that the client never saw is said of the circuit that it was made of. */
function inTermsOf(error: unknown, circuit: string): unknown {
  if (!(error instanceof Fault) || error.context.pointers === undefined) return error;
  const pointers = error.context.pointers.map(({ pointer, code, detail }) => ({ pointer: pointer === '/program/source' ? circuit : pointer, code, ...(detail === undefined ? {} : { detail }) }));
  return new Fault(error.kind, { ...error.context, pointers });
}
