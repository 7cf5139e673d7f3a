import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { type IdempotentRequest, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type IonqResults, ionqResults, outputsFor } from '#pure/ionq/job-answers.js';
import { type IonqCircuitRequest, type IonqJobRequest, type IonqVersion, readIonqJob } from '#pure/ionq/job-request.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { spansProjects } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { Cancellation } from './cancellation.js';
import { attributesOf, type Job } from './domain/job.js';
import { isFinal, type JobStatus } from './domain/job-status.js';
import { PROGRAMS_MAX } from './domain/run-limits.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { JobReader, type SeenJob } from './job-reader.js';
import { type IonqCircuit, IonqJobRepository, type IonqRecord } from './persistence/ionq-job.repository.js';
import type { RequestedCircuits } from './requested-items.js';
import { Submission } from './submission.js';

/** A job with what its clients of IonQ's API keep beside it. */
export interface IonqJob {
  readonly job: Job;
  readonly record: IonqRecord;
  /** Where one circuit of several was asked for: that one. Its status is the job's. */
  readonly circuit: IonqCircuit | null;
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
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async submit(principal: Principal, idempotent: IdempotentRequest | null, version: IonqVersion, body: unknown): Promise<Job> {
    const read = readIonqJob(body, version, { sourceBytesMax: this.config.simulation.programBytesMax, circuitsMax: PROGRAMS_MAX });
    if (!read.ok) throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], read.refusal.pointer, 'invalid', read.refusal.message);
    const { type, qubits, circuits, shots, seed, name } = read.value;
    const isSeveral = type === 'ionq.multi-circuit.v1';
    const asked = { ...programsOf(circuits, isSeveral), shots, outputs: outputsFor(qubits, circuits.length), ...(seed === null ? {} : { seed }), ...(name === null ? {} : { name }) };
    const record = { ...read.value, circuits: isSeveral ? circuits.map(({ name, registers }) => ({ id: this.randomness.uuidv7(this.clock.nowMillis()), name, registers })) : null };
    return this.submission.submit(principal, idempotent, asked, (tx, id) => this.records.insert(tx, id, record)).catch((error: unknown) => {
      throw inTermsOf(error, circuits);
    });
  }

  /** A job, or one circuit of it. */
  async get(principal: Principal, id: string): Promise<IonqJob> {
    return this.look(principal, id, -1);
  }

  /** Newest first. Who sees more than one project's is recorded, before they are given. */
  async list(principal: Principal, { limit, after }: PageRequest, statuses: readonly JobStatus[] | null): Promise<Page<IonqJob>> {
    const { filter, fieldsOf } = await this.policy.view(principal, SIMULATION_PERMISSIONS['simulation:read']);
    const rows = await this.uow.read(principal, (reading) => this.records.list(reading, filter, limit + 1, after, statuses));
    const { items, next } = pageOf(rows.map((row) => ({ id: row.job.id, ...row })), limit);
    if (spansProjects(filter)) {
      await this.audit.record({ kind: SIMULATION_EVENTS['simulation.list.across-projects'], outcome: 'success', actor: principal });
    }
    return { items: items.filter(({ job }) => isTold(fieldsOf(job.projectId, attributesOf(job)))).map(({ job, record }) => ({ job, record, circuit: null })), next };
  }

  /** By outcome, as a whole number in decimal; of several circuits, for each of them. */
  async probabilities(principal: Principal, id: string): Promise<IonqResults> {
    const { job, record, circuit, body } = await this.look(principal, id, RESULT_BYTES_MAX);
    if (!isFinal(job.status)) throw new Fault(SIMULATION_FAULTS['result-not-ready'], { detail: `The job is ${job.status}.`, headers: { 'Retry-After': '1' } });
    if (job.status !== 'succeeded') throw new Fault(SIMULATION_FAULTS['result-absent'], { detail: `The job ${job.status === 'failed' ? 'failed' : 'was canceled'}.` });
    if (body === null) throw new Fault(SIMULATION_FAULTS['result-too-large-here']);
    return ionqResults(body, record.circuits?.map((each) => each.id) ?? null, circuit === null ? null : record.circuits!.indexOf(circuit));
  }

  async cancel(principal: Principal, id: string): Promise<Job> {
    await this.whole(principal, id);
    return this.cancellation.cancel(principal, id);
  }

  /** From then on there is no such job here. It, its result and its entries stay where all jobs are. */
  async remove(principal: Principal, id: string): Promise<void> {
    const job = await this.whole(principal, id);
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

  /** What is done to a job is done to all of its circuits. */
  private async whole(principal: Principal, id: string): Promise<Job> {
    const { job, circuit } = await this.look(principal, id, -1);
    if (circuit !== null) throw new Fault(REQUEST_FAULTS.conflict, { detail: `It is a circuit of the job ${job.id}, and has no end of its own.` });
    return job;
  }

  private async look(principal: Principal, id: string, bytesMax: number): Promise<IonqJob & { readonly body: Buffer | null }> {
    const found = await this.uow.read(principal, (reading) => this.records.find(reading, id));
    // Looked at in any case, so that who may not see a job is recorded, through whichever door it came in.
    const { job, fields, body } = await this.reader.getWithResult(principal, found?.jobId ?? id, bytesMax);
    if (found === null) throw new Fault(REQUEST_FAULTS['not-found']);
    const { record } = found;
    if (!isTold(fields)) throw new Fault(REQUEST_FAULTS.forbidden, { detail: 'A job is shown here as a whole, and your roles keep members of it back.' });
    return { job, record, circuit: record.circuits?.find((circuit) => circuit.id === id) ?? null, body };
  }
}

function programsOf(circuits: IonqJobRequest['circuits'], isSeveral: boolean): RequestedCircuits {
  const programs = circuits.map(({ name, source }) => ({ language: 'openqasm3' as const, source, ...(name === null ? {} : { name }) }));
  return isSeveral ? { programs } : (programs[0] as (typeof programs)[number]);
}

function isTold(fields: SeenJob['fields']): boolean {
  return fields === 'all' || TOLD.every((name) => fields.has(name));
}

/** What the engine says of a program that the client never saw is said of the circuit that it was made of. */
function inTermsOf(error: unknown, circuits: readonly IonqCircuitRequest[]): unknown {
  if (!(error instanceof Fault) || error.context.pointers === undefined) return error;
  const [{ pointer: first }] = circuits as readonly [IonqCircuitRequest];
  const places = new Map(circuits.map(({ pointer }, index) => [`/programs/${index}/source`, pointer]));
  places.set('/program/source', first).set('/programs', first.replace(/\/0\/circuit$/, ''));
  return new Fault(error.kind, { ...error.context, pointers: error.context.pointers.map((place) => ({ ...place, pointer: places.get(place.pointer) ?? place.pointer })) });
}
