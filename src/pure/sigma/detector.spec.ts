import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../canonical-json/json-value.js';
import { Detector, LATENESS_MILLIS, type RuleFinding, type StreamEvent } from './detector.js';
import { type HeldMatch, MatchStore } from './match-store.js';
import { parseRule } from './rule.js';
import { RuleSet } from './rule-set.js';

const id = (n: number): string => `0198c0de-0000-4000-8000-${String(n).padStart(12, '0')}`;
const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 22, 12);

const base = (n: number, name: string) => ({ id: id(n), name, title: name, detection: { selection: { code: name }, condition: 'selection' } });
const FAILED = base(1, 'failed');
const SUCCESS = base(2, 'success');
const correlated = (n: number, correlation: object, over: object = {}) => ({ id: id(n), title: `rule ${n}`, correlation: { 'group-by': ['source'], ...correlation }, ...over });
const BRUTE = correlated(10, { type: 'event_count', rules: ['failed'], 'group-by': ['account'], timespan: '5m', condition: { gte: 3 } });
const SPRAY = correlated(11, { type: 'value_count', rules: ['failed'], timespan: '10m', condition: { field: 'account', gte: 3 } }, { name: 'spray', level: 'high' });
const STUFFED = correlated(12, { type: 'temporal_ordered', rules: ['spray', 'success'], timespan: '15m' });
const BOTH = correlated(13, { type: 'temporal', rules: ['failed', 'success'], 'group-by': ['account'], timespan: '1m' });
const EXACT = correlated(14, { type: 'event_count', rules: ['failed', 'success'], 'group-by': [], timespan: '2m', condition: { eq: 2 } });
const ALL = [FAILED, SUCCESS, BRUTE, SPRAY, STUFFED, BOTH, EXACT];

const detectorOf = (...rules: object[]): Detector => new Detector(new RuleSet(rules.map((rule) => parseRule(rule))));

/** What is stored between two pages, as a database would keep it. */
class StoredMatches {
  readonly rows: HeldMatch[] = [];

  page(detector: Detector, events: readonly StreamEvent[]): RuleFinding[] {
    const prepared = events.map((event) => detector.prepare(event));
    const touched = new Set(prepared.flatMap(({ touched: keys }) => keys.map(({ ruleId, groupKey }) => `${ruleId} ${groupKey}`)));
    const memory = new MatchStore(this.rows.filter(({ ruleId, groupKey }) => touched.has(`${ruleId} ${groupKey}`)));
    const findings = prepared.flatMap((each) => detector.step(each, memory));
    const { added, removed } = memory.changes();
    const cutoffs = detector.cutoffs(Math.max(...events.map(({ atMillis }) => atMillis)));
    const left = this.rows.filter((row) => !removed.includes(row) && row.atMillis >= (cutoffs.get(row.ruleId) ?? -Infinity));
    this.rows.splice(0, this.rows.length, ...left, ...added.map((row) => ({ ...row })));
    return findings;
  }
}

const told = ({ rule, group, count, indexes, firstMillis, lastMillis }: RuleFinding) => [rule.rule.title, group.key, count, [...indexes], firstMillis - NOON, lastMillis - NOON] as const;

function findings(detector: Detector, bodies: readonly (JsonObject & { readonly at: number })[], pages: readonly number[] = [bodies.length]): ReturnType<typeof told>[] {
  const events = bodies.map((body, index) => ({ index, atMillis: NOON + body.at, body }));
  const stored = new StoredMatches();
  let from = 0;
  return [...pages, bodies.length].flatMap((length) => {
    const page = events.slice(from, from + length);
    from += length;
    return page.length === 0 ? [] : stored.page(detector, page).map(told);
  });
}

const failure = (at: number, account: string, source = 's', count?: number) => ({ code: 'failed', account, source, at, ...(count === undefined ? {} : { count }) });
const success = (at: number, account: string, source = 's') => ({ code: 'success', account, source, at });

describe('correlations over a stream', () => {
  it('count events of one group inside the time span', () => {
    const detector = detectorOf(FAILED, BRUTE);
    assert.deepEqual(findings(detector, [failure(0, 'a'), failure(1, 'b'), failure(2, 'a'), failure(3, 'a')]), [['rule 10', '["a"]', 3, [0, 2, 3], 0, 3]]);
    assert.deepEqual(findings(detector, [failure(0, 'a'), failure(1, 'a'), failure(5 * MINUTE + 1, 'a')]), []);
    assert.equal(findings(detector, [failure(0, 'a'), failure(1, 'a'), failure(5 * MINUTE, 'a')]).length, 1, 'a span has its ends in it');
  });

  it('use up what they found: the next finding needs as many again', () => {
    const many = Array.from({ length: 8 }, (_, at) => failure(at, 'a'));
    assert.deepEqual(findings(detectorOf(FAILED, BRUTE), many).map(([, , , indexes]) => indexes), [[0, 1, 2], [3, 4, 5]]);
  });

  it('take a collapsed entry for as many as it stands for', () => {
    assert.deepEqual(findings(detectorOf(FAILED, BRUTE), [failure(0, 'a', 's', 2), failure(1, 'a')]).map(([, , count]) => count), [3]);
    const fact = { ...failure(1, 'a'), unmapped: { count: 9 } };
    assert.deepEqual(findings(detectorOf(FAILED, BRUTE), [failure(0, 'a'), fact]), [], 'a fact that is called count is none');
    for (const count of [-5, 0, 1.5, Number.MAX_VALUE]) assert.deepEqual(findings(detectorOf(FAILED, BRUTE), [failure(0, 'a', 's', count)]), []);
  });

  it('count distinct values, and every value of a list', () => {
    const detector = detectorOf(FAILED, SPRAY);
    assert.deepEqual(findings(detector, [failure(0, 'a'), failure(1, 'a'), failure(2, 'b'), failure(3, 'b')]), []);
    assert.deepEqual(findings(detector, [failure(0, 'a'), failure(1, 'a'), failure(2, 'b'), failure(3, 'c')]), [['rule 11', '["s"]', 3, [0, 1, 2, 3], 0, 3]]);
    assert.equal(findings(detector, [{ ...failure(0, 'a'), account: ['a', 'b', 'c'] }]).length, 1);
  });

  it('follow one correlation by another step, in that order only', () => {
    const spray = [failure(0, 'a'), failure(1, 'b'), failure(2, 'c')];
    const detector = detectorOf(FAILED, SUCCESS, SPRAY, STUFFED);
    assert.deepEqual(findings(detector, [...spray, success(3, 'c')]).map(([title]) => title), ['rule 11', 'rule 12']);
    assert.deepEqual(findings(detector, [success(0, 'c'), ...spray]).map(([title]) => title), ['rule 11']);
    assert.deepEqual(findings(detector, [...spray, success(3, 'c', 'elsewhere')]).map(([title]) => title), ['rule 11']);
    assert.deepEqual(findings(detector, [...spray, success(15 * MINUTE + 3, 'c')]).map(([title]) => title), ['rule 11']);
    assert.deepEqual(findings(detector, [...spray, success(3, 'c'), success(4, 'd')]).map(([title]) => title), ['rule 11', 'rule 12', 'rule 12'], 'whoever else gets in is told as well');
  });

  it('need all of several rules in any order, where they say so', () => {
    const detector = detectorOf(FAILED, SUCCESS, BOTH);
    for (const events of [[failure(0, 'a'), success(MINUTE, 'a')], [success(0, 'a'), failure(MINUTE, 'a')]]) assert.equal(findings(detector, events).length, 1);
    assert.deepEqual(findings(detector, [failure(0, 'a'), failure(1, 'a')]), []);
    assert.deepEqual(findings(detector, [failure(0, 'a'), success(1, 'b')]), []);
  });

  it('resolve an alias to the field of each rule', () => {
    const aliased = correlated(20, { type: 'temporal', rules: ['failed', 'success'], 'group-by': ['who'], timespan: '1m', aliases: { who: { failed: 'account', success: 'user' } } });
    assert.deepEqual(findings(detectorOf(FAILED, SUCCESS, aliased), [failure(0, 'a'), { code: 'success', user: 'a', at: 1 }]).map(([, group]) => group), ['["a"]']);
  });

  it('leave an entry out that has no value to group by', () => {
    assert.deepEqual(findings(detectorOf(FAILED, BRUTE), Array.from({ length: 5 }, (_, at) => ({ code: 'failed', at }))), []);
  });

  it('see what comes late, as long as it is held', () => {
    const late = [failure(0, 'a'), failure(2 * MINUTE, 'b'), failure(4 * MINUTE, 'a'), failure(MINUTE, 'a')];
    assert.deepEqual(findings(detectorOf(FAILED, BRUTE), late).map(([, , , indexes]) => indexes), [[0, 2, 3]]);
    const forgotten = [failure(0, 'a'), failure(1, 'a'), failure(7 * MINUTE + LATENESS_MILLIS, 'z'), failure(2, 'a')];
    assert.deepEqual(findings(detectorOf(FAILED, BRUTE), forgotten), []);
  });

  it('store texts that a database takes, whatever the entry holds', () => {
    const strange = ['\0', '\ud800', 'x'.repeat(5_000), 'ü'.repeat(200)];
    const stored = new StoredMatches();
    stored.page(detectorOf(FAILED, SPRAY, BRUTE), strange.map((account, index) => ({ index, atMillis: NOON + index, body: failure(0, account, account) })));
    assert.equal(new Set(stored.rows.filter(({ ruleId }) => ruleId === id(11)).map(({ value }) => value)).size, strange.length);
    for (const { groupKey, value } of stored.rows) {
      assert.ok(groupKey.length < 300 && value.length <= 120 && value.isWellFormed() && !value.includes('\0') && !groupKey.includes('\0'));
    }
  });

  it('are not kept from counting by a flood of one value', () => {
    const flood = Array.from({ length: 3_000 }, (_, at) => failure(at, 'a'));
    assert.equal(findings(detectorOf(FAILED, SPRAY), [failure(0, 'b'), ...flood, failure(4_000, 'c')]).length, 1);
  });
});

const WEIGHTS = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
/** Nearly in order, as a log is: each entry some seconds on, now and then one that happened minutes before. */
const stream = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('s', 't'), fc.integer({ min: -3 * MINUTE, max: 4 * MINUTE }), WEIGHTS), { maxLength: 60 }).map((steps) => {
  let at = 0;
  return steps.map(([isFailure, account, source, delta, count]) => {
    at += delta;
    return isFailure ? failure(at, account, source, count) : success(at, account, source);
  });
});

describe('correlations over any stream', () => {
  it('find the same in whatever pages it comes', () => {
    const detector = detectorOf(...ALL);
    fc.assert(fc.property(stream, fc.array(fc.integer({ min: 1, max: 9 })), (events, pages) => {
      assert.deepEqual(findings(detector, events, pages), findings(detector, events));
    }), { numRuns: 500 });
  });

  it('count what trying every window counts', () => {
    const detector = detectorOf(FAILED, { ...BRUTE, level: 'low' });
    fc.assert(fc.property(stream, (events) => {
      assert.deepEqual(findings(detector, events).map(([, group, count, indexes]) => [group, count, indexes]), bruteForce(events));
    }), { numRuns: 1_000 });
  });
});

/** The event count of three in five minutes, without a store, a sweep or an order: every set of held entries that ends with this one. */
function bruteForce(events: readonly { readonly code: string; readonly account: string; readonly at: number; readonly count?: number }[]): unknown[] {
  const found: unknown[] = [];
  let held: { index: number; at: number; account: string; weight: number }[] = [];
  events.forEach(({ code, account, at, count: weight = 1 }, index) => {
    if (code === 'failed') {
      held.push({ index, at, account, weight });
      const mine = held.filter((each) => each.account === account);
      const starts = [...new Set(mine.map((each) => each.at))].sort((one, other) => one - other);
      for (const start of starts) {
        const inside = mine.filter((each) => each.at >= start && each.at <= start + 5 * MINUTE);
        const count = inside.reduce((sum, each) => sum + each.weight, 0);
        if (count < 3 || !inside.some((each) => each.index === index)) continue;
        found.push([JSON.stringify([account]), count, inside.map((each) => each.index).sort((one, other) => one - other)]);
        held = held.filter((each) => !inside.includes(each));
        break;
      }
    }
    const sweep = Math.floor((NOON + at - 5 * MINUTE - LATENESS_MILLIS) / MINUTE) * MINUTE;
    held = held.filter((each) => NOON + each.at >= sweep);
  });
  return found;
}
