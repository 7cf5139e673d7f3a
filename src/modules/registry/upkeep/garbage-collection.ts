import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Config } from '#platform/config/config.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, type PageRequest, pageOf } from '#pure/paging/page.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import type { CollectionReport, UpkeepRun } from '../domain/upkeep-run.js';
import { touchMillisOf } from '../persistence/blob.repository.js';
import { CollectionRepository, type DoomedBlob, type HiddenBlob, type Patience } from '../persistence/collection.repository.js';
import { UpkeepRunRepository } from '../persistence/upkeep-run.repository.js';
import { BlobRemoval } from './blob-removal.js';

const COLLECTOR = systemPrincipal('registry-gc');

/** Rows that one transaction holds: a push that names one of them waits for some ten milliseconds. */
const BATCH = 100;
/** A run that is asked for over HTTP ends before its client's patience does. */
const RUN_MILLIS = 20_000;
const PREVIEW_MAX = 100_000;

const NOTHING: CollectionReport = { hidden: 0, removed: 0, removedBytes: 0, more: false };

/**
 * What no manifest names is taken out of its repository, and what no repository shows is removed, while everybody goes on
 * pushing. There is no lock above single rows: a manifest holds the rows that it names until it is there to name them
 * (FOR KEY SHARE), this holds what it takes (FOR UPDATE, and looks again). Any number of processes may do it at once; each takes
 * what the others have not. The work is that of what is due: a blob is looked at once after it was pushed and once after
 * each manifest that named it was deleted (`review_since`), never because there is a collection.
 */
@Injectable()
export class GarbageCollection {
  private readonly patience: Patience;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly collection: CollectionRepository,
    private readonly removal: BlobRemoval,
    private readonly runs: UpkeepRunRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly metrics: Metrics,
    config: Config,
  ) {
    const { gcGraceMillis, pushLeaseMillis } = config.registry;
    this.patience = { graceMillis: gcGraceMillis, leaseMillis: pushLeaseMillis + touchMillisOf(pushLeaseMillis) };
  }

  /** By itself: what finds nothing to do leaves no row. */
  async tick(): Promise<void> {
    const { hidden, removed } = await this.uow.read(COLLECTOR, (reading) => this.collection.preview(reading, this.patience, 1));
    if (hidden + removed > 0) await this.run(COLLECTOR, false);
    else await this.removal.takeOver(BATCH);
  }

  /** Collects what is due, or says what that would be. */
  async run(principal: Principal, dryRun: boolean): Promise<UpkeepRun> {
    const nowMillis = this.clock.nowMillis();
    const id = this.randomness.uuidv7(nowMillis);
    await this.uow.run(principal, (tx) => this.runs.start(tx, { id, kind: 'gc', dryRun, startedBy: principal.id }));
    const report = dryRun ? await this.preview(principal) : await this.collect(id, nowMillis + RUN_MILLIS);
    return this.uow.run(principal, async (tx) => {
      const run = await this.runs.finish(tx, id, { ...report });
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.gc.run'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: 'upkeep-run', uid: id }],
        facts: { dryRun, hidden: report.hidden, removed: report.removed, removedBytes: report.removedBytes },
      });
      return run;
    });
  }

  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<UpkeepRun>> {
    return pageOf(await this.uow.read(principal, (reading) => this.runs.list(reading, 'gc', after, limit + 1)), limit);
  }

  /** Fault: not-found. */
  async get(principal: Principal, id: string): Promise<UpkeepRun> {
    const run = await this.uow.read(principal, (reading) => this.runs.find(reading, 'gc', id));
    if (run === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return run;
  }

  private async preview(principal: Principal): Promise<CollectionReport> {
    return { ...(await this.uow.read(principal, (reading) => this.collection.preview(reading, this.patience, PREVIEW_MAX))), more: false };
  }

  /** Each batch is a deed of the collector's, whoever asked for the run. First out of the repositories, then off the disk: what the first half hides is due for the second at once. */
  private async collect(runId: string, untilMillis: number): Promise<CollectionReport> {
    let report = NOTHING;
    await this.removal.takeOver(BATCH);
    for (const half of [() => this.hideSome(runId), () => this.removeSome(runId)]) {
      for (let looked = BATCH; looked === BATCH; ) {
        if (this.clock.nowMillis() >= untilMillis) return { ...report, more: true };
        const done = await half();
        looked = done.looked;
        report = { hidden: report.hidden + done.hidden, removed: report.removed + done.removed, removedBytes: report.removedBytes + done.removedBytes, more: false };
      }
    }
    return report;
  }

  private async hideSome(runId: string): Promise<Done> {
    const { looked, hidden } = await this.uow.run(COLLECTOR, async (tx) => {
      const found = await this.collection.hideDue(tx, this.patience, BATCH);
      if (found.hidden.length > 0) await this.recordHidden(tx, runId, found.hidden);
      return found;
    });
    if (hidden.length > 0) crashPoint('registry.collection.after-hide');
    return { looked, hidden: hidden.length, removed: 0, removedBytes: 0 };
  }

  private async removeSome(runId: string): Promise<Done> {
    const { looked, doomed } = await this.uow.run(COLLECTOR, async (tx) => {
      const found = await this.collection.doom(tx, BATCH);
      if (found.doomed.length > 0) await this.recordDoomed(tx, runId, found.doomed);
      return found;
    });
    await this.removal.remove(doomed);
    const removedBytes = doomed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.metrics.increment(REGISTRY_METRICS.registry_collected_bytes_total, {}, removedBytes);
    return { looked, hidden: 0, removed: doomed.length, removedBytes };
  }

  private async recordHidden(tx: Tx, runId: string, hidden: readonly HiddenBlob[]): Promise<void> {
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.gc.hide'],
      outcome: 'success',
      actor: COLLECTOR,
      targets: [{ type: 'upkeep-run', uid: runId }],
      facts: { count: hidden.length, digests: [...new Set(hidden.map(({ digest }) => digest))], repositories: [...new Set(hidden.map(({ repositoryId }) => repositoryId))] },
    });
  }

  private async recordDoomed(tx: Tx, runId: string, doomed: readonly DoomedBlob[]): Promise<void> {
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.gc.remove'],
      outcome: 'success',
      actor: COLLECTOR,
      targets: [{ type: 'upkeep-run', uid: runId }],
      facts: { count: doomed.length, removedBytes: doomed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), digests: doomed.map(({ digest }) => digest) },
    });
  }
}

interface Done extends Omit<CollectionReport, 'more'> {
  readonly looked: number;
}
