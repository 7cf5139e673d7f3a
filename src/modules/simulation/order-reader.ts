import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import type { Fact } from '#pure/policy/facts.js';
import type { Principal } from '#pure/principal/principal.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { MethodChoice } from '#pure/quantum/simulate.js';
import { deadlineOf } from './domain/deadline.js';
import type { Precision, Priority } from './domain/job.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { type SIMULATION_ATTRIBUTES, SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { type Assessment, ProgramChecker } from './program-checker.js';

const RUN = SIMULATION_PERMISSIONS['simulation:run'];

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
  readonly priority?: Priority;
  /** RFC 3339. */
  readonly deadline?: string;
}

/** A request that has been read, of somebody who may make it. */
export interface ReadOrder extends Assessment {
  readonly project: Awaited<ReturnType<Projects['resolve']>>;
  readonly parameters: ProgramInputs;
  readonly precision: Precision;
  readonly priority: Priority;
  readonly deadline: Date | null;
}

/** What a submission and its estimate have in common: everything before something is spent. */
@Injectable()
export class OrderReader {
  constructor(
    private readonly checker: ProgramChecker,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Rights first, since the program of somebody who may run none is not worth reading; whether this one, when it has been. */
  async read(principal: Principal, request: SimulationRequest): Promise<ReadOrder> {
    const project = await this.projects.resolve(principal, request.project);
    await this.policy.requireSomethingIn(principal, RUN, project.id);
    this.refuseShots(request.shots);
    const parameters = parametersOf(request.parameters);
    const deadline = deadlineOf(request.deadline, this.clock.nowMillis());
    const { precision = 'double', priority = 'normal' } = request;
    const { language, source, outputs, noise } = request;
    const assessment = await this.checker.assess(principal.id, { language, source, parameters, precision, method: request.method ?? 'automatic', outputs, noise });
    const { method, qubits } = assessment.needs;
    const known = { createdBy: principal.id, name: request.name ?? null, shots: request.shots, priority, method, precision, qubits };
    await this.policy.require(principal, RUN, project.id, known satisfies Partial<Record<keyof typeof SIMULATION_ATTRIBUTES, Fact>>);
    return { ...assessment, project, parameters, precision, priority, deadline };
  }

  private refuseShots(shots: number): void {
    const { shotsMax } = this.config.simulation;
    if (!Number.isSafeInteger(shots) || shots < 1 || shots > shotsMax) {
      throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], '/shots', 'out-of-range', `A whole number from 1 to ${shotsMax}.`);
    }
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
