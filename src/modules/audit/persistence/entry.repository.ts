import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

export interface StoredEntry {
  readonly id: string;
  /** The canonical bytes that the leaf hash is made of. */
  readonly body: Buffer;
  /** Digests of its items, one after another, where the body has only their root. */
  readonly items?: Buffer | null;
}

/** An entry at its place in the log. */
export interface SequencedEntry {
  readonly index: number;
  readonly id: string;
  /** The leaf hash as stored. */
  readonly hash: Buffer;
  /** Null when the leaf is there and its entry is not. */
  readonly body: Buffer | null;
}

const APPEND: Statement = { name: 'audit.append', text: 'SELECT audit.append($1, $2)' };
const APPEND_MANY: Statement = { name: 'audit.append-many', text: 'SELECT audit.append_many($1, $2, $3)' };
const KEEP_ITEMS: Statement = { name: 'audit.keep-items', text: 'SELECT audit.keep_items($1, $2)' };
/** SHA-256. */
const DIGEST_BYTES = 32;
const ITEMS: Statement = { name: 'audit.entry-items', text: 'SELECT digests FROM audit.entry_item WHERE entry_id = $1' };
const BODY: Statement = { name: 'audit.entry-body', text: 'SELECT body FROM audit.entry WHERE id = $1' };

const CONTAINING: Statement = {
  name: 'audit.entry-containing',
  text: `WITH page AS MATERIALIZED (SELECT id, body FROM audit.entry WHERE id > $1 ORDER BY id LIMIT $2),
              marked AS (SELECT id, position($3::bytea IN body) > 0 AS is_found, body, lead(id) OVER (ORDER BY id) IS NULL AS is_last FROM page)
         SELECT id, CASE WHEN is_found THEN body END AS body FROM marked WHERE is_found OR is_last ORDER BY id`,
};

const PRUNED: Statement = { name: 'audit.entry-pruned', text: 'SELECT FROM audit.leaf l, audit.pruning p WHERE l.entry_id = $1 AND l.index < p.minimum_index' };

/** One statement and so one snapshot: bodies are removed and the minimum raised in one transaction. */
const BUNDLE: Statement = {
  name: 'audit.bundle',
  text: `
    SELECT e.body, p.minimum_index
      FROM audit.pruning p CROSS JOIN audit.leaf l LEFT JOIN audit.entry e ON e.id = l.entry_id
     WHERE l.index >= $1 AND l.index < $2 ORDER BY l.index`,
};

/**
 * Appending and reading entries. Plain SQL and no entity class: TypeORM's insert names every column and asks for them
 * back (`DEFAULT`, `RETURNING`), and the logins that append may do neither.
 */
@Injectable()
export class EntryRepository {
  /** All of it is sent by the time that this has returned: it can be left to the commit. */
  async appendAll(tx: Tx, entries: readonly StoredEntry[]): Promise<void> {
    const [only, ...others] = entries;
    const appended = only !== undefined && others.length === 0 ? rowsOf(tx, APPEND, [only.id, only.body]) : this.appendMany(tx, entries);
    await Promise.all([appended, ...entries.map((entry) => this.keepItems(tx, entry))]);
  }

  private appendMany(tx: Tx, entries: readonly StoredEntry[]): Promise<object[]> {
    const bodies = entries.map(({ body }) => body);
    return rowsOf(tx, APPEND_MANY, [entries.map(({ id }) => id), bodies.map(({ length }) => length), Buffer.concat(bodies)]);
  }

  private async keepItems(tx: Tx, { id, items }: StoredEntry): Promise<void> {
    if (items !== undefined && items !== null) await rowsOf(tx, KEEP_ITEMS, [id, items]);
  }

  async body(reading: Reading, id: string): Promise<Buffer | null> {
    const rows = await rowsOf<{ body: Buffer }>(reading, BODY, [id]);
    return rows[0]?.body ?? null;
  }

  /**
   * The next `limit` entries by their ids, of which those come back that have these bytes in them, and the last one, with a
   * body or without: where to go on. The bytes are looked for by the database, so that a page costs what is found.
   */
  async containing(reading: Reading, bytes: Buffer, after: string, limit: number): Promise<readonly { readonly id: string; readonly body: Buffer | null }[]> {
    return rowsOf(reading, CONTAINING, [after, limit, bytes]);
  }

  /** Whether there was such an entry, and its body is past its retention. */
  async isPruned(reading: Reading, id: string): Promise<boolean> {
    return (await rowsOf(reading, PRUNED, [id])).length > 0;
  }

  /** The digests that are kept beside the entry; null where there is no such list. */
  async items(reading: Reading, id: string): Promise<readonly Buffer[] | null> {
    const list = (await rowsOf<{ digests: Buffer }>(reading, ITEMS, [id]))[0]?.digests;
    return list === undefined ? null : Array.from({ length: list.length / DIGEST_BYTES }, (_, at) => list.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES));
  }

  /** Bodies of `count` leaves from this one on, null for those that are gone; and the index below which entries are pruned. */
  async bundle(reading: Reading, from: number, count: number): Promise<{ readonly bodies: readonly (Buffer | null)[]; readonly minimumIndex: number }> {
    const rows = await rowsOf<{ body: Buffer | null; minimum_index: string }>(reading, BUNDLE, [from, from + count]);
    return { bodies: rows.map(({ body }) => body), minimumIndex: Number(rows[0]?.minimum_index ?? 0) };
  }

  /** Leaves from this index on, `limit` at most, each with its entry. */
  async sequenced(tx: Tx, from: number, limit: number): Promise<SequencedEntry[]> {
    // OFFSET 0 keeps the planner to one probe a leaf: where it knows too little of a table that grows, it would read all
    // entries to find those of a page.
    const rows: { index: string; entry_id: string; hash: Buffer; body: string | null }[] = await entityManagerOf(tx).query(
      `SELECT l.index, l.entry_id, l.hash, encode(b.body, 'escape') AS body
         FROM (SELECT index, entry_id, hash FROM audit.leaf WHERE index >= $1 ORDER BY index LIMIT $2) l
              LEFT JOIN LATERAL (SELECT e.body FROM audit.entry e WHERE e.id = l.entry_id OFFSET 0) b ON true
        ORDER BY l.index`,
      [from, limit],
    );
    return rows.map(({ index, entry_id: id, hash, body }) => ({ index: Number(index), id, hash, body: body === null ? null : unescaped(body) }));
  }
}

/**
 * Postgres's `escape` form of bytes, in which ASCII stands as it is: half of what hex takes, which is much where every
 * entry is read again. A backslash is two, and all that is no ASCII, or NUL, three octal digits behind one.
 */
function unescaped(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text, 'latin1');
  return Buffer.from(text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) => (escaped === '\\' ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)))), 'latin1');
}
