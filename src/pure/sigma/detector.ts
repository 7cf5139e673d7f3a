import type { JsonObject } from '../canonical-json/json-value.js';
import type { Correlation } from './correlation-rule.js';
import { type Group, groupsOf, NO_GROUP, textValues } from './grouping.js';
import type { HeldMatch, MatchStore } from './match-store.js';
import { completedWindow, type Match } from './match-window.js';
import type { CorrelationRule, DetectionRule } from './rule.js';
import type { EntryRule, Linked, RuleSet } from './rule-set.js';
import { TIMESPAN_MILLIS_MAX } from './rule-reading.js';

/** An entry at its place in the log. */
export interface StreamEvent {
  readonly index: number;
  /** Time of the event, milliseconds since 1970. */
  readonly atMillis: number;
  readonly body: JsonObject;
}

export interface RuleFinding {
  readonly rule: Linked<EntryRule>;
  readonly group: Group;
  /** Of what the rule counts: events, values, steps. */
  readonly count: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** Leaf indexes of the entries that it is made of, ascending. */
  readonly indexes: readonly number[];
}

/** That a rule is met by the entry at hand: what a rule above it sees of it. */
interface Hit {
  readonly group: Group;
  readonly atMillis: number;
  readonly weight: number;
}

type Hits = ReadonlyMap<string, readonly Hit[]>;

/** An entry whose detections have been decided, and the groups whose memory it may change. */
export interface PreparedEvent {
  readonly event: StreamEvent;
  readonly detected: ReadonlySet<string>;
  readonly touched: readonly { readonly ruleId: string; readonly groupKey: string }[];
}

/**
 * Entries come in the order of the log and carry the time at which they happened; clocks of replicas differ and slow
 * transactions commit late, so a match is kept this much longer than its rule's time span, for what comes after it and
 * happened before.
 */
export const LATENESS_MILLIS = 10 * 60_000;

/** Matches are forgotten at whole minutes: a stream in order then has one sweep a minute and not one an entry. */
const SWEEP_MILLIS = 60_000;

/**
 * Rules over a stream, an entry at a time. What it finds depends on the entries alone and in their order: not on where
 * the pages end, nor on the time at which anybody looks.
 */
export class Detector {
  constructor(private readonly rules: RuleSet) {}

  /** What is decided without memory: the detections, and whose memory is wanted. Most entries meet no rule, and are soon done with. */
  prepare(event: StreamEvent): PreparedEvent {
    const detected = new Set<string>();
    const touched: { ruleId: string; groupKey: string }[] = [];
    const possible = new Map<string, readonly Hit[]>();
    const hit = (group: Group): Hit => ({ group, atMillis: event.atMillis, weight: 1 });
    for (const { rule, bases } of this.rules.ordered) {
      if (rule.kind === 'detection') {
        if (!rule.matches(event.body)) continue;
        detected.add(rule.id);
        possible.set(rule.id, [hit(NO_GROUP)]);
        continue;
      }
      if (!bases.some((base) => possible.has(base))) continue;
      const groups = new Map(bases.flatMap((base) => (possible.get(base) ?? []).flatMap((below) => groupsAbove(rule.correlation, bases, base, below, event.body))).map((group) => [group.key, group]));
      touched.push(...[...groups.keys()].map((groupKey) => ({ ruleId: rule.id, groupKey })));
      if (groups.size > 0) possible.set(rule.id, [...groups.values()].map(hit));
    }
    return { event, detected, touched };
  }

  /** What the entry completes. The memory has everything that was held of the groups that `prepare` named. */
  step({ event, detected }: PreparedEvent, memory: MatchStore): RuleFinding[] {
    const findings: RuleFinding[] = [];
    const hits = new Map<string, readonly Hit[]>();
    for (const linked of this.rules.ordered) {
      const { rule, bases } = linked;
      if (rule.kind === 'detection' ? !detected.has(rule.id) : !bases.some((base) => hits.has(base))) continue;
      const found = rule.kind === 'detection' ? detection(linked, rule, event) : correlation(linked, rule, event, hits, memory);
      if (found.hits.length > 0) hits.set(rule.id, found.hits);
      if (linked.raises) findings.push(...found.findings);
    }
    if (memory.size > 0) memory.forgetBefore(this.cutoffs(event.atMillis));
    return findings;
  }

  /** Until when matches of each rule are forgotten, once an entry of this time has been seen. */
  cutoffs(atMillis: number): ReadonlyMap<string, number> {
    return new Map(this.rules.ordered.flatMap(({ rule }) => (rule.kind === 'correlation' ? [[rule.id, cutoff(atMillis, rule.correlation.timespanMillis)] as const] : [])));
  }

  /** The same of rules that are not here any more, whatever their time span was. */
  strangersCutoff(atMillis: number): number {
    return cutoff(atMillis, TIMESPAN_MILLIS_MAX);
  }
}

function cutoff(atMillis: number, timespanMillis: number): number {
  return Math.floor((atMillis - timespanMillis - LATENESS_MILLIS) / SWEEP_MILLIS) * SWEEP_MILLIS;
}

interface Found {
  readonly hits: readonly Hit[];
  readonly findings: readonly RuleFinding[];
}

function detection(linked: Linked<EntryRule>, rule: DetectionRule, { index, atMillis, body }: StreamEvent): Found {
  const weight = weightOf(body);
  const finding = (group: Group): RuleFinding => ({ rule: linked, group, count: weight, firstMillis: atMillis, lastMillis: atMillis, indexes: [index] });
  const groups = groupsOf(rule.groupBy, (field) => textValues(body, field));
  // What lacks the field is a finding all the same: here it only tells alerts apart.
  return { hits: [{ group: NO_GROUP, atMillis, weight }], findings: (groups.length === 0 ? [NO_GROUP] : groups).map(finding) };
}

function correlation(linked: Linked<EntryRule>, rule: CorrelationRule, event: StreamEvent, hits: Hits, memory: MatchStore): Found {
  const arrived = new Map<string, { group: Group; matches: HeldMatch[] }>();
  for (const base of linked.bases) {
    for (const hit of hits.get(base) ?? []) {
      for (const group of groupsAbove(rule.correlation, linked.bases, base, hit, event.body)) {
        const here = arrived.get(group.key) ?? { group, matches: [] };
        arrived.set(group.key, here);
        // One entry is one event, however many of the rules it meets.
        if (rule.correlation.type === 'event_count' && here.matches.length > 0) continue;
        here.matches.push(...matchesOf(rule, event, base, hit, group.key));
      }
    }
  }
  const findings = [...arrived.values()].flatMap(({ group, matches }) => windowsOf(linked, rule, group, matches, memory));
  return { findings, hits: findings.map(({ group, lastMillis }) => ({ group, atMillis: lastMillis, weight: 1 })) };
}

function windowsOf(linked: Linked<EntryRule>, rule: CorrelationRule, group: Group, arrived: readonly HeldMatch[], memory: MatchStore): RuleFinding[] {
  const findings: RuleFinding[] = [];
  // One at a time where they differ in time, which only completed correlations below can make them do.
  for (const atMillis of [...new Set(arrived.map((match) => match.atMillis))].sort((one, other) => one - other)) {
    const now = arrived.filter((match) => match.atMillis === atMillis);
    for (const match of now) memory.add(match);
    const window = now.length === 0 ? null : completedWindow(rule.correlation, linked.bases, memory.of(rule.id, group.key), now);
    if (window === null) continue;
    memory.remove(rule.id, group.key, window.usedUp);
    findings.push(findingOf(linked, group, window.count, window.matches));
  }
  return findings;
}

function findingOf(rule: Linked<EntryRule>, group: Group, count: number, matches: readonly Match[]): RuleFinding {
  const times = matches.map(({ atMillis }) => atMillis);
  const indexes = [...new Set(matches.map(({ index }) => index))].sort((one, other) => one - other);
  return { rule, group, count, firstMillis: Math.min(...times), lastMillis: Math.max(...times), indexes };
}

function matchesOf(rule: CorrelationRule, { index, body }: StreamEvent, base: string, hit: Hit, groupKey: string): HeldMatch[] {
  const { type, field } = rule.correlation;
  const values = type === 'value_count' ? new Set(valuesAbove(hit, field!, body)) : [''];
  return [...values].map((value) => ({ ruleId: rule.id, groupKey, index, base, atMillis: hit.atMillis, value, weight: hit.weight }));
}

/** The groups that a hit of a base belongs to in the rule above: by the fields of the entry, or of the group that was found below. */
function groupsAbove({ rules, groupBy, aliases }: Correlation, bases: readonly string[], base: string, hit: Hit, body: JsonObject): Group[] {
  const reference = rules[bases.indexOf(base)]!;
  return groupsOf(groupBy, (field) => valuesAbove(hit, aliases.get(field)?.get(reference) ?? field, body));
}

function valuesAbove(hit: Hit, field: string, body: JsonObject): string[] {
  const known = hit.group.values[field];
  return known === undefined ? textValues(body, field) : [known];
}

/** OCSF's `count`: a collapsed entry says how many it stands for. A fact of that name means something else in each event. */
function weightOf({ count }: JsonObject): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 ? Math.min(count, 1_000_000_000) : 1;
}
