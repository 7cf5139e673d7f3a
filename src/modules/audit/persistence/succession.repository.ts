import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { CursorName } from './cursor.repository.js';
import { SEQUENCER_LOCK } from './sequencing.repository.js';

/** What is told of a log when it is set aside. */
export interface FormerLog {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

/** Tables with triggers that refuse every change: the owner's login may put them aside, and nobody else. */
const GUARDED: Readonly<Record<string, readonly string[]>> = {
  leaf: ['append_only'],
  tree_head: ['append_only', 'only_grow'],
  tile: ['never_removed', 'only_widen'],
  checkpoint: ['append_only', 'only_advance'],
  log: ['append_only'],
};

/** Readers that do something about each entry once, whatever log it stands in. The others begin anew. */
const ONCE_ONLY: readonly CursorName[] = ['detection', 'webhooks'];

/** Of entry `e`, its leaf `l` if it has one, and the reader's cursor `c`: whether that reader had it, in this log or before. */
const IS_READ = '(coalesce(l.index < c.next_index, false) OR e.seq < c.read_before OR e.seq = ANY (c.read_besides))';
const ENTRIES = 'audit.entry e LEFT JOIN audit.leaf l ON l.entry_id = e.id';

/** What only the login that owns the schema may do: to end a log and to begin its successor. */
@Injectable()
export class SuccessionRepository {
  /**
   * Waits for the sequencer's turn, for every reader of the log and for whoever is appending, and holds all of them back
   * to the end of the transaction. In this order, which is theirs: a reader has its cursor before it appends, and so has
   * the watch the standing.
   */
  async lock(tx: Tx): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('SELECT pg_advisory_xact_lock($1, $2)', [...SEQUENCER_LOCK]);
    await manager.query('SELECT FROM audit.cursor ORDER BY name FOR UPDATE');
    await manager.query('SELECT FROM audit.standing FOR UPDATE');
    await manager.query('LOCK TABLE audit.entry IN SHARE ROW EXCLUSIVE MODE');
  }

  /** Names that have been used up, the present one's apart. */
  async formerOrigins(tx: Tx): Promise<ReadonlySet<string>> {
    const rows: { origin: string }[] = await entityManagerOf(tx).query('SELECT origin FROM audit.former_log');
    return new Set(rows.map(({ origin }) => origin));
  }

  /**
   * The old tree and everything that counts by its indices, or tells what was found wrong with it, go; the entries stay,
   * and have no leaf any more.
   */
  async setAside(tx: Tx, former: FormerLog, successor: string): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('INSERT INTO audit.former_log (origin, size, root, note) VALUES ($1, $2, $3, $4)', [former.origin, former.size, former.root, former.note]);
    for (const table of Object.keys(GUARDED)) await manager.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
    await manager.query('TRUNCATE audit.publication, audit.cosignature, audit.checkpoint, audit.tree_head, audit.tile, audit.leaf, audit.search, audit.search_span, audit.mismatch, audit.attestor, alerts.rule_match');
    await manager.query('UPDATE audit.log SET origin = $1, created_at = clock_timestamp()', [successor]);
    for (const [table, triggers] of Object.entries(GUARDED)) for (const trigger of triggers) await manager.query(`ALTER TABLE audit.${table} ENABLE ALWAYS TRIGGER ${trigger}`);
    // Below the mark everything had its leaf: now nothing has. What came with a dump may bear ids that this cluster has
    // yet to give, and is looked for only where the mark is another cluster's.
    await manager.query(
      `UPDATE audit.low_water SET xid = '0', system_identifier =
         CASE WHEN EXISTS (SELECT FROM audit.entry WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) THEN 0 ELSE system_identifier END`,
    );
    await manager.query('UPDATE audit.pruning SET minimum_index = 0, pruned_at = NULL');
    await manager.query('UPDATE audit.standing SET forked_at = NULL, reason = NULL');
  }

  /**
   * Readers of the log begin with the first entry of the new one. What detection and the webhooks have had is not for them
   * again, and what they have not had is, wherever it will stand: the order of the new log is not that of the old one,
   * so it is noted by the entries and not by a place. To be called under the lock, while the old leaves are there; in a
   * log that could be extended until then the exceptions are the few that were in flight at the last reading.
   */
  async moveCursors(tx: Tx): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query(
      `UPDATE audit.cursor c SET read_before = had.first, read_besides = had.besides
         FROM (SELECT c.name, f.first, (SELECT coalesce(array_agg(e.seq), '{}') FROM ${ENTRIES} WHERE e.seq > f.first AND ${IS_READ}) AS besides
                 FROM audit.cursor c CROSS JOIN LATERAL (
                   SELECT coalesce((SELECT min(e.seq) FROM ${ENTRIES} WHERE NOT ${IS_READ}), (SELECT max(seq) + 1 FROM audit.entry), 0) AS first) AS f
                WHERE c.name = ANY ($1)) AS had
        WHERE c.name = had.name`,
      [ONCE_ONLY],
    );
    await manager.query('UPDATE audit.cursor SET next_index = 0');
  }
}
