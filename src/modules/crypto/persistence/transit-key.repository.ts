import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { KEY_ATTRIBUTES } from '../domain/crypto.permissions.js';
import type { TransitKey } from '../domain/transit-key.js';

const COLUMNS = `id, project_id AS "projectId", name, type, key_bytes AS "keyBytes", derived, convergent, exportable,
  allow_plaintext_backup AS "allowPlaintextBackup", deletion_allowed AS "deletionAllowed", imported, allow_rotation AS "allowRotation",
  latest_version AS "latestVersion", min_available_version AS "minAvailableVersion", min_decryption_version AS "minDecryptionVersion",
  min_encryption_version AS "minEncryptionVersion", auto_rotate_seconds AS "autoRotateSeconds",
  soft_deleted_at IS NOT NULL AS "softDeleted", created_at AS "createdAt"`;

const BY_NAME: Statement = { name: 'crypto.transit-key-by-name', text: `SELECT ${COLUMNS} FROM crypto.transit_key WHERE project_id = $1 AND name = $2` };
const BY_ID: Statement = { name: 'crypto.transit-key-by-id', text: `SELECT ${COLUMNS} FROM crypto.transit_key WHERE id = $1` };
/** One statement, so one snapshot: the key is exactly as it was at that version of all keys. */
const AS_OF: Statement = {
  name: 'crypto.transit-key-as-of',
  text: `SELECT counter.version AS "asOf", key.* FROM platform.version_counter AS counter
         LEFT JOIN (SELECT ${COLUMNS} FROM crypto.transit_key WHERE project_id = $1 AND name = $2) AS key ON true WHERE counter.name = 'transit'`,
};
const NAMES = 'SELECT name FROM crypto.transit_key WHERE project_id = $1 AND name > $2 AND {filter} ORDER BY name LIMIT $3';
const FILTERED = rowColumns(KEY_ATTRIBUTES, 'project_id', { name: 'name', hash: 'NULL::text' });

/** Not further than it matters: an index scan of at most that many. */
const COUNT: Statement = { name: 'crypto.transit-key-count', text: 'SELECT count(*)::integer AS count FROM (SELECT FROM crypto.transit_key WHERE project_id = $1 LIMIT $2) AS counted' };

const INSERT: Statement = {
  name: 'crypto.transit-key-insert',
  text: `INSERT INTO crypto.transit_key (id, project_id, name, type, key_bytes, derived, convergent, exportable, allow_plaintext_backup, deletion_allowed,
           imported, allow_rotation, latest_version, min_available_version, min_decryption_version, min_encryption_version, auto_rotate_seconds, rotate_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
};
const UPDATE: Statement = {
  name: 'crypto.transit-key-update',
  text: `UPDATE crypto.transit_key SET exportable = $2, allow_plaintext_backup = $3, deletion_allowed = $4, imported = $5, latest_version = $6,
           min_available_version = $7, min_decryption_version = $8, min_encryption_version = $9 WHERE id = $1`,
};
const SCHEDULE: Statement = { name: 'crypto.transit-key-schedule', text: 'UPDATE crypto.transit_key SET auto_rotate_seconds = $2, rotate_at = $3 WHERE id = $1' };
const ROTATE_AT: Statement = { name: 'crypto.transit-key-rotate-at', text: 'SELECT rotate_at AS "rotateAt" FROM crypto.transit_key WHERE id = $1' };
const SOFT_DELETE: Statement = { name: 'crypto.transit-key-soft-delete', text: 'UPDATE crypto.transit_key SET soft_deleted_at = $2 WHERE id = $1' };
const DELETE: Statement = { name: 'crypto.transit-key-delete', text: 'DELETE FROM crypto.transit_key WHERE id = $1' };
/** Who is rotating holds the key until $3: then somebody else may, since the first one is gone. */
const CLAIM_DUE: Statement = {
  name: 'crypto.transit-key-claim-due',
  text: `UPDATE crypto.transit_key SET rotate_at = $2 WHERE id = (
           SELECT id FROM crypto.transit_key WHERE rotate_at <= $1 AND soft_deleted_at IS NULL ORDER BY rotate_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING ${COLUMNS}`,
};

const RELEASE: Statement = { name: 'crypto.transit-key-release', text: 'UPDATE crypto.transit_key SET rotate_at = $3 WHERE id = $1 AND rotate_at = $2' };

/** bigint comes as text; a hundred years of seconds stay far below 2^53. */
type Row = Omit<TransitKey, 'autoRotateSeconds'> & { readonly autoRotateSeconds: string };
const keyOf = (row: Row): TransitKey => ({ ...row, autoRotateSeconds: Number(row.autoRotateSeconds) });

const rotationAfter = (seconds: number, now: Date): Date | null => (seconds === 0 ? null : new Date(now.getTime() + seconds * 1000));

/** A key, or that there is none, and the version of all keys at which that was so. */
export interface KeyAsOf {
  readonly asOf: number;
  readonly key: TransitKey | null;
}

@Injectable()
export class TransitKeyRepository {
  async find(reading: Reading, projectId: string, name: string): Promise<TransitKey | null> {
    const row = (await rowsOf<Row>(reading, BY_NAME, [projectId, name]))[0];
    return row === undefined ? null : keyOf(row);
  }

  async findById(reading: Reading, id: string): Promise<TransitKey | null> {
    const row = (await rowsOf<Row>(reading, BY_ID, [id]))[0];
    return row === undefined ? null : keyOf(row);
  }

  async findAsOf(reading: Reading, projectId: string, name: string): Promise<KeyAsOf> {
    const row = (await rowsOf<{ asOf: string } & (Row | { id: null })>(reading, AS_OF, [projectId, name]))[0];
    if (row === undefined) throw new Error('there is no version counter transit');
    const { asOf, ...key } = row;
    return { asOf: Number(asOf), key: key.id === null ? null : keyOf(key) };
  }

  /** In the order of their bytes; `after` is the last name of the page before, '' for the first. */
  async names(reading: Reading, projectId: string, filter: RowFilter, after: string, limit: number): Promise<readonly string[]> {
    return (await filteredRowsOf<{ name: string }>(reading, NAMES, FILTERED, filter, [projectId, after, limit])).map(({ name }) => name);
  }

  /** How many keys a project has, up to `max`. */
  async count(reading: Reading, projectId: string, max: number): Promise<number> {
    return (await rowsOf<{ count: number }>(reading, COUNT, [projectId, max]))[0]?.count ?? 0;
  }

  async insert(tx: Tx, key: TransitKey): Promise<void> {
    const { id, projectId, name, type, keyBytes, derived, convergent, exportable, allowPlaintextBackup, deletionAllowed, imported, allowRotation, createdAt } = key;
    const settings = [id, projectId, name, type, keyBytes, derived, convergent, exportable, allowPlaintextBackup, deletionAllowed, imported, allowRotation];
    const versions = [key.latestVersion, key.minAvailableVersion, key.minDecryptionVersion, key.minEncryptionVersion];
    await rowsOf(tx, INSERT, [...settings, ...versions, key.autoRotateSeconds, rotationAfter(key.autoRotateSeconds, createdAt), createdAt]);
  }

  /** Everything of a key that ever changes, but when it is rotated and whether it is in use. */
  async update(tx: Tx, key: TransitKey): Promise<void> {
    const versions = [key.latestVersion, key.minAvailableVersion, key.minDecryptionVersion, key.minEncryptionVersion];
    await rowsOf(tx, UPDATE, [key.id, key.exportable, key.allowPlaintextBackup, key.deletionAllowed, key.imported, ...versions]);
  }

  /** The next rotation, one period from `now`; none with a period of 0. */
  async schedule(tx: Tx, id: string, autoRotateSeconds: number, now: Date): Promise<void> {
    await rowsOf(tx, SCHEDULE, [id, autoRotateSeconds, rotationAfter(autoRotateSeconds, now)]);
  }

  /** When it is rotated by itself, or until when somebody is at it; null where it never is. */
  async rotateAt(tx: Tx, id: string): Promise<Date | null> {
    return (await rowsOf<{ rotateAt: Date | null }>(tx, ROTATE_AT, [id]))[0]?.rotateAt ?? null;
  }

  async setSoftDeleted(tx: Tx, id: string, at: Date | null): Promise<void> {
    await rowsOf(tx, SOFT_DELETE, [id, at]);
  }

  /** With all of its versions. */
  async delete(tx: Tx, id: string): Promise<void> {
    await rowsOf(tx, DELETE, [id]);
  }

  /** The key whose rotation is most overdue, for whoever asks first; null when none is due. */
  async claimDue(tx: Tx, now: Date, until: Date): Promise<TransitKey | null> {
    const row = (await rowsOf<Row>(tx, CLAIM_DUE, [now, until]))[0];
    return row === undefined ? null : keyOf(row);
  }

  /** Gives a claim back that came to nothing, if it still holds. */
  async releaseDue(tx: Tx, id: string, until: Date, rotateAt: Date): Promise<void> {
    await rowsOf(tx, RELEASE, [id, until, rotateAt]);
  }
}
