import { Inject, Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { TILE_WIDTH } from '#pure/merkle/tile.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { RetentionRepository } from '../persistence/retention.repository.js';

const RETENTION = systemPrincipal('audit-retention');

/** Entries a transaction, at most, in whole tiles: some hundred milliseconds of deleting. */
const PRUNED_AT_ONCE = 64 * TILE_WIDTH;

/** Between the last of one day's prunings and the first of the next: each leaves an entry, and there should be few. */
const PAUSE_HOURS = 20;

/**
 * Removes the bodies of entries past AUDIT_RETENTION_DAYS (C2SP tlog-tiles: pruning by a minimum index). Leaves, tiles
 * and checkpoints stay: every receipt that somebody kept still verifies, and that an entry was there is still proven.
 * The database refuses what is younger than 90 days, whatever is configured here.
 */
@Injectable()
export class Retention {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly rows: RetentionRepository,
    private readonly log: AuditLog,
    @Inject(Config) private readonly config: Pick<Config, 'ledger'>,
  ) {}

  /** Returns how many entries went; 0 also when it is not yet time again. Each transaction leaves an entry of its own. */
  async enforce(): Promise<number> {
    const { retentionDays } = this.config.ledger;
    const due = await this.units.run(RETENTION, (tx) => this.rows.due(tx, retentionDays, PAUSE_HOURS));
    if (due === null) return 0;
    const goal = due.size - (due.size % TILE_WIDTH);
    let removed = 0;
    for (let minimum = due.minimumIndex; minimum < goal; ) {
      minimum = Math.min(minimum + PRUNED_AT_ONCE, goal);
      removed += await this.prune(minimum, retentionDays);
    }
    return removed;
  }

  private prune(minimumIndex: number, retentionDays: number): Promise<number> {
    return this.units.run(RETENTION, async (tx) => {
      const { entries, keys } = await this.rows.prune(tx, minimumIndex);
      await this.log.append(tx, { kind: AUDIT_EVENTS['audit.prune'], outcome: 'success', actor: RETENTION, facts: { minimumIndex, entries, keys, retentionDays } });
      return entries;
    });
  }
}
