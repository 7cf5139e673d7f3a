import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
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

/** What only the login that owns the schema may do: to end a log and to begin its successor. */
@Injectable()
export class SuccessionRepository {
  /** Waits for the sequencer's turn and keeps it to the end of the transaction; entries are appended meanwhile. */
  async lock(tx: Tx): Promise<void> {
    await entityManagerOf(tx).query('SELECT pg_advisory_xact_lock($1, $2)', [...SEQUENCER_LOCK]);
  }

  /** Names that have been used up, the present one's apart. */
  async formerOrigins(tx: Tx): Promise<ReadonlySet<string>> {
    const rows: { origin: string }[] = await entityManagerOf(tx).query('SELECT origin FROM audit.former_log');
    return new Set(rows.map(({ origin }) => origin));
  }

  /** The old tree and everything that counts by its indices go; the entries stay, and have no leaf any more. */
  async setAside(tx: Tx, former: FormerLog, successor: string): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('INSERT INTO audit.former_log (origin, size, root, note) VALUES ($1, $2, $3, $4)', [former.origin, former.size, former.root, former.note]);
    for (const table of Object.keys(GUARDED)) await manager.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
    await manager.query('TRUNCATE audit.publication, audit.cosignature, audit.checkpoint, audit.tree_head, audit.tile, audit.leaf, audit.search, audit.attestor, alerts.rule_match');
    await manager.query('UPDATE audit.log SET origin = $1, created_at = clock_timestamp()', [successor]);
    for (const [table, triggers] of Object.entries(GUARDED)) for (const trigger of triggers) await manager.query(`ALTER TABLE audit.${table} ENABLE ALWAYS TRIGGER ${trigger}`);
    // Below the mark everything had its leaf: now nothing has.
    await manager.query("UPDATE audit.low_water SET xid = '0'");
    await manager.query('UPDATE audit.pruning SET minimum_index = 0, pruned_at = NULL');
    await manager.query('UPDATE audit.standing SET forked_at = NULL, reason = NULL');
  }

  /**
   * Readers of the log go on in the new one. What has been looked through for alerts and sent to webhooks is not looked
   * through and sent again: those continue behind all entries that there are. Others begin anew.
   */
  async moveCursors(tx: Tx): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE audit.cursor SET next_index = CASE WHEN name IN ('detection', 'webhooks') THEN (SELECT count(*) FROM audit.entry) ELSE 0 END`,
    );
  }
}
