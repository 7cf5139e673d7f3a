import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Config } from '#platform/config/config.js';
import { type IdempotentRequest, onCommit, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { ORDER_DEFAULTS, programDigestOf } from '#pure/digest/order-digest.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Job } from './domain/job.js';
import { orderFacts } from './domain/order-facts.js';
import { partsOf } from './domain/parts.js';
import { costOfAll } from './domain/run-cost.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { JobSignals } from './job-signals.js';
import { OrderReader, type SimulationRequest } from './order-reader.js';
import { JobRepository, type NewJob, type NewPart } from './persistence/job.repository.js';
import type { ProgramNeeds } from './program-checker.js';
import type { RequestedItem } from './requested-items.js';
import { SubmissionBudget } from './submission-budget.js';

/** What a door keeps of a job, stored with it or not at all. */
export type Beside = (tx: Tx, jobId: string) => Promise<void>;
const nothing: Beside = () => Promise.resolve();

/** With what is to be said of the circuits that it names, as values of the header `Warning`. */
export interface SubmittedJob extends Job {
  readonly warnings: readonly string[];
}

/** From a request to a queued job. The only way in: no other code inserts one. */
@Injectable()
export class Submission {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly jobs: JobRepository,
    private readonly reader: OrderReader,
    private readonly audit: AuditLog,
    private readonly signals: JobSignals,
    private readonly budget: SubmissionBudget,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Queues a job and records it, in one transaction. Everything that can be refused is refused before that: rights
   * first, since the program of somebody who may run none is not worth reading; whether this one, when it has been.
   */
  async submit(principal: Principal, idempotent: IdempotentRequest | null, request: SimulationRequest, beside: Beside = nothing): Promise<SubmittedJob> {
    const { project, references, warnings, items, stored, precision, priority, deadline, needs, itemNeeds, tooLarge } = await this.reader.read(principal, request);
    if (tooLarge !== null) throw tooLarge;
    const { outputs, noise, shots } = request;
    const { qubits, method, peakBytes, costUnits } = needs;
    const [{ language, source, parameters }] = items as [RequestedItem];

    // Outside the transaction: a repeated attempt of it must store the same job, and an id that is not used costs nothing.
    const job: NewJob = {
      id: this.newId(),
      projectId: project.id,
      projectSlug: project.slug,
      submittedBy: principal.id,
      name: request.name ?? null,
      language,
      // Programs of a batch stand with its items.
      source: request.programs === undefined ? source : '',
      parameters: stored === null ? parameters : {},
      items: stored,
      // The check has seen what they are.
      outputs: (outputs ?? ORDER_DEFAULTS.outputs) as readonly unknown[],
      noise: (noise ?? null) as object | null,
      programDigest: programDigestOf(items.map((item) => item.source)),
      programReferences: references,
      shots,
      seed: request.seed ?? this.randomSeed(),
      method,
      precision,
      qubits,
      // Less than the memory that is allowed, and so exact.
      memoryBytes: Number(peakBytes),
      parts: this.newParts(itemNeeds, shots),
      costUnits,
      priority,
      deadline,
    };
    const submitted = await this.uow.runOnce(
      principal,
      idempotent,
      async (tx) => ({ resourceId: job.id, value: await this.queue(tx, principal, job, beside), status: 202 }),
      async (tx, id) => (await this.jobs.find(tx, id))!,
    );
    return { ...submitted, warnings };
  }

  private async queue(tx: Tx, principal: Principal, job: NewJob, beside: Beside): Promise<Job> {
    // Sent together, the budget last: who submits at the same time waits for its row. Where both refuse, the queue is told.
    const queueing = this.insert(tx, job);
    const charging = this.budget.charge(tx, principal, job.costUnits);
    charging.catch(() => undefined);
    const queued = await queueing;
    await charging;
    await beside(tx, job.id);
    const { programDigest, shots, seed, qubits, method, precision, priority, deadline } = job;
    await this.audit.append(tx, {
      kind: SIMULATION_EVENTS['simulation.submit'],
      outcome: 'success',
      actor: principal,
      projectId: job.projectId,
      targets: [{ type: 'simulation', uid: job.id }],
      facts: { programDigest, ...orderFacts(job), shots, seed, qubits, method, precision, priority, ...(deadline === null ? {} : { deadline: deadline.toISOString() }) },
    });
    onCommit(tx, () => this.signals.send('queued'));
    crashPoint('simulation.submit.before-commit');
    return queued;
  }

  private async insert(tx: Tx, job: NewJob): Promise<Job> {
    const queued = await this.jobs.insert(tx, job, this.config.simulation.queuedJobsMax);
    if (queued === null) throw new Fault(SIMULATION_FAULTS['simulation-queue-full'], { headers: { 'Retry-After': '30' } });
    return queued;
  }

  /** None of a job that is run as it stands. */
  private newParts(needs: readonly ProgramNeeds[], shots: number): readonly NewPart[] {
    const parts = partsOf(needs.map(({ work }) => work), shots);
    if (parts.length === 1) return [];
    return parts.map((part) => {
      const own = needs.slice(part.firstItem, part.firstItem + part.items);
      // They run one after the other, so the largest is what is reserved.
      const memoryBytes = own.reduce((most, { peakBytes }) => Math.max(most, Number(peakBytes)), 0);
      return { ...part, id: this.newId(), memoryBytes, costUnits: costOfAll(own.map(({ work }) => work), part.shots) };
    });
  }

  private newId(): string {
    return this.randomness.uuidv7(this.clock.nowMillis());
  }

  /** 53 bits, so that the seed survives every JSON reader. */
  private randomSeed(): number {
    return Number(this.randomness.bytes(8).readBigUInt64BE() >> 11n);
  }
}
