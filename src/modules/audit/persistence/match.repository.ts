import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { HeldMatch } from '#pure/sigma/match-store.js';

interface MatchRow {
  readonly rule_id: string;
  readonly group_key: string;
  readonly index: string;
  readonly base: string;
  readonly at: Date;
  readonly value: string;
  readonly weight: string;
}

export interface GroupReference {
  readonly ruleId: string;
  readonly groupKey: string;
}

/** An entry behind a finding; without a body when it was pruned. */
export interface EntryBehind {
  readonly index: number;
  readonly id: string;
  readonly body: Buffer | null;
}

const LOAD: Statement = {
  name: 'alerts.load-matches',
  text: `SELECT m.rule_id, m.group_key, m.index, m.base, m.at, m.value, m.weight
           FROM unnest($1::text[], $2::text[]) AS g (rule_id, group_key)
           JOIN alerts.rule_match m ON m.rule_id = g.rule_id AND m.group_key = g.group_key`,
};

/** Of each rule what happened before its own instant; of rules that are not named, before the last. */
const FORGET: Statement = {
  name: 'alerts.forget-matches',
  text: `DELETE FROM alerts.rule_match m
          WHERE (m.rule_id, m.at) IN (SELECT o.rule_id, o.at FROM unnest($1::text[], $2::timestamptz[]) AS c (rule_id, before)
                                        JOIN alerts.rule_match o ON o.rule_id = c.rule_id AND o.at < c.before)
             OR (m.at < $3 AND m.rule_id <> ALL ($1::text[]))`,
};

const REMOVE: Statement = {
  name: 'alerts.remove-matches',
  text: `DELETE FROM alerts.rule_match m USING unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS g (rule_id, group_key, index, base, value)
          WHERE m.rule_id = g.rule_id AND m.group_key = g.group_key AND m.index = g.index AND m.base = g.base AND m.value = g.value`,
};

const ADD: Statement = {
  name: 'alerts.add-matches',
  text: `INSERT INTO alerts.rule_match (rule_id, group_key, index, base, value, at, weight)
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[])`,
};

const ENTRIES: Statement = {
  name: 'alerts.entries-behind',
  text: 'SELECT l.index, l.entry_id AS id, e.body FROM audit.leaf l LEFT JOIN audit.entry e ON e.id = l.entry_id WHERE l.index = ANY ($1::bigint[]) ORDER BY l.index',
};

/** What correlations remember, between two pages of the log. */
@Injectable()
export class MatchRepository {
  async load(tx: Tx, groups: readonly GroupReference[]): Promise<HeldMatch[]> {
    if (groups.length === 0) return [];
    const rows = await rowsOf<MatchRow>(tx, LOAD, [groups.map(({ ruleId }) => ruleId), groups.map(({ groupKey }) => groupKey)]);
    return rows.map(({ rule_id: ruleId, group_key: groupKey, index, base, at, value, weight }) => ({
      ruleId, groupKey, base, value, index: Number(index), atMillis: at.getTime(), weight: Number(weight),
    }));
  }

  async forget(tx: Tx, cutoffs: ReadonlyMap<string, number>, ofStrangers: number): Promise<void> {
    await rowsOf(tx, FORGET, [[...cutoffs.keys()], [...cutoffs.values()].map((millis) => new Date(millis)), new Date(ofStrangers)]);
  }

  async remove(tx: Tx, matches: readonly HeldMatch[]): Promise<void> {
    if (matches.length > 0) await rowsOf(tx, REMOVE, keysOf(matches));
  }

  async add(tx: Tx, matches: readonly HeldMatch[]): Promise<void> {
    if (matches.length === 0) return;
    await rowsOf(tx, ADD, [...keysOf(matches), matches.map(({ atMillis }) => new Date(atMillis)), matches.map(({ weight }) => weight)]);
  }

  async entriesBehind(reading: Reading, indexes: readonly number[]): Promise<EntryBehind[]> {
    if (indexes.length === 0) return [];
    const rows = await rowsOf<{ index: string; id: string; body: Buffer | null }>(reading, ENTRIES, [indexes]);
    return rows.map(({ index, id, body }) => ({ index: Number(index), id, body }));
  }
}

function keysOf(matches: readonly HeldMatch[]): unknown[] {
  return [matches.map(({ ruleId }) => ruleId), matches.map(({ groupKey }) => groupKey), matches.map(({ index }) => index), matches.map(({ base }) => base), matches.map(({ value }) => value)];
}
