import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import type { Fact } from '#pure/policy/facts.js';
import type { Principal } from '#pure/principal/principal.js';
import type { MethodChoice } from '#pure/quantum/simulate.js';
import { CircuitReferences } from './circuit-references.js';
import { deadlineOf } from './domain/deadline.js';
import type { JobMethod, Precision, Priority } from './domain/job.js';
import { costOfAll } from './domain/run-cost.js';
import { RESULT_BYTES_MAX } from './domain/run-limits.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { type SIMULATION_ATTRIBUTES, SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
import { ProgramChecker, type ProgramNeeds } from './program-checker.js';
import { type FoundCircuits, type RequestedCircuits, requestedItems, type RequestedItems } from './requested-items.js';

const RUN = SIMULATION_PERMISSIONS['simulation:run'];

/** What to run, as somebody asks for it: types have been checked, ranges and meaning have not. */
export interface SimulationRequest extends RequestedCircuits {
  readonly shots: number;
  readonly seed?: number;
  readonly precision?: Precision;
  readonly method?: MethodChoice;
  /** Read with the program, whose qubits they name. */
  readonly outputs?: unknown;
  /** Read with the program too. */
  readonly noise?: unknown;
  /** Slug or id; `default` when absent. */
  readonly project?: string;
  readonly name?: string;
  readonly priority?: Priority;
  /** RFC 3339. */
  readonly deadline?: string;
}

/** What all circuits of an order will take. */
export interface OrderNeeds extends Omit<ProgramNeeds, 'method' | 'work' | 'resultBytes'> {
  /** `automatic` where they come to different ones. Qubits and bytes are those of the circuit that has most. */
  readonly method: JobMethod;
  readonly costUnits: number;
}

/** A request that has been read, of somebody who may make it. */
export interface ReadOrder extends RequestedItems {
  /** Of the artifacts that programs were named by, each once, in the order of the request. */
  readonly references: readonly string[];
  /** As of `FoundCircuits`. */
  readonly warnings: readonly string[];
  readonly project: Awaited<ReturnType<Projects['resolve']>>;
  readonly precision: Precision;
  readonly priority: Priority;
  readonly deadline: Date | null;
  readonly needs: OrderNeeds;
  /** In the order of the items. */
  readonly itemNeeds: readonly ProgramNeeds[];
  /** What an order that is right in itself earns for needing more memory than there is; else null. */
  readonly tooLarge: Fault | null;
}

const nothing = (): Promise<void> => Promise.resolve();

/** What a submission and its estimate have in common: everything before something is spent. */
@Injectable()
export class OrderReader {
  constructor(
    private readonly checker: ProgramChecker,
    private readonly references: CircuitReferences,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Rights first, since the program of somebody who may run none is not worth reading; whether this one, when it has been. */
  async read(principal: Principal, request: SimulationRequest, beforeReading: (circuits: FoundCircuits) => Promise<void> = nothing): Promise<ReadOrder> {
    const project = await this.projects.resolve(principal, request.project);
    await this.policy.requireSomethingIn(principal, RUN, project.id);
    this.refuseShots(request.shots);
    const circuits = await this.references.find(principal, request);
    await beforeReading(circuits);
    const { items, stored } = requestedItems(circuits, this.config.simulation.programBytesMax);
    const deadline = deadlineOf(request.deadline, this.clock.nowMillis());
    const { precision = 'double', priority = 'normal' } = request;
    const { outputs, noise } = request;
    const assessments = await this.checker.assess(principal.id, items, { precision, method: request.method ?? 'automatic', outputs, noise });
    const itemNeeds = assessments.map(({ needs }) => needs);
    refuseLargeResult(itemNeeds, request.shots);
    const needs = needsOfAll(itemNeeds, request.shots);
    const { method, qubits } = needs;
    const known = { createdBy: principal.id, name: request.name ?? null, shots: request.shots, priority, method, precision, qubits };
    await this.policy.require(principal, RUN, project.id, known satisfies Partial<Record<keyof typeof SIMULATION_ATTRIBUTES, Fact>>);
    return { references: referencesOf(circuits), warnings: circuits.warnings, project, items, stored, precision, priority, deadline, needs, itemNeeds, tooLarge: assessments.find(({ tooLarge }) => tooLarge !== null)?.tooLarge ?? null };
  }

  private refuseShots(shots: number): void {
    const { shotsMax } = this.config.simulation;
    if (!Number.isSafeInteger(shots) || shots < 1 || shots > shotsMax) {
      throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], '/shots', 'out-of-range', `A whole number from 1 to ${shotsMax}.`);
    }
  }
}

function referencesOf({ program, programs = [] }: FoundCircuits): readonly string[] {
  return [...new Set([...(program === undefined ? [] : [program]), ...programs].flatMap(({ reference }) => reference ?? []))];
}

/** All items together, before any of them has run. */
function refuseLargeResult(items: readonly ProgramNeeds[], shots: number): void {
  const bytes = items.reduce((sum, { resultBytes }) => sum + resultBytes.once + shots * resultBytes.eachShot, 0);
  if (bytes <= RESULT_BYTES_MAX) return;
  const detail = `The result would have ${bytes} bytes at least; ${RESULT_BYTES_MAX} are allowed.`;
  throw Fault.at(SIMULATION_FAULTS['invalid-simulation'], '/outputs', 'result-too-large', detail);
}

function needsOfAll(items: readonly ProgramNeeds[], shots: number): OrderNeeds {
  const methods = new Set(items.map(({ method }) => method));
  return {
    declaredQubits: Math.max(...items.map(({ declaredQubits }) => declaredQubits)),
    qubits: Math.max(...items.map(({ qubits }) => qubits)),
    method: methods.size === 1 ? (items[0] as ProgramNeeds).method : 'automatic',
    peakBytes: items.reduce((most, { peakBytes }) => (peakBytes > most ? peakBytes : most), 0n),
    costUnits: costOfAll(items.map(({ work }) => work), shots),
  };
}
