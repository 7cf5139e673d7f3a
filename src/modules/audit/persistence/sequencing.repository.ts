import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { Tile } from '#pure/merkle/tile.js';
import type { StoredCheckpoint, TreeHead } from './tree.repository.js';

/** Advisory lock of the sequencer: «audit» and 1, in the space of two-key locks. */
export const SEQUENCER_LOCK = [0x61756474, 1] as const;

/** Above every transaction id: xid8 counts 64 bits. */
const XID_MAX = '18446744073709551615';

/** What the sequencer may rely on in this transaction. */
export interface Turn {
  /** Every transaction with a smaller id had ended when the turn began. */
  readonly xidFloor: bigint;
  /** Of this cluster; another one gives transaction ids anew. */
  readonly systemIdentifier: string;
  readonly lowWater: { readonly xid: bigint; readonly systemIdentifier: string };
}

export interface PendingEntry {
  readonly id: string;
  readonly xid: bigint;
  /** The leaf hash of its stored bytes. */
  readonly hash: Buffer;
}

export interface NewLeaf {
  readonly entryId: string;
  readonly hash: Buffer;
}

export interface NewCheckpoint extends Pick<StoredCheckpoint, 'number' | 'size' | 'note' | 'previousHash'> {
  /** Whose checkpoint it is: a log that has been abandoned meanwhile takes none. */
  readonly origin: string;
}

/** What only the sequencer's login may do. */
@Injectable()
export class SequencingRepository {
  /**
   * The turn to sequence, or null when another replica has it. A transaction's lock, never a session's: it cannot
   * outlive its holder, nor leak through a pool.
   */
  async takeTurn(tx: Tx): Promise<Turn | null> {
    const manager = entityManagerOf(tx);
    // The floor is read no later than anything else: a snapshot that is too old only makes it lower.
    const [lock]: { locked: boolean; floor: string }[] = await manager.query(
      'SELECT pg_try_advisory_xact_lock($1, $2) AS locked, pg_snapshot_xmin(pg_current_snapshot())::text AS floor',
      [...SEQUENCER_LOCK],
    );
    if (lock === undefined || !lock.locked) return null;
    // A second statement, so that its snapshot has what the holder before us committed. Where the search is bounded,
    // the range is short and the leaves are many: probe their index for each entry rather than hash all of them.
    const [state]: { current: string; xid: string; stored: string }[] = await manager.query(
      `SELECT c.system_identifier::text AS current, w.xid::text AS xid, w.system_identifier::text AS stored,
              set_config('enable_hashjoin', m.join, true), set_config('enable_mergejoin', m.join, true)
         FROM audit.low_water w, pg_control_system() c,
              LATERAL (SELECT CASE WHEN w.system_identifier = c.system_identifier THEN 'off' ELSE 'on' END AS join) m`,
    );
    if (state === undefined) throw new Error('audit.low_water has no row');
    return {
      xidFloor: BigInt(lock.floor),
      systemIdentifier: state.current,
      lowWater: { xid: BigInt(state.xid), systemIdentifier: state.stored },
    };
  }

  /**
   * Entries that have no leaf, in order of their transactions, `limit` at most; `from` is inclusive.
   *
   * The anti-join is what makes this complete: whatever the order of commits, an entry without a leaf is found. The
   * ids only bound the range that is searched. Below `from` everything has its leaf. Ids that this cluster has not
   * given yet can only stand on entries that came with a dump, and those are searched when `everything` is asked for.
   *
   * The database hashes (RFC 6962 §2.1): what it could misstate it could as well store, and every check of the log hashes
   * the bytes again. They stay where they are, which is most of what a turn would take.
   */
  async pending(tx: Tx, from: bigint, everything: boolean, limit: number): Promise<PendingEntry[]> {
    const rows: { id: string; xid: string; hash: Buffer }[] = await entityManagerOf(tx).query(
      `SELECT e.id, e.xid::text AS xid, sha256('\\x00'::bytea || e.body) AS hash FROM audit.entry e
        WHERE e.xid >= $1::xid8 AND e.xid < coalesce($2::xid8, pg_snapshot_xmax(pg_current_snapshot()))
          AND NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id)
        ORDER BY e.xid, e.seq LIMIT $3`,
      [from.toString(), everything ? XID_MAX : null, limit],
    );
    return rows.map(({ id, xid, hash }) => ({ id, xid: BigInt(xid), hash }));
  }

  async addLeaves(tx: Tx, firstIndex: number, leaves: readonly NewLeaf[]): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO audit.leaf (index, entry_id, hash)
       SELECT $1::bigint + l.place - 1, l.entry_id, substring($3::bytea FROM (l.place::integer - 1) * 32 + 1 FOR 32)
         FROM unnest($2::uuid[]) WITH ORDINALITY AS l (entry_id, place)`,
      [firstIndex, leaves.map(({ entryId }) => entryId), Buffer.concat(leaves.map(({ hash }) => hash))],
    );
  }

  /** New tiles are added, a partial one that is there is widened. */
  async putTiles(tx: Tx, tiles: readonly Tile[]): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO audit.tile (level, index, width, hashes)
       SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bytea[])
       ON CONFLICT (level, index) DO UPDATE SET width = excluded.width, hashes = excluded.hashes`,
      [tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ width }) => width), tiles.map(({ bytes }) => bytes)],
    );
  }

  async addHead(tx: Tx, head: TreeHead): Promise<void> {
    await entityManagerOf(tx).query('INSERT INTO audit.tree_head (size, root) VALUES ($1, $2)', [head.size, head.root]);
  }

  async setLowWater(tx: Tx, xid: bigint, systemIdentifier: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE audit.low_water SET xid = $1::xid8, system_identifier = $2::bigint', [xid.toString(), systemIdentifier]);
  }

  /**
   * False when another publisher has stored this number (the primary key decides between two), and when the log was
   * forked or has got another name since the head was read.
   */
  async addCheckpoint(tx: Tx, checkpoint: NewCheckpoint): Promise<boolean> {
    const { origin, number, size, note, previousHash } = checkpoint;
    const rows: unknown[] = await entityManagerOf(tx).query(
      `INSERT INTO audit.checkpoint (number, size, note, previous_hash)
       SELECT $1, $2, $3, $4 FROM audit.log, audit.standing
        WHERE log.origin = $5 AND standing.forked_at IS NULL AND NOT EXISTS (SELECT FROM audit.checkpoint WHERE number >= $1)
       ON CONFLICT (number) DO NOTHING RETURNING number`,
      [number, size, note, previousHash, origin],
    );
    return rows.length === 1;
  }

  /** Names the log if it has no name yet; whether it did. */
  async establishOrigin(tx: Tx, origin: string): Promise<boolean> {
    const named = await entityManagerOf(tx).query<unknown[]>('INSERT INTO audit.log (origin) VALUES ($1) ON CONFLICT (singleton) DO NOTHING RETURNING origin', [origin]);
    return named.length > 0;
  }
}
