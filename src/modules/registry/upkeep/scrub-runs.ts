import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, type PageRequest, pageOf } from '#pure/paging/page.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { progressOf } from '../domain/scrub.js';
import type { OpenRun, RunScope, UpkeepRun } from '../domain/upkeep-run.js';
import { InventoryRepository } from '../persistence/inventory.repository.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { UpkeepRunRepository } from '../persistence/upkeep-run.repository.js';
import { Scrubber } from './scrubber.js';

const SCRUBBER = systemPrincipal('registry-scrub');

const DAY_MILLIS = 24 * 60 * 60 * 1000;
/** Who has not said for as long how far they have come is gone. A blob of 10 GiB at the default rate is read in less. */
const SILENCE_MILLIS = 10 * 60 * 1000;

/** Runs of the scrubber, each a row: one a day over everything, and those that are asked for. */
@Injectable()
export class ScrubRuns {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly runs: UpkeepRunRepository,
    private readonly scrubber: Scrubber,
    private readonly inventory: InventoryRepository,
    private readonly lifecycle: LifecycleRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Lets the day's run begin, and works on what is open until nothing is, or it is told to stop. */
  async tick(signal: AbortSignal): Promise<void> {
    await this.uow.run(SCRUBBER, (tx) => this.runs.queueDue(tx, { id: this.newId(), kind: 'scrub', dryRun: false, startedBy: SCRUBBER.id }, DAY_MILLIS, DAY_MILLIS));
    while (!signal.aborted) {
      const run = await this.uow.run(SCRUBBER, (tx) => this.runs.claim(tx, 'scrub', SILENCE_MILLIS));
      if (run === null) return;
      await this.goOn(run, signal);
    }
  }

  /** Queues one over everything but the bytes of blobs (null), or over all of a repository or a manifest. Fault: not-found. */
  async request(principal: Principal, scope: RunScope | null): Promise<UpkeepRun> {
    const id = this.newId();
    return this.uow.run(principal, async (tx) => {
      if (scope !== null) {
        const { repositoryId, digest } = scope;
        const isThere = digest === null ? await this.inventory.repository(tx, repositoryId) : await this.lifecycle.standing(tx, repositoryId, digest);
        if (isThere === null) throw new Fault(REQUEST_FAULTS['not-found']);
      }
      await this.runs.queue(tx, { id, kind: 'scrub', dryRun: false, startedBy: principal.id }, scope);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.scrub.request'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: 'upkeep-run', uid: id }],
        ...(scope === null ? {} : { facts: { repositoryId: scope.repositoryId, ...(scope.digest === null ? {} : { digest: scope.digest }) } }),
      });
      return (await this.runs.find(tx, 'scrub', id))!;
    });
  }

  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<UpkeepRun>> {
    return pageOf(await this.uow.read(principal, (reading) => this.runs.list(reading, 'scrub', after, limit + 1)), limit);
  }

  /** Fault: not-found. */
  async get(principal: Principal, id: string): Promise<UpkeepRun> {
    const run = await this.uow.read(principal, (reading) => this.runs.find(reading, 'scrub', id));
    if (run === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return run;
  }

  private async goOn({ id, scope, cursor, report }: OpenRun, signal: AbortSignal): Promise<void> {
    const done = await this.scrubber.pass(
      scope,
      progressOf(cursor, report),
      (progress) => this.uow.run(SCRUBBER, (tx) => this.runs.advance(tx, id, progress.cursor ?? '', { ...progress.report })),
      signal,
    );
    await this.uow.run(SCRUBBER, async (tx) => void (done === null ? await this.runs.letGo(tx, id) : await this.runs.finish(tx, id, { ...done.report })));
  }

  private newId(): string {
    return this.randomness.uuidv7(this.clock.nowMillis());
  }
}
