import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** A page of entries as the search for those without a leaf sees it. */
export interface StrayPage {
  /** Ids of entries that the sequencer will never find. */
  readonly strays: readonly string[];
  /** Transaction id that the next page begins with; null at the end. */
  readonly next: bigint | null;
}

/** Ids beyond it can only have been forged, and the page that met them has named them. */
const POSITION_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Reads that only a verification needs, by the sequencer's login: it alone sees transaction ids and the mark. */
@Injectable()
export class LogCheckRepository {
  /** Entries below it were pruned. */
  async minimumIndex(tx: Tx): Promise<number> {
    const [row]: { minimum_index: string }[] = await entityManagerOf(tx).query('SELECT minimum_index FROM audit.pruning');
    return Number(row?.minimum_index ?? 0);
  }

  /**
   * Whole transactions, so that one of any size is passed. A statement has one snapshot, and the mark moves in the
   * transaction that makes the leaves below it: what is below and has none was put there, or the mark was. In a
   * cluster that has not yet made the mark its own, the sequencer searches everything, and nothing is a stray.
   */
  async strays(tx: Tx, from: bigint, limit: number, named: number): Promise<StrayPage> {
    const [page]: { count: string; last: string | null; strays: string[] | null }[] = await entityManagerOf(tx).query(
      `WITH page AS MATERIALIZED (SELECT e.id, e.xid FROM audit.entry e WHERE e.xid >= $1::xid8 ORDER BY e.xid FETCH FIRST $2 ROWS WITH TIES)
       SELECT count(*) AS count, max(page.xid)::text AS last,
              (array_agg(page.id ORDER BY page.xid) FILTER (WHERE l.entry_id IS NULL AND w.system_identifier = c.system_identifier
                AND (page.xid < w.xid OR page.xid >= pg_snapshot_xmax(pg_current_snapshot()))))[1:$3] AS strays
         FROM page CROSS JOIN audit.low_water w CROSS JOIN pg_control_system() c LEFT JOIN audit.leaf l ON l.entry_id = page.id`,
      [from.toString(), limit, named],
    );
    const next = page?.last === null || page === undefined || Number(page.count) < limit ? null : BigInt(page.last) + 1n;
    return { strays: page?.strays ?? [], next: next !== null && next > POSITION_MAX ? null : next };
  }

  async leavesBeyondHead(tx: Tx, limit: number): Promise<{ readonly index: number; readonly id: string }[]> {
    const rows: { index: string; entry_id: string }[] = await entityManagerOf(tx).query(
      'SELECT index, entry_id FROM audit.leaf WHERE index >= coalesce((SELECT max(size) FROM audit.tree_head), 0) ORDER BY index LIMIT $1',
      [limit],
    );
    return rows.map(({ index, entry_id: id }) => ({ index: Number(index), id }));
  }
}
