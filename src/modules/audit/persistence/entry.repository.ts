import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

export interface StoredEntry {
  readonly id: string;
  /** The canonical bytes that the leaf hash is made of. */
  readonly body: Buffer;
}

/**
 * Appending and reading entries. Plain SQL and no entity class: TypeORM's insert names every column and asks for them
 * back (`DEFAULT`, `RETURNING`), and the logins that append may do neither.
 */
@Injectable()
export class EntryRepository {
  async append(tx: Tx, entry: StoredEntry): Promise<void> {
    await entityManagerOf(tx).query('SELECT audit.append($1, $2)', [entry.id, entry.body]);
  }

  async appendAll(tx: Tx, entries: readonly StoredEntry[]): Promise<void> {
    await entityManagerOf(tx).query('SELECT audit.append(e.id, e.body) FROM unnest($1::uuid[], $2::bytea[]) AS e (id, body)', [
      entries.map(({ id }) => id),
      entries.map(({ body }) => body),
    ]);
  }

  async body(tx: Tx, id: string): Promise<Buffer | null> {
    const rows: { body: Buffer }[] = await entityManagerOf(tx).query('SELECT body FROM audit.entry WHERE id = $1', [id]);
    return rows[0]?.body ?? null;
  }
}
