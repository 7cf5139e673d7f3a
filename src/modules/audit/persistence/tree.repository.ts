import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { type TileCoordinate, tileKey, type TileReader } from '#pure/merkle/tile.js';

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
  /** The signed note's text. */
  readonly note: string;
  /** SHA-256 of the note before; null for the first. */
  readonly previousHash: Buffer | null;
  /** How long ago it was stored, by the database's clock, which all replicas share. */
  readonly ageMillis: number;
}

interface CheckpointRow {
  readonly number: string;
  readonly size: string;
  readonly note: string;
  readonly previous_hash: Buffer | null;
  readonly age_millis: string;
}

/** bigint arrives as text. Sizes and indices stay below 2^53: at 10,000 entries a second that is 28,000 years. */
const count = (text: string): number => Number(text);

const CHECKPOINT_COLUMNS = `number, size, note, previous_hash,
  extract(epoch FROM clock_timestamp() - published_at) * 1000 AS age_millis`;

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
  async tiles(tx: Tx, wanted: readonly TileCoordinate[]): Promise<Map<string, Buffer>> {
    if (wanted.length === 0) return new Map();
    const rows: { level: number; index: string; hashes: Buffer }[] = await entityManagerOf(tx).query(
      `SELECT t.level, t.index, substring(t.hashes FOR 32 * w.width) AS hashes
         FROM unnest($1::smallint[], $2::bigint[], $3::int[]) AS w (level, index, width)
         JOIN audit.tile t ON t.level = w.level AND t.index = w.index AND t.width >= w.width`,
      [wanted.map(({ level }) => level), wanted.map(({ index }) => index), wanted.map(({ width }) => width)],
    );
    return new Map(rows.map(({ level, index, hashes }) => [tileKey({ level, index: count(index) }), hashes]));
  }

  async tileReader(tx: Tx, wanted: readonly TileCoordinate[]): Promise<TileReader> {
    const tiles = await this.tiles(tx, wanted);
    return (tile) => {
      const bytes = tiles.get(tileKey(tile));
      if (bytes === undefined) throw new Error(`tile ${tileKey(tile)} of width ${tile.width} is not stored`);
      return bytes;
    };
  }

  async leafIndex(tx: Tx, entryId: string): Promise<number | null> {
    const rows: { index: string }[] = await entityManagerOf(tx).query('SELECT index FROM audit.leaf WHERE entry_id = $1', [entryId]);
    return rows[0] === undefined ? null : count(rows[0].index);
  }

  async lastCheckpoint(tx: Tx): Promise<StoredCheckpoint | null> {
    return (await this.checkpoints(tx, 'ORDER BY number DESC LIMIT 1', []))[0] ?? null;
  }

  /** Checkpoints with `above < size <= upTo` and a number beyond `after`, in order of their numbers, `limit` at most. */
  checkpointsBetween(tx: Tx, above: number, upTo: number, after: number, limit: number): Promise<StoredCheckpoint[]> {
    return this.checkpoints(tx, 'WHERE size > $1 AND size <= $2 AND number > $3 ORDER BY number LIMIT $4', [above, upTo, after, limit]);
  }

  async origin(tx: Tx): Promise<string | null> {
    const rows: { origin: string }[] = await entityManagerOf(tx).query('SELECT origin FROM audit.log');
    return rows[0]?.origin ?? null;
  }

  private async heads(tx: Tx, which: string, parameters: unknown[]): Promise<TreeHead[]> {
    const rows: { size: string; root: Buffer }[] = await entityManagerOf(tx).query(`SELECT size, root FROM audit.tree_head ${which}`, parameters);
    return rows.map(({ size, root }) => ({ size: count(size), root }));
  }

  private async checkpoints(tx: Tx, which: string, parameters: unknown[]): Promise<StoredCheckpoint[]> {
    const rows: CheckpointRow[] = await entityManagerOf(tx).query(`SELECT ${CHECKPOINT_COLUMNS} FROM audit.checkpoint ${which}`, parameters);
    return rows.map((row) => ({
      number: count(row.number),
      size: count(row.size),
      note: row.note,
      previousHash: row.previous_hash,
      ageMillis: Number(row.age_millis),
    }));
  }
}
