import { Injectable } from '@nestjs/common';
import { databaseCode } from '#platform/database/database-faults.js';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { ALERT_ATTRIBUTES } from '../domain/audit.permissions.js';
import { type Alert, ALERT_ENTRIES_MAX, ALERT_SUBJECTS_MAX, type AlertChange, type AlertStatus, type AlertStep, type AlertTransition } from '../domain/alert.js';
import { type Finding, groupKeyOf, type Severity } from '../domain/finding.js';

interface AlertRow extends Pick<Alert, 'id' | 'title' | 'severity' | 'subjects' | 'status' | 'reopened'> {
  readonly rule_id: string;
  readonly group_values: Readonly<Record<string, string>>;
  readonly suppressed_until: Date | null;
  readonly count: string;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly entry_ids: readonly string[];
  readonly raised_at: Date;
  readonly resolved_at: Date | null;
  readonly version: string;
}

export interface AlertFilter {
  readonly status?: AlertStatus;
  readonly severity?: Severity;
  readonly ruleId?: string;
}

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

const COLUMNS = [
  'id', 'rule_id', 'title', 'severity', 'group_values', 'subjects', 'status', 'suppressed_until', 'count',
  'first_seen_at', 'last_seen_at', 'entry_ids', 'reopened', 'raised_at', 'resolved_at', 'version',
];
const columns = (of: string): string => COLUMNS.map((column) => `${of}.${column}`).join(', ');

/** Old and new without repetition, and of too many the first half and the last. */
const merged = (column: string, max: number): string => `(
  SELECT coalesce(array_agg(kept.value ORDER BY kept.place), '{}') FROM (
    SELECT value, place, row_number() OVER (ORDER BY place) AS up, row_number() OVER (ORDER BY place DESC) AS down
      FROM (SELECT value, min(place) AS place FROM unnest(a.${column} || f.${column}) WITH ORDINALITY AS both_of (value, place) GROUP BY value) AS once
  ) AS kept WHERE kept.up <= ${max / 2} OR kept.down <= ${max / 2})`;

const seenAgain = (status: string): string => `
  UPDATE alerts.alert a
     SET title = f.title, count = a.count + f.count,
         first_seen_at = least(a.first_seen_at, f.first_seen_at), last_seen_at = greatest(a.last_seen_at, f.last_seen_at),
         subjects = ${merged('subjects', ALERT_SUBJECTS_MAX)}, entry_ids = ${merged('entry_ids', ALERT_ENTRIES_MAX)}${status}
    FROM (SELECT $1::text AS title, $2::text AS severity, $3::bigint AS count, $4::timestamptz AS first_seen_at, $5::timestamptz AS last_seen_at,
                 $6::text[] AS subjects, $7::uuid[] AS entry_ids) AS f`;

const REPEAT: Statement = {
  name: 'alerts.repeat',
  text: `${seenAgain('')} WHERE a.rule_id = $8 AND a.group_key = $9 AND a.status <> 'resolved' RETURNING ${columns('a')}`,
};

/** Who waited for the lock of another that did the same finds the alert open, and changes nothing. */
const REOPEN: Statement = {
  name: 'alerts.reopen-by-rule',
  text: `${seenAgain(`, severity = f.severity, status = 'open', resolved_at = NULL, reopened = a.reopened + 1, version = a.version + 1`)}
   WHERE a.status = 'resolved' AND a.id = (
     SELECT id FROM alerts.alert WHERE rule_id = $8 AND group_key = $9 AND status = 'resolved' AND resolved_at > $10 ORDER BY resolved_at DESC LIMIT 1)
   RETURNING ${columns('a')}`,
};

const INSERT: Statement = {
  name: 'alerts.insert',
  text: `
    INSERT INTO alerts.alert AS a (title, severity, count, first_seen_at, last_seen_at, subjects, entry_ids, rule_id, group_key, id, group_values, status, raised_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', $12)
    ON CONFLICT (rule_id, group_key) WHERE status <> 'resolved' DO NOTHING
    RETURNING ${columns('a')}`,
};

/** Without a target: naming one would need the right to read. */
const ADD_SUBJECTS: Statement = { name: 'alerts.add-subjects', text: 'INSERT INTO alerts.subject (subject, alert_id) SELECT unnest($2::text[]), $1 ON CONFLICT DO NOTHING' };

const TRANSITION: Statement = {
  name: 'alerts.add-transition',
  text: `INSERT INTO alerts.transition (alert_id, number, at, actor, deed, entry_id)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 FROM alerts.transition WHERE alert_id = $1 RETURNING number`,
};

const GET: Statement = { name: 'alerts.get', text: `SELECT ${columns('a')} FROM alerts.alert a WHERE a.id = $1` };
const LOCK: Statement = { name: 'alerts.lock', text: `${GET.text} FOR UPDATE` };
const TRANSITIONS: Statement = { name: 'alerts.transitions', text: 'SELECT number, at, actor, deed, entry_id FROM alerts.transition WHERE alert_id = $1 ORDER BY number' };

const MOVE: Statement = {
  name: 'alerts.move',
  text: `UPDATE alerts.alert a SET status = $2, suppressed_until = $3, resolved_at = $4, reopened = $5, version = a.version + 1 WHERE a.id = $1 RETURNING ${columns('a')}`,
};

/** The youngest first: cursor and order are the ids, which are UUIDv7. */
const LIST = `SELECT ${columns('a')} FROM alerts.alert a
   WHERE {filter} AND ($1::text IS NULL OR a.status = $1) AND ($2::text IS NULL OR a.severity = $2) AND ($3::text IS NULL OR a.rule_id = $3) AND ($4::uuid IS NULL OR a.id < $4)
   ORDER BY a.id DESC LIMIT $5`;
const FILTERED = rowColumns(ALERT_ATTRIBUTES, null, { rule: 'a.rule_id', severity: 'a.severity', status: 'a.status' });

@Injectable()
export class AlertRepository {
  /** Adds to the alert of this rule and group that is not over; null when there is none. */
  async repeat(tx: Tx, finding: Finding): Promise<Alert | null> {
    return only(await rowsOf<AlertRow>(tx, REPEAT, valuesOf(finding)));
  }

  /** Opens the last one that was resolved after an instant; null when there is none. */
  async reopen(tx: Tx, finding: Finding, resolvedAfter: Date): Promise<Alert | null> {
    return only(await rowsOf<AlertRow>(tx, REOPEN, [...valuesOf(finding), resolvedAfter]));
  }

  /** Null when another transaction was first: the caller adds to that one's alert. */
  async insert(tx: Tx, id: string, finding: Finding, raisedAt: Date): Promise<Alert | null> {
    return only(await rowsOf<AlertRow>(tx, INSERT, [...valuesOf(finding), id, JSON.stringify(finding.group), raisedAt]));
  }

  /** All whom the finding is about, of which the alert itself shows some. The caller holds the alert's lock. */
  async addSubjects(tx: Tx, alertId: string, { subjects, loginNames }: Finding): Promise<void> {
    const named = [...new Set([...subjects, ...loginNames])];
    if (named.length > 0) await rowsOf(tx, ADD_SUBJECTS, [alertId, named]);
  }

  /** The caller holds the alert's lock, so that the numbers have no gaps. Returns the number. */
  async addTransition(tx: Tx, alertId: string, { at, actor, deed, entryId }: { at: Date; actor: string; deed: AlertStep; entryId: string }): Promise<number> {
    const [row] = await rowsOf<{ number: number }>(tx, TRANSITION, [alertId, at, actor, deed, entryId]);
    return row!.number;
  }

  async find(reading: Reading, id: string): Promise<Alert | null> {
    return only(await rowsOf<AlertRow>(reading, GET, [id]));
  }

  async lock(tx: Tx, id: string): Promise<Alert | null> {
    return only(await rowsOf<AlertRow>(tx, LOCK, [id]));
  }

  /** Throws conflict where it would be the second of its rule and group that is not over. */
  async move(tx: Tx, id: string, { status, suppressedUntil, resolvedAt, reopened }: AlertChange): Promise<Alert> {
    try {
      return only(await rowsOf<AlertRow>(tx, MOVE, [id, status, suppressedUntil, resolvedAt, reopened]))!;
    } catch (error) {
      if (databaseCode(error) !== UNIQUE_VIOLATION) throw error;
      throw new Fault(REQUEST_FAULTS.conflict, { detail: 'A younger alert of the same rule and group is not resolved.' });
    }
  }

  async transitions(reading: Reading, alertId: string): Promise<readonly AlertTransition[]> {
    const rows = await rowsOf<Omit<AlertTransition, 'entryId'> & { entry_id: string }>(reading, TRANSITIONS, [alertId]);
    return rows.map(({ number, at, actor, deed, entry_id: entryId }) => ({ number, at, actor, deed, entryId }));
  }

  async list(reading: Reading, { status, severity, ruleId }: AlertFilter, filter: RowFilter, page: PageRequest): Promise<Page<Alert>> {
    const rows = await filteredRowsOf<AlertRow>(reading, LIST, FILTERED, filter, [status ?? null, severity ?? null, ruleId ?? null, page.after, page.limit + 1]);
    return pageOf(rows.map(alertOf), page.limit);
  }
}

function valuesOf(finding: Finding): unknown[] {
  const { title, severity, count, firstSeenMillis, lastSeenMillis, subjects, entryIds, ruleId } = finding;
  return [title, severity, count, new Date(firstSeenMillis), new Date(lastSeenMillis), subjects.slice(0, ALERT_SUBJECTS_MAX), entryIds, ruleId, groupKeyOf(finding)];
}

function only(rows: readonly AlertRow[]): Alert | null {
  return rows[0] === undefined ? null : alertOf(rows[0]);
}

function alertOf(row: AlertRow): Alert {
  const { id, title, severity, subjects, status, reopened } = row;
  return {
    id, title, severity, subjects, status, reopened,
    ruleId: row.rule_id,
    group: row.group_values,
    suppressedUntil: row.suppressed_until,
    // bigint arrives as text; counts stay below 2^53.
    count: Number(row.count),
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    entryIds: row.entry_ids,
    raisedAt: row.raised_at,
    resolvedAt: row.resolved_at,
    version: Number(row.version),
  };
}
