import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** How far everything around the tree has come. Ages are by the database's clock, which all replicas share. */
export interface LedgerStanding {
  readonly treeSize: number;
  /** Null before the first. */
  readonly checkpoint: { readonly size: number; readonly publishedSeconds: number } | null;
  /** Entries without a leaf, counted up to `PENDING_COUNTED_MAX`, and the id of the oldest. */
  readonly pending: { readonly entries: number; readonly oldestId: string | null };
  /** Since the oldest leaf that detection has not read was made; 0 when it has read them all. */
  readonly detectionLagSeconds: number;
  readonly outbox: { readonly pending: number; readonly overdueSeconds: number };
  readonly openAlerts: ReadonlyMap<string, number>;
}

/** A backlog beyond it needs no exact figure, and counting it every few seconds would be a part of the problem. */
export const PENDING_COUNTED_MAX = 100_000;

const STANDING = `
  SELECT coalesce((SELECT max(size) FROM audit.tree_head), 0) AS tree_size,
         (SELECT row_to_json(c) FROM (SELECT size, extract(epoch FROM published_at) AS at FROM audit.checkpoint ORDER BY number DESC LIMIT 1) c) AS checkpoint,
         (SELECT row_to_json(p) FROM (
            SELECT count(*) AS entries, min(id::text) AS oldest FROM (
              SELECT e.id FROM audit.entry e, audit.low_water w
               WHERE e.xid >= w.xid AND NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id) LIMIT ${PENDING_COUNTED_MAX}) q) p) AS pending,
         coalesce((SELECT extract(epoch FROM clock_timestamp() - h.sequenced_at)
                     FROM audit.cursor c JOIN audit.tree_head h ON h.size > c.next_index
                    WHERE c.name = 'detection' ORDER BY h.size LIMIT 1), 0) AS detection_lag,
         (SELECT row_to_json(o) FROM (
            SELECT count(*) AS pending, greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(next_attempt_at)), 0)) AS overdue
              FROM platform.outbox WHERE state = 'pending') o) AS outbox,
         (SELECT json_object_agg(severity, open) FROM (SELECT severity, count(*) AS open FROM alerts.alert WHERE status <> 'resolved' GROUP BY severity) a) AS alerts`;

interface Row {
  readonly tree_size: string;
  readonly checkpoint: { readonly size: number; readonly at: number } | null;
  readonly pending: { readonly entries: number; readonly oldest: string | null };
  readonly detection_lag: string;
  readonly outbox: { readonly pending: number; readonly overdue: number };
  readonly alerts: Readonly<Record<string, number>> | null;
}

/** What the gauges of the ledger are read from: one statement, every part of it bounded by an index. */
@Injectable()
export class StandingRepository {
  async read(tx: Tx): Promise<LedgerStanding> {
    const [row]: Row[] = await entityManagerOf(tx).query(STANDING);
    const { checkpoint, pending, outbox, alerts } = row!;
    return {
      treeSize: Number(row!.tree_size),
      checkpoint: checkpoint === null ? null : { size: checkpoint.size, publishedSeconds: checkpoint.at },
      pending: { entries: pending.entries, oldestId: pending.oldest },
      detectionLagSeconds: Number(row!.detection_lag),
      outbox: { pending: outbox.pending, overdueSeconds: outbox.overdue },
      openAlerts: new Map(Object.entries(alerts ?? {})),
    };
  }
}
