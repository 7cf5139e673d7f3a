import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { type TileCoordinate, tileKey, type TileReader } from '#pure/merkle/tile.js';
import { ageMillisOf } from './age.js';

export interface TreeHead {
  /** Leaves below it. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
}

export interface StoredCheckpoint {
  /** Counted from 1, without gaps. */
  readonly number: number;
  readonly size: number;
  /** With the log's own signature, and no other. */
  readonly note: string;
  /** Further signature lines, to be read after the note: the log's cosigner's, witnesses'. Thinned where later checkpoints stand. */
  readonly cosignatures: string;
  /** SHA-256 of the note before; null for the first. */
  readonly previousHash: Buffer | null;
  /** How long ago it was stored, by the database's clock, which all replicas share. */
  readonly ageMillis: number;
}

/** A checkpoint beside the head that its row names. */
export interface ChainLink extends StoredCheckpoint {
  /** Null when that head is gone. */
  readonly headRoot: Buffer | null;
}

interface CheckpointRow {
  readonly number: string;
  readonly size: string;
  readonly note: string;
  readonly cosignatures: string;
  readonly previous_hash: Buffer | null;
  readonly age_millis: string;
}

/** bigint arrives as text. Sizes and indices stay below 2^53: at 10,000 entries a second that is 28,000 years. */
const count = (text: string): number => Number(text);

const CHECKPOINT_COLUMNS = `number, size, note, previous_hash,
  extract(epoch FROM clock_timestamp() - checkpoint.published_at) * 1000 AS age_millis,
  (SELECT coalesce(string_agg(line, '' ORDER BY signed_at, signer), '') FROM audit.cosignature WHERE cosignature.checkpoint = checkpoint.number) AS cosignatures`;

const LAST_CHECKPOINT: Statement = { name: 'audit.last-checkpoint', text: `SELECT ${CHECKPOINT_COLUMNS} FROM audit.checkpoint ORDER BY number DESC LIMIT 1` };

/** The last that has all the signatures which readers are owed. */
const SHOWN_CHECKPOINT: Statement = {
  name: 'audit.shown-checkpoint',
  text: `
    SELECT ${CHECKPOINT_COLUMNS} FROM audit.checkpoint
     WHERE number = (SELECT max(publication.checkpoint) FROM audit.publication)`,
};

const HAS_FORMER: Statement = { name: 'audit.has-former-log', text: 'SELECT EXISTS (SELECT FROM audit.former_log) AS "hasFormer"' };
const TILES: Statement = {
  name: 'audit.tiles',
  text: `
    SELECT t.level, t.index, substring(t.hashes FOR 32 * w.width) AS hashes
      FROM unnest($1::smallint[], $2::bigint[], $3::int[]) AS w (level, index, width)
      JOIN audit.tile t ON t.level = w.level AND t.index = w.index AND t.width >= w.width`,
};

const LEAF_INDEX: Statement = { name: 'audit.leaf-index', text: 'SELECT index FROM audit.leaf WHERE entry_id = $1' };

/** What a receipt is made of, tiles apart: the entry, its leaf if it has one yet, and the checkpoint that is shown if there is one. */
const PUBLISHED: Statement = {
  name: 'audit.published-entry',
  text: `
    SELECT entry.body, leaf.index, shown.size, shown.note || shown.cosignatures AS note
      FROM audit.entry
      LEFT JOIN audit.leaf ON leaf.entry_id = entry.id
      LEFT JOIN (${SHOWN_CHECKPOINT.text}) AS shown ON true
     WHERE entry.id = $1`,
};

/** An entry as a reader of the log finds it. */
export interface PublishedEntry {
  readonly body: Buffer;
  /** Null: no published checkpoint covers it yet. The note has all its signatures. */
  readonly proven: { readonly index: number; readonly size: number; readonly note: string } | null;
}

/** Reads of the committed tree: what the sequencer's login and the application's may both do. */
@Injectable()
export class TreeRepository {
  async head(tx: Tx): Promise<TreeHead | null> {
    return (await this.heads(tx, 'ORDER BY size DESC LIMIT 1', []))[0] ?? null;
  }

  /** Heads with `above < size <= upTo`, ascending. */
  headsBetween(tx: Tx, above: number, upTo: number): Promise<TreeHead[]> {
    return this.heads(tx, 'WHERE size > $1 AND size <= $2 ORDER BY size', [above, upTo]);
  }

  /**
   * The named tiles, each cut to the width asked for, in one query. A tile that is missing or narrower is missing from
   * the map: the reader that is made of it throws, and a proof is never made of something else.
   */
  async tiles(reading: Reading, wanted: readonly TileCoordinate[]): Promise<Map<string, Buffer>> {
    if (wanted.length === 0) return new Map();
    const columns = [wanted.map(({ level }) => level), wanted.map(({ index }) => index), wanted.map(({ width }) => width)];
    const rows = await rowsOf<{ level: number; index: string; hashes: Buffer }>(reading, TILES, columns);
    return new Map(rows.map(({ level, index, hashes }) => [tileKey({ level, index: count(index) }), hashes]));
  }

  async tileReader(reading: Reading, wanted: readonly TileCoordinate[]): Promise<TileReader> {
    const tiles = await this.tiles(reading, wanted);
    return (tile) => {
      const bytes = tiles.get(tileKey(tile));
      if (bytes === undefined) throw new Error(`tile ${tileKey(tile)} of width ${tile.width} is not stored`);
      return bytes;
    };
  }

  /** Null when there is no such entry. */
  async published(reading: Reading, entryId: string): Promise<PublishedEntry | null> {
    const [row] = await rowsOf<{ body: Buffer; index: string | null; size: string | null; note: string }>(reading, PUBLISHED, [entryId]);
    if (row === undefined) return null;
    const isCovered = row.index !== null && row.size !== null && count(row.index) < count(row.size);
    return { body: row.body, proven: isCovered ? { index: count(row.index!), size: count(row.size!), note: row.note } : null };
  }

  async leafIndex(reading: Reading, entryId: string): Promise<number | null> {
    const rows = await rowsOf<{ index: string }>(reading, LEAF_INDEX, [entryId]);
    return rows[0] === undefined ? null : count(rows[0].index);
  }

  /** The last that was signed, published or not: what comes next has to continue it. */
  async lastCheckpoint(reading: Reading): Promise<StoredCheckpoint | null> {
    return (await rowsOf<CheckpointRow>(reading, LAST_CHECKPOINT)).map(checkpointOf)[0] ?? null;
  }

  /** The last that was published: nothing beyond it is given out. */
  async shownCheckpoint(reading: Reading): Promise<StoredCheckpoint | null> {
    return (await rowsOf<CheckpointRow>(reading, SHOWN_CHECKPOINT)).map(checkpointOf)[0] ?? null;
  }

  /** Checkpoints from this number on, in their order, `limit` at most, each with the root of the head that it names. */
  async chainFrom(tx: Tx, number: number, limit: number): Promise<ChainLink[]> {
    const rows: (CheckpointRow & { head_root: Buffer | null })[] = await entityManagerOf(tx).query(
      `SELECT ${CHECKPOINT_COLUMNS}, (SELECT root FROM audit.tree_head WHERE tree_head.size = checkpoint.size) AS head_root
         FROM audit.checkpoint WHERE number >= $1 ORDER BY number LIMIT $2`,
      [number, limit],
    );
    return rows.map((row) => ({ ...checkpointOf(row), headRoot: row.head_root }));
  }

  async origin(tx: Tx): Promise<string | null> {
    const rows: { origin: string }[] = await entityManagerOf(tx).query('SELECT origin FROM audit.log');
    return rows[0]?.origin ?? null;
  }

  /** Whether a log was set aside for this one. */
  async hasFormer(reading: Reading): Promise<boolean> {
    const [row] = await rowsOf<{ hasFormer: boolean }>(reading, HAS_FORMER);
    return row!.hasFormer;
  }

  private async heads(tx: Tx, which: string, parameters: unknown[]): Promise<TreeHead[]> {
    const rows: { size: string; root: Buffer }[] = await entityManagerOf(tx).query(`SELECT size, root FROM audit.tree_head ${which}`, parameters);
    return rows.map(({ size, root }) => ({ size: count(size), root }));
  }
}

function checkpointOf(row: CheckpointRow): StoredCheckpoint {
  return {
    number: count(row.number),
    size: count(row.size),
    note: row.note,
    cosignatures: row.cosignatures,
    previousHash: row.previous_hash,
    ageMillis: ageMillisOf(row.age_millis),
  };
}
