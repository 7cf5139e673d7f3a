import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { FoundEntry, SearchFilter, SearchScope } from '../domain/search-filter.js';
import { searchTerm, targetTerm } from '../domain/search-row.js';
import { SPAN_LEAVES } from './search.repository.js';

/** A search with all that must be looked up once: where it is to look, in numbers. */
export interface Lookup {
  /** Leaves from `from` to `below - 1`. */
  readonly from: number;
  readonly below: number;
  readonly filter: SearchFilter;
  readonly scope: SearchScope;
  /** The kinds that code, class and outcome mean; null when none of them was given. */
  readonly kinds: readonly number[] | null;
  /** Leaves that one statement may look at; null where an index finds what matches and passes over nothing. */
  readonly window: number | null;
}

export interface FoundPage {
  /** In the order asked for; one whose body was pruned meanwhile is missing. */
  readonly entries: readonly FoundEntry[];
  /** The leaf beyond which the search goes on; null when there is no more. */
  readonly last: number | null;
}

/**
 * Of two filters no index is for both: where the planner goes by one and passes over what the other leaves out, it may
 * pass over most of the log. So many leaves take a third of a second at worst.
 */
const WINDOW_LEAVES = 250_000;

type Order = 'newest' | 'oldest';
const SQL_ORDER: Readonly<Record<Order, string>> = { newest: 'DESC', oldest: 'ASC' };

/** `auth.*` as the stretch of texts that begin with `auth.`: after the dot comes the slash, in bytes. */
const UNDER = /^(.+)\.\*$/;

/**
 * Reads of the search table. The statements are put together of fixed parts, and every value is a parameter; they have
 * no names, so that each is planned for its values: what is rare and what is common are found in different ways.
 */
@Injectable()
export class SearchLookupRepository {
  /** Ends the statement that takes longer, in this transaction. */
  async limitTime(tx: Tx, millis: number): Promise<void> {
    await entityManagerOf(tx).query("SELECT set_config('statement_timeout', $1, true)", [String(millis)]);
  }

  /** Null when nothing can match. `below` is what may be seen. */
  async resolve(tx: Tx, filter: SearchFilter, scope: SearchScope, below: number): Promise<Lookup | null> {
    const kinds = await this.kinds(tx, filter);
    const stretch = await this.stretch(tx, filter, below);
    if (kinds?.length === 0 || scope.length === 0 || stretch === null) return null;
    return { ...stretch, filter, scope, kinds, window: isPassingOver(filter, scope, kinds) ? WINDOW_LEAVES : null };
  }

  /** The next `limit` that match, beyond the leaf `after`; fewer, and where to go on, after so many windows. */
  async page(tx: Tx, lookup: Lookup, order: Order, after: number | null, limit: number, windowsMax: number): Promise<FoundPage> {
    const found: { index: string; id: string; body: Buffer | null }[] = [];
    let last = after;
    for (let window = 0; window < windowsMax && found.length < limit; window += 1) {
      const stretch = stretchBeyond(lookup, order, last);
      if (stretch === null) {
        last = null;
        break;
      }
      const { text, values } = pageStatement({ ...lookup, ...stretch }, order, limit - found.length);
      found.push(...(await entityManagerOf(tx).query<typeof found>(text, values)));
      last = found.length === limit ? Number(found.at(-1)!.index) : order === 'newest' ? stretch.from : stretch.below - 1;
    }
    const entries = found.flatMap(({ index, id, body }) => (body === null ? [] : [{ index: Number(index), id, body }]));
    return { entries, last };
  }

  private async kinds(tx: Tx, { code, classUid, outcome }: SearchFilter): Promise<readonly number[] | null> {
    if (code === undefined && classUid === undefined && outcome === undefined) return null;
    const under = code === undefined ? undefined : UNDER.exec(code)?.[1];
    const rows: { id: number }[] = await entityManagerOf(tx).query(
      `SELECT id FROM audit.search_kind
        WHERE ($1::text IS NULL OR code = $1) AND ($2::text IS NULL OR (code >= $2 || '.' AND code < $2 || '/'))
          AND ($3::integer IS NULL OR class_uid = $3) AND ($4::text IS NULL OR outcome = $4)
        ORDER BY id`,
      [under === undefined ? code : null, under, classUid, outcome],
    );
    return rows.map(({ id }) => id);
  }

  /** The leaves that the stretch of time can be in. */
  private async stretch(tx: Tx, { fromMillis, toMillis }: SearchFilter, below: number): Promise<{ from: number; below: number } | null> {
    if (fromMillis === undefined && toMillis === undefined) return { from: 0, below };
    const [row]: { first: string | null; last: string | null }[] = await entityManagerOf(tx).query(
      `SELECT min(first_index) AS first, max(first_index) AS last FROM audit.search_span
        WHERE ($1::bigint IS NULL OR last_time >= to_timestamp($1 / 1000.0)) AND ($2::bigint IS NULL OR first_time < to_timestamp($2 / 1000.0))`,
      [fromMillis, toMillis],
    );
    if (row === undefined || row.first === null || row.last === null) return null;
    return { from: Number(row.first), below: Math.min(below, Number(row.last) + SPAN_LEAVES) };
  }
}

function isPassingOver({ actor, target }: SearchFilter, scope: SearchScope, kinds: readonly number[] | null): boolean {
  return target !== undefined || [actor !== undefined, scope !== 'all', kinds !== null].filter(Boolean).length > 1;
}

/** The leaves beyond `after` that the next statement is to look at; null where none is left. */
function stretchBeyond({ from, below, window }: Lookup, order: Order, after: number | null): { from: number; below: number } | null {
  const rest = after === null ? { from, below } : order === 'newest' ? { from, below: Math.min(below, after) } : { from: Math.max(from, after + 1), below };
  if (rest.from >= rest.below) return null;
  if (window === null) return rest;
  return order === 'newest' ? { from: Math.max(rest.from, rest.below - window), below: rest.below } : { from: rest.from, below: Math.min(rest.below, rest.from + window) };
}

export function pageStatement(lookup: Lookup, order: Order, limit: number): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = [];
  const found = foundBy(lookup, SQL_ORDER[order], limit, (value) => `$${values.push(value)}`);
  const text = `
    SELECT l.index, l.entry_id AS id, e.body
      FROM (${found}) f JOIN audit.leaf l ON l.index = f.index LEFT JOIN audit.entry e ON e.id = l.entry_id
     ORDER BY l.index ${SQL_ORDER[order]}`;
  return { text, values };
}

/**
 * The indices that match. Of an actor, of projects and of kinds the next of each are taken and merged: an index has them
 * in order only one by one. Each is asked for as a stretch of that index, (column, leaf) between two rows, and in its
 * order. With `column = value` instead the planner may read the log backwards in the hope to meet what it looks for (it
 * does where VACUUM has not been yet), and what is long gone it would look for in all of it.
 */
function foundBy(lookup: Lookup, order: string, limit: number, bind: (value: unknown) => string): string {
  const { filter, scope, kinds } = lookup;
  const most = `LIMIT ${bind(limit)}`;
  // Everything is what the leaves are: the log itself answers, and not a table that was made of it.
  if (scope === 'all' && kinds === null && Object.keys(filter).length === 0) return `SELECT s.index FROM audit.leaf s WHERE ${within(lookup, bind)} ORDER BY s.index ${order} ${most}`;
  const conditions = conditionsOf(filter, bind);
  const sets = [
    ...(filter.actor === undefined ? [] : [{ column: 'actor', type: 'bigint', values: [searchTerm(filter.actor).toString()] }]),
    ...(scope === 'all' ? [] : [{ column: 'project_id', type: 'uuid', values: scope }]),
    ...(kinds === null ? [] : [{ column: 'kind', type: 'integer', values: kinds }]),
  ];
  const merged = filter.target === undefined ? sets.shift() : undefined;
  for (const { column, type, values } of sets) conditions.push(`s.${column} = ANY(${bind(values)}::${type}[])`);
  if (merged === undefined) return `SELECT s.index FROM audit.search s WHERE ${[within(lookup, bind), ...conditions].join(' AND ')} ORDER BY s.index ${order} ${most}`;
  const { column, type, values } = merged;
  const [from, below] = [bind(lookup.from), bind(lookup.below)];
  const where = [`s.${column} IS NOT NULL`, `(s.${column}, s.index) >= (each.${column}, ${from}::bigint)`, `(s.${column}, s.index) < (each.${column}, ${below}::bigint)`, ...conditions].join(' AND ');
  const each = `SELECT s.index FROM audit.search s WHERE ${where} ORDER BY s.${column} ${order}, s.index ${order} ${most}`;
  return `SELECT s.index FROM unnest(${bind(values)}::${type}[]) AS each (${column}), LATERAL (${each}) s ORDER BY s.index ${order} ${most}`;
}

function within({ from, below }: Lookup, bind: (value: unknown) => string): string {
  return `s.index >= ${bind(from)} AND s.index < ${bind(below)}`;
}

function conditionsOf({ fromMillis, toMillis, target }: SearchFilter, bind: (value: unknown) => string): string[] {
  return [
    ...(fromMillis === undefined ? [] : [`s.time >= to_timestamp(${bind(fromMillis)}::bigint / 1000.0)`]),
    ...(toMillis === undefined ? [] : [`s.time < to_timestamp(${bind(toMillis)}::bigint / 1000.0)`]),
    ...(target === undefined ? [] : [`s.targets @> ARRAY[${bind(targetTerm(target.type, target.uid).toString())}::bigint]`]),
  ];
}
