import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import type { UpkeepRun } from '../domain/upkeep-run.js';
import { RetentionRepository } from '../persistence/retention.repository.js';
import { UpkeepRunRepository } from '../persistence/upkeep-run.repository.js';
import { RETAINER, Retention } from './retention.js';

const KIND = 'retention';

const DAY_MILLIS = 24 * 60 * 60 * 1000;
/** A run that is asked for over HTTP ends before its client's patience does. */
const RUN_MILLIS = 20_000;
/** One that runs by itself leaves the turn to other projects. */
const OWN_RUN_MILLIS = 10 * 60 * 1000;
/** A run that has not ended after as long was cut off, and nobody waits for it. */
const SILENCE_MILLIS = 3 * RUN_MILLIS;

interface Begun {
  readonly id: string;
  readonly projectId: string;
  readonly dryRun: boolean;
}

/**
 * Runs of retention: one a day for each project that has rules, and those that somebody asks for. Who governs a project may ask for
 * one that deletes: they write the rules by which it would be done in the night.
 */
@Injectable()
export class RetentionRuns {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly retention: Retention,
    private readonly retained: RetentionRepository,
    private readonly runs: UpkeepRunRepository,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Ends with the run. Faults: those of the permission, run-under-way. */
  async start(principal: Principal, request: IdempotentRequest | null, project: string, dryRun: boolean): Promise<UpkeepRun> {
    const projectId = await this.permitted(principal, 'registry:govern', project);
    const nowMillis = this.clock.nowMillis();
    const begun: Begun = { id: this.randomness.uuidv7(nowMillis), projectId, dryRun };
    const run = await this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        if (await this.runs.isUnderWay(tx, KIND, projectId, SILENCE_MILLIS)) throw new Fault(REGISTRY_FAULTS['run-under-way']);
        return { resourceId: begun.id, value: await this.begin(tx, principal, begun) };
      },
      async (tx, id) => this.found(projectId, await this.runs.find(tx, KIND, id)),
    );
    // Asked for again: the other request's run, as far as it has come.
    if (run.id !== begun.id) return run;
    return this.complete(principal, begun, () => this.clock.nowMillis() >= nowMillis + RUN_MILLIS);
  }

  /** Newest first. */
  async list(principal: Principal, project: string, { limit, after }: PageRequest): Promise<Page<UpkeepRun>> {
    const projectId = await this.permitted(principal, 'registry:pull', project);
    return pageOf(await this.uow.read(principal, (reading) => this.runs.list(reading, KIND, after, limit + 1, projectId)), limit);
  }

  /** Fault: not-found. */
  async get(principal: Principal, project: string, id: string): Promise<UpkeepRun> {
    const projectId = await this.permitted(principal, 'registry:pull', project);
    return this.found(projectId, await this.uow.read(principal, (reading) => this.runs.find(reading, KIND, id)));
  }

  /** By itself: over each project that has rules and that none has run over for a day, until it is told to stop. */
  async tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nowMillis = this.clock.nowMillis();
      const begun = await this.uow.run(RETAINER, async (tx) => {
        const projectId = await this.retained.claim(tx, DAY_MILLIS);
        if (projectId === null) return null;
        const claimed: Begun = { id: this.randomness.uuidv7(nowMillis), projectId, dryRun: false };
        await this.begin(tx, RETAINER, claimed);
        return claimed;
      });
      if (begun === null) return;
      await this.complete(RETAINER, begun, () => signal.aborted || this.clock.nowMillis() >= nowMillis + OWN_RUN_MILLIS);
    }
  }

  private async begin(tx: Tx, principal: Principal, { id, projectId, dryRun }: Begun): Promise<UpkeepRun> {
    await this.runs.start(tx, { id, kind: KIND, projectId, dryRun, startedBy: principal.id });
    return this.found(projectId, await this.runs.find(tx, KIND, id));
  }

  private async complete(principal: Principal, { id, projectId, dryRun }: Begun, isOver: () => boolean): Promise<UpkeepRun> {
    const report = await this.retention.run(projectId, dryRun ? null : id, isOver);
    return this.uow.run(principal, async (tx) => {
      const run = await this.runs.finish(tx, id, { ...report });
      if (report.more && principal === RETAINER) await this.retained.release(tx, projectId, DAY_MILLIS);
      const { tags, manifests, leftAlone, more } = report;
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.retention.run'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [
          { type: 'upkeep-run', uid: id },
          { type: 'project', uid: projectId },
        ],
        facts: { dryRun, tags, manifests, leftAlone, more },
      });
      return run;
    });
  }

  /** Fault: not-found, also for a run of another project. */
  private found(projectId: string, run: UpkeepRun | null): UpkeepRun {
    if (run === null || run.projectId !== projectId) throw new Fault(REQUEST_FAULTS['not-found']);
    return run;
  }

  /** The id of the project, which may be given by its slug. */
  private async permitted(principal: Principal, permission: 'registry:pull' | 'registry:govern', project: string): Promise<string> {
    const { id } = await this.projects.resolve(principal, project);
    await this.policy.require(principal, REGISTRY_PERMISSIONS[permission], id);
    return id;
  }
}
