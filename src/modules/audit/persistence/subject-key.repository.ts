import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { KeySlot } from '../domain/personal-data.js';
import { searchTerm } from '../domain/search-row.js';

export interface SubjectKeyRow extends KeySlot {
  readonly id: string;
  /** By the keyring; opens for this row alone. */
  readonly wrapped_key: Buffer;
}

/** What stands against an erasure. Times are null where there is nothing. */
export interface Traces {
  /** Of the last entry that the subject is the actor of, as far as the search table has come. */
  readonly lastEntryAt: Date | null;
  readonly newestKeyAt: Date | null;
  readonly hasOpenAlert: boolean;
  /** Entries from before `since` are not in the search table yet. */
  readonly isBehind: boolean;
}

/** So many of the newest entries are looked at: they are sequenced in nearly the order of their ids. */
const LOOKED_AT = 100;

const COLUMNS = 'k.id, k.subject, k.period, k.wrapped_key';

const FIND: Statement = {
  name: 'audit.subject-keys',
  text: `SELECT ${COLUMNS} FROM unnest($1::text[], $2::text[]) AS w (subject, period)
           JOIN audit.subject_key k ON k.subject = w.subject AND k.period = w.period`,
};
const FIND_NEWEST: Statement = {
  name: 'audit.subject-key-newest',
  text: `(SELECT ${COLUMNS} FROM audit.subject_key k WHERE k.subject = $1 ORDER BY k.period DESC LIMIT 1)
         UNION ALL (SELECT ${COLUMNS} FROM audit.subject_key k WHERE k.subject = $2 AND k.period = $3)`,
};
const BY_ID: Statement = { name: 'audit.subject-keys-by-id', text: `SELECT ${COLUMNS} FROM audit.subject_key k WHERE k.id = ANY($1::uuid[])` };
const LOCK: Statement = { name: 'audit.subject-lock', text: `SELECT pg_advisory_xact_lock(hashtextextended('audit.subject/' || $1, 0))` };
const INSERT: Statement = {
  name: 'audit.subject-key-insert',
  text: `INSERT INTO audit.subject_key (id, subject, period, wrapped_key, created_at)
         SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM audit.erased_subject WHERE subject = $2)
         ON CONFLICT (subject, period) DO NOTHING RETURNING id`,
};

const TRACES: Statement = {
  name: 'audit.subject-traces',
  text: `SELECT (SELECT time FROM audit.search WHERE actor = $2 ORDER BY index DESC LIMIT 1) AS "lastEntryAt",
                (SELECT max(created_at) FROM audit.subject_key WHERE subject = $1) AS "newestKeyAt",
                EXISTS (SELECT FROM alerts.subject s JOIN alerts.alert a ON a.id = s.alert_id WHERE s.subject = ANY ($4::text[]) AND a.status <> 'resolved') AS "hasOpenAlert",
                EXISTS (SELECT FROM audit.cursor c JOIN audit.leaf l ON l.index = c.next_index WHERE c.name = 'search' AND l.entry_id < $3)
                  OR EXISTS (SELECT FROM (SELECT id FROM audit.entry WHERE id < $3 ORDER BY id DESC LIMIT ${LOOKED_AT}) e
                              WHERE NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id)) AS "isBehind"`,
};
const MARK_ERASED: Statement = { name: 'audit.subject-mark', text: 'INSERT INTO audit.erased_subject (subject, erased_at) VALUES ($1, $2) ON CONFLICT (subject) DO NOTHING' };
const IS_ERASED: Statement = { name: 'audit.subject-is-erased', text: 'SELECT FROM audit.erased_subject WHERE subject = $1' };
const DESTROY: Statement = { name: 'audit.subject-keys-destroy', text: 'DELETE FROM audit.subject_key WHERE subject = $1 RETURNING id' };

/** The wrapped keys of people's data. The application's login alone reaches them. */
@Injectable()
export class SubjectKeyRepository {
  /** Those that there are, in no order. */
  find(reading: Reading, slots: readonly KeySlot[]): Promise<SubjectKeyRow[]> {
    return rowsOf(reading, FIND, [slots.map(({ subject }) => subject), slots.map(({ period }) => period)]);
  }

  /** The newest of this subject's keys, and that of the other slot: of each if there is one. */
  findNewest(reading: Reading, subject: string, other: KeySlot): Promise<SubjectKeyRow[]> {
    return rowsOf(reading, FIND_NEWEST, [subject, other.subject, other.period]);
  }

  byId(reading: Reading, ids: readonly string[]): Promise<SubjectKeyRow[]> {
    return rowsOf(reading, BY_ID, [ids]);
  }

  /** Orders the making of a subject's keys against the subject's erasure; held until the transaction ends. */
  async lock(tx: Tx, subject: string): Promise<void> {
    await rowsOf(tx, LOCK, [subject]);
  }

  /** Under the lock. False when the slot has its key, or the subject was erased: nothing is ever kept of them again. */
  async insert(tx: Tx, row: SubjectKeyRow, createdAt: Date): Promise<boolean> {
    return (await rowsOf(tx, INSERT, [row.id, row.subject, row.period, row.wrapped_key, createdAt])).length === 1;
  }

  /** Alerts know the subject by its id, or by the digests of its names. */
  async traces(tx: Tx, subject: string, loginNames: readonly string[], since: Date): Promise<Traces> {
    return (await rowsOf<Traces>(tx, TRACES, [subject, searchTerm(subject).toString(), firstIdOf(since), [subject, ...loginNames]]))[0]!;
  }

  async isErased(reading: Reading, subject: string): Promise<boolean> {
    return (await rowsOf(reading, IS_ERASED, [subject])).length === 1;
  }

  /** Under the lock. Returns how many keys there were; none is made for the subject any more. */
  async destroy(tx: Tx, subject: string, at: Date): Promise<number> {
    await rowsOf(tx, MARK_ERASED, [subject, at]);
    return (await rowsOf(tx, DESTROY, [subject])).length;
  }
}

/** Where the UUIDv7 of a moment begin. */
function firstIdOf(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
