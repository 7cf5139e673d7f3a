import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { type Page, type PageRequest, pageOf } from '#pure/paging/page.js';
import { FORGIVEN_AFTER_SECONDS, type SourceBlock } from '../domain/source-block.js';

const BLOCK = 'id, source, offences, began_at AS "beganAt", ends_at AS "endsAt"';

/** Of all sources together: whoever has more networks than that is stopped by something else. 2 MB. */
export const BLOCKS_MAX = 10_000;
const PRUNED_PER_OFFENCE = 20;

/** A block in force, by the database's clock, which all replicas share. */
export interface LiveBlock {
  readonly source: Buffer;
  readonly secondsLeft: number;
}

const LIVE: Statement = {
  name: 'auth.source-blocks-live',
  text: 'SELECT source, extract(epoch FROM ends_at - clock_timestamp())::float8 AS "secondsLeft" FROM auth.source_block WHERE ends_at > clock_timestamp()',
};

@Injectable()
export class SourceBlockRepository {
  /**
   * The row of the source, locked, with what is counted of it; null while it is blocked already, or when there are
   * as many rows as there may be.
   */
  async lock(tx: Tx, id: string, source: Buffer): Promise<{ readonly offences: number } | null> {
    const manager = entityManagerOf(tx);
    await manager.query(
      `INSERT INTO auth.source_block (id, source, offences, began_at, ends_at)
       SELECT $1::uuid, $2::bytea, 0, clock_timestamp(), clock_timestamp() - interval '1 microsecond'
        WHERE (SELECT count(*) FROM (SELECT FROM auth.source_block LIMIT $3) AS counted) < $3
       ON CONFLICT (source) DO NOTHING`,
      [id, source, BLOCKS_MAX],
    );
    const rows = await manager.query<{ offences: number; blocked: boolean; forgiven: boolean }[]>(
      `SELECT offences, ends_at > clock_timestamp() AS blocked, ends_at < clock_timestamp() - make_interval(secs => $2) AS forgiven
         FROM auth.source_block WHERE source = $1 FOR UPDATE`,
      [source, FORGIVEN_AFTER_SECONDS],
    );
    const row = rows[0];
    if (row === undefined || row.blocked) return null;
    return { offences: row.forgiven ? 0 : row.offences };
  }

  async begin(tx: Tx, id: string, source: Buffer, offences: number, seconds: number): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE auth.source_block SET id = $1, offences = $3, began_at = clock_timestamp(), ends_at = clock_timestamp() + make_interval(secs => $4)
        WHERE source = $2`,
      [id, source, offences, seconds],
    );
  }

  async live(reading: Reading): Promise<readonly LiveBlock[]> {
    return rowsOf<LiveBlock>(reading, LIVE);
  }

  /** Those in force, oldest first. */
  async page(tx: Tx, source: Buffer | null, { limit, after }: PageRequest): Promise<Page<SourceBlock>> {
    const rows = await entityManagerOf(tx).query<SourceBlock[]>(
      `SELECT ${BLOCK} FROM auth.source_block
        WHERE ends_at > clock_timestamp() AND ($1::bytea IS NULL OR source = $1) AND ($2::uuid IS NULL OR id > $2)
        ORDER BY id LIMIT $3`,
      [source, after, limit + 1],
    );
    return pageOf(rows, limit);
  }

  /** Forgets the block that is in force under this id, and the offences before it. */
  async remove(tx: Tx, id: string): Promise<SourceBlock | null> {
    const [rows] = await entityManagerOf(tx).query<[SourceBlock[], number]>(`DELETE FROM auth.source_block WHERE id = $1 AND ends_at > clock_timestamp() RETURNING ${BLOCK}`, [id]);
    return rows[0] ?? null;
  }

  /** Those that have been forgiven. */
  async prune(tx: Tx): Promise<void> {
    await entityManagerOf(tx).query(
      `DELETE FROM auth.source_block WHERE id IN (
         SELECT id FROM auth.source_block WHERE ends_at < clock_timestamp() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [FORGIVEN_AFTER_SECONDS, PRUNED_PER_OFFENCE],
    );
  }
}
