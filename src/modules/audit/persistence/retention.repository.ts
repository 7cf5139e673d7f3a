import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

export interface Pruned {
  readonly entries: number;
  readonly keys: number;
}

/** Removing what is past its retention: as the sequencer's login, through the one function that may. */
@Injectable()
export class RetentionRepository {
  /**
   * Leaves that are past their retention, by the database's clock, which all replicas share; and those that are pruned
   * already. Both null when something was pruned within the pause.
   */
  async due(tx: Tx, retentionDays: number, pauseHours: number): Promise<{ readonly size: number; readonly minimumIndex: number } | null> {
    const [row]: { size: string; minimum_index: string }[] = await entityManagerOf(tx).query(
      `SELECT minimum_index, coalesce((
         SELECT max(c.size) FROM audit.checkpoint c JOIN audit.publication p ON p.checkpoint = c.number
          WHERE c.published_at < clock_timestamp() - make_interval(days => $1)), 0) AS size
         FROM audit.pruning WHERE pruned_at IS NULL OR pruned_at < clock_timestamp() - make_interval(hours => $2)`,
      [retentionDays, pauseHours],
    );
    return row === undefined ? null : { size: Number(row.size), minimumIndex: Number(row.minimum_index) };
  }

  /** Raises the minimum index. The rows by which the entries were found go with them. */
  async prune(tx: Tx, minimum: number): Promise<Pruned> {
    const manager = entityManagerOf(tx);
    const [row]: { entries_removed: string; keys_removed: string }[] = await manager.query('SELECT entries_removed, keys_removed FROM audit.prune($1)', [minimum]);
    await manager.query('DELETE FROM audit.search WHERE index < $1', [minimum]);
    await manager.query('DELETE FROM audit.search_span WHERE first_index + 1024 <= $1', [minimum]);
    return { entries: Number(row!.entries_removed), keys: Number(row!.keys_removed) };
  }
}
