import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { type IdempotentRequest, onCommit, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { digestOf } from '#pure/digest/digest.js';
import { Fault } from '#pure/fault/fault.js';
import type { Fact } from '#pure/policy/facts.js';
import type { Principal } from '#pure/principal/principal.js';
import type { MethodChoice } from '#pure/quantum/simulate.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { Job, Precision } from './domain/job.js';
import { costOf } from './domain/run-cost.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { type SIMULATION_ATTRIBUTES, SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { JobSignals } from './job-signals.js';
import { JobRepository, type NewJob } from './persistence/job.repository.js';
import { ProgramChecker } from './program-checker.js';

const RUN = SIMULATION_PERMISSIONS['simulation:run'];

const DEFAULT_OUTPUTS = ['counts'];

/** A circuit to run, as somebody asks for it: types have been checked, ranges and meaning have not. */
export interface SimulationRequest {
  readonly language: 'openqasm2' | 'openqasm3';
  readonly source: string;
  readonly shots: number;
  readonly seed?: number;
  readonly precision?: Precision;
  readonly method?: MethodChoice;
  /** Read with the program, whose qubits they name. */
  readonly outputs?: unknown;
  /** Read with the program too. */
  readonly noise?: unknown;
  /** Values for the program's inputs, by name. */
  readonly parameters?: unknown;
  /** Slug or id; `default` when absent. */
  readonly project?: string;
  readonly name?: string;
}

/** From a request to a queued job. The only way in: no other code inserts one. */
@Injectable()
export class Submission {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly jobs: JobRepository,
    private readonly checker: ProgramChecker,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly signals: JobSignals,
    private readonly limits: RequestLimits,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Queues a job and records it, in one transaction. Everything that can be refused is refused before that: rights
   * first, since the program of somebody who may run none is not worth reading; whether this one, when it has been.
   */
  async submit(principal: Principal, idempotent: IdempotentRequest | null, request: SimulationRequest): Promise<Job> {
    const project = await this.projects.resolve(principal, request.project);
    await this.policy.requireSomethingIn(principal, RUN, project.id);
    this.refuseShots(request.shots);
    const parameters = parametersOf(request.parameters);
    const precision = request.precision ?? 'double';
    const { language, source, outputs, noise } = request;
    const { qubits, method, memoryBytes, work } = await this.checker.check({ language, source, parameters, precision, method: request.method ?? 'automatic', outputs, noise });
    const known = { createdBy: principal.id, name: request.name ?? null, shots: request.shots, method, precision, qubits };
    await this.policy.require(principal, RUN, project.id, known satisfies Partial<Record<keyof typeof SIMULATION_ATTRIBUTES, Fact>>);

    // Outside the transaction: a repeated attempt of it must store the same job, and an id that is not used costs nothing.
    const job: NewJob = {
      id: this.randomness.uuidv7(this.clock.nowMillis()),
      projectId: project.id,
      projectSlug: project.slug,
      submittedBy: principal.id,
      name: request.name ?? null,
      language,
      source,
      parameters,
      // The check has seen what they are.
      outputs: (outputs ?? DEFAULT_OUTPUTS) as readonly unknown[],
      noise: (noise ?? null) as object | null,
      programDigest: digestOf(Buffer.from(request.source, 'utf8')),
      shots: request.shots,
      seed: request.seed ?? this.randomSeed(),
      method,
      precision,
      qubits,
      memoryBytes,
    };
    const once = (queue: (tx: Tx) => Promise<Job>): Promise<Job> =>
      this.uow.runOnce(
        principal,
        idempotent,
        async (tx) => ({ resourceId: job.id, value: await queue(tx), status: 202 }),
        async (tx, id) => (await this.jobs.find(tx, id))!,
      );
    return this.withinBudget(principal, costOf(work, job.shots), (refusal) => {
      if (refusal !== null && idempotent === null) throw refusal;
      return once((tx) => (refusal === null ? this.queue(tx, principal, job) : Promise.reject(refusal)));
    }, (queued) => queued.id === job.id);
  }

  /**
   * Charges what the job will cost, before anything is written; gives it back where none comes of it. Where there is no
   * room, the deed is told so and not kept from being tried: what was queued before by the same request is no new cost.
   */
  private async withinBudget(principal: Principal, cost: number, deed: (refusal: Error | null) => Promise<Job>, isNew: (job: Job) => boolean): Promise<Job> {
    const charge = await this.limits.charge('simulation', principal.id, this.config.rateLimits.simulationCostPerMinute, cost).catch((error: Error) => error);
    if (charge instanceof Error) return deed(charge);
    const takeBack = charge;
    try {
      const job = await deed(null);
      if (!isNew(job)) await takeBack();
      return job;
    } catch (error) {
      await takeBack();
      throw error;
    }
  }

  private async queue(tx: Tx, principal: Principal, job: NewJob): Promise<Job> {
    const queued = await this.jobs.insert(tx, job, this.config.simulation.queuedJobsMax);
    if (queued === null) throw new Fault(SIMULATION_FAULTS['simulation-queue-full'], { headers: { 'Retry-After': '30' } });
    const { programDigest, shots, seed, qubits, method, precision } = job;
    await this.audit.append(tx, {
      kind: SIMULATION_EVENTS['simulation.submit'],
      outcome: 'success',
      actor: principal,
      projectId: job.projectId,
      targets: [{ type: 'simulation', uid: job.id }],
      facts: { programDigest, shots, seed, qubits, method, precision },
    });
    onCommit(tx, () => this.signals.send('queued'));
    crashPoint('simulation.submit.before-commit');
    return queued;
  }

  private refuseShots(shots: number): void {
    const { shotsMax } = this.config.simulation;
    if (!Number.isSafeInteger(shots) || shots < 1 || shots > shotsMax) {
      throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], '/shots', 'out-of-range', `A whole number from 1 to ${shotsMax}.`);
    }
  }

  /** 53 bits, so that the seed survives every JSON reader. */
  private randomSeed(): number {
    return Number(this.randomness.bytes(8).readBigUInt64BE() >> 11n);
  }
}

/** More inputs than any program declares that somebody wrote. */
const PARAMETERS_MAX = 1000;

/** Numbers, truth values and texts by name: whether they are what the program declares, its parser says. */
function parametersOf(given: unknown): ProgramInputs {
  if (given === undefined) return {};
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject || Object.keys(given).length > PARAMETERS_MAX) {
    throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], '/parameters', 'invalid', `An object of at most ${PARAMETERS_MAX} values by name.`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (['number', 'boolean', 'string'].includes(typeof value)) continue;
    throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], `/parameters/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, 'invalid', 'A number, true or false, or a text.');
  }
  return { ...given };
}

