import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { EntryKind, SearchRow } from '../domain/search-row.js';

/** Leaves that share one row of `audit.search_span`. */
export const SPAN_LEAVES = 1_024;

export interface IndexedRow extends SearchRow {
  readonly index: number;
}

/** The end of what can be searched, and how far the table has come. */
const REACH: Statement = { name: 'audit.search-reach', text: "SELECT next_index FROM audit.cursor WHERE name = 'search'" };

/** Writing the search table: as the sequencer's login, from the entries alone. */
@Injectable()
export class SearchRepository {
  /** Leaves below this index are in the table. */
  async reach(reading: Reading): Promise<number> {
    const rows = await rowsOf<{ next_index: string }>(reading, REACH);
    return Number(rows[0]?.next_index ?? 0);
  }

  /** Puts rows in the place of whatever stood at the indices `from` to `below`, so that doing it again changes nothing. */
  async replace(tx: Tx, from: number, below: number, rows: readonly IndexedRow[]): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM audit.search WHERE index >= $1 AND index < $2', [from, below]);
    if (rows.length === 0) return;
    const kinds = await this.kinds(tx, rows);
    await entityManagerOf(tx).query(
      `INSERT INTO audit.search (index, time, kind, actor, project_id, targets)
       SELECT r.index, to_timestamp(r.millis / 1000.0), r.kind, r.actor, r.project_id, r.targets::bigint[]
         FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bigint[], $5::uuid[], $6::text[]) AS r (index, millis, kind, actor, project_id, targets)`,
      [
        rows.map(({ index }) => index),
        rows.map(({ timeMillis }) => timeMillis),
        rows.map(({ kind }) => kinds.get(keyOf(kind))),
        rows.map(({ actor }) => actor.toString()),
        rows.map(({ projectId }) => projectId),
        rows.map(({ targets }) => `{${targets.join(',')}}`),
      ],
    );
    await this.widenSpans(tx, rows);
  }

  /** Forgets what was said of the times in a stretch that begins with a span: what is written next says it anew. */
  async forgetSpan(tx: Tx, firstIndex: number): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM audit.search_span WHERE first_index = $1', [firstIndex]);
  }

  private async widenSpans(tx: Tx, rows: readonly IndexedRow[]): Promise<void> {
    const spans = new Map<number, { first: number; last: number }>();
    for (const { index, timeMillis } of rows) {
      const at = index - (index % SPAN_LEAVES);
      const { first, last } = spans.get(at) ?? { first: timeMillis, last: timeMillis };
      spans.set(at, { first: Math.min(first, timeMillis), last: Math.max(last, timeMillis) });
    }
    const columns = [[...spans.keys()], [...spans.values()].map(({ first }) => first), [...spans.values()].map(({ last }) => last)];
    await entityManagerOf(tx).query(
      `INSERT INTO audit.search_span (first_index, first_time, last_time)
       SELECT s.at, to_timestamp(s.first / 1000.0), to_timestamp(s.last / 1000.0) FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS s (at, first, last)
       ON CONFLICT (first_index) DO UPDATE
         SET first_time = least(search_span.first_time, excluded.first_time), last_time = greatest(search_span.last_time, excluded.last_time)`,
      columns,
    );
  }

  /** The numbers of these kinds; those that are new are given one. */
  private async kinds(tx: Tx, rows: readonly IndexedRow[]): Promise<ReadonlyMap<string, number>> {
    const wanted = [...new Map(rows.map(({ kind }) => [keyOf(kind), kind])).values()];
    const columns = [wanted.map(({ code }) => code), wanted.map(({ classUid }) => classUid), wanted.map(({ outcome }) => outcome)];
    const find = async (): Promise<Map<string, number>> => {
      const found: (EntryKind & { id: number })[] = await entityManagerOf(tx).query(
        `SELECT k.id, k.code, k.class_uid AS "classUid", k.outcome
           FROM unnest($1::text[], $2::integer[], $3::text[]) AS w (code, class_uid, outcome) JOIN audit.search_kind k USING (code, class_uid, outcome)`,
        columns,
      );
      return new Map(found.map((kind) => [keyOf(kind), kind.id]));
    };
    const known = await find();
    if (known.size === wanted.length) return known;
    // Only who holds the cursor adds kinds, or a rebuild beside it: of two that add the same, the second finds it.
    await entityManagerOf(tx).query(
      `INSERT INTO audit.search_kind (code, class_uid, outcome)
       SELECT w.code, w.class_uid, w.outcome FROM unnest($1::text[], $2::integer[], $3::text[]) AS w (code, class_uid, outcome)
       ON CONFLICT (code, class_uid, outcome) DO NOTHING`,
      columns,
    );
    return find();
  }
}

function keyOf({ code, classUid, outcome }: EntryKind): string {
  return `${code} ${classUid} ${outcome}`;
}
