import { migrationNames } from '#platform/database/migration-runner.js';
import type { LeftOut, TableCopy } from '#platform/database/table-copy.js';
import { type Checkpoint, parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { SCHEMA } from '../../../migrations/index.js';

/** The schemas that migrations make: a database may have others, which are somebody else's. */
export const SCHEMAS: readonly string[] = SCHEMA.grants.flatMap(({ on }) => (on.startsWith('SCHEMA ') ? [on.slice('SCHEMA '.length)] : []));

/** What a backup is a backup of: another version has other tables, and takes its own. */
export const MIGRATIONS = migrationNames(SCHEMA);

/**
 * What stays with its cluster. The migrations write the first; the logins of another cluster have other names; the third
 * says what this database is at, and the fourth counts transactions, as the column of the entries does: another cluster's
 * numbers would stand for transactions that it has yet to begin. An entry that was loaded is of the transaction that loaded it.
 */
export const LEFT_OUT: LeftOut = {
  tables: new Set(['platform.migration', 'platform.heartbeat', 'platform.restoration', 'audit.low_water']),
  columns: { 'audit.entry': new Set(['xid']) },
};

/** The last checkpoint that was signed, whoever has seen it; null of a log that has none yet. */
export async function lastCheckpoint(copy: TableCopy): Promise<Checkpoint | null> {
  const [row] = await copy.rows<{ note: string }>('SELECT note FROM audit.checkpoint ORDER BY number DESC LIMIT 1');
  return row === undefined ? null : parseCheckpoint(parseNote(Buffer.from(row.note, 'utf8')).text);
}
