import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { Detector } from '#pure/sigma/detector.js';
import { MatchStore } from '#pure/sigma/match-store.js';
import { CATALOGUE } from '../../../app/catalogue.js';
import { type Occurrence, RULE_FIXTURES } from '../../../../test/harness/detection-fixtures.js';
import { ocsfEntry } from '../domain/ocsf-entry.js';
import { RuleBook } from './rule-book.js';
import { rulesOfDirectory, SHIPPED_RULES_DIRECTORY } from './rule-files.js';
import { isLedgerSilent } from './silence-watch.js';
import { streamEvent } from './stream-event.js';

const NOON = Date.UTC(2026, 10, 22, 12);
const book = new RuleBook('/nonexistent');
const RAISING = book.rules.filter(({ raises }) => raises);

/** Titles of what is raised, with the groups, over entries as the ledger makes them. */
function raisedBy(stream: readonly Occurrence[]): { file: string; group: Readonly<Record<string, string>> }[] {
  const detector = new Detector(book.set);
  const memory = new MatchStore();
  const ordered = stream.toSorted((one, other) => one.at - other.at);
  return ordered.flatMap(({ at, source = null, event }, index) => {
    const id = `0198c0de-1111-7000-8000-${String(index).padStart(12, '0')}`;
    const body = canonicalJsonBytes(ocsfEntry(event, { id, timeMillis: NOON + at, requestId: id, traceId: null, source, productVersion: '1.0.0' }));
    const found = detector.step(detector.prepare(streamEvent(index, body)!), memory);
    return found.map(({ rule, group }) => ({ file: book.rules.find((booked) => booked.rule === rule.rule)!.file, group: group.values }));
  });
}

describe('the rules that ship', () => {
  for (const file of [...new Set(RAISING.filter(({ rule }) => rule.kind !== 'signal').map((rule) => rule.file))]) {
    it(`${file} finds its stream, and nothing in the nearest other one`, () => {
      const fixture = RULE_FIXTURES[file];
      assert.ok(fixture !== undefined, 'a rule comes with a stream that it finds and one that it does not');
      const found = raisedBy(fixture.fires).filter((raised) => raised.file === file);
      if (fixture.groups === undefined) assert.equal(found.length, 1, 'one alert');
      else assert.deepEqual(found.map(({ group }) => group), fixture.groups, 'one alert a group');
      assert.deepEqual(raisedBy(fixture.misses).filter((found) => found.file === file), []);
    });
  }

  it('have no stream without a rule', () => {
    assert.deepEqual(Object.keys(RULE_FIXTURES).filter((file) => !RAISING.some((rule) => rule.file === file)), []);
  });

  it('tell a silent ledger from one that has nothing to say, and from one that grows', () => {
    const [silence] = book.set.signals;
    assert.equal(silence?.rule.signal.timespanMillis, 15 * 60_000);
    const holds = (answered: number, isSilent: boolean): boolean => isLedgerSilent(silence!, { answered, isSilent });
    assert.deepEqual([holds(1, true), holds(0, true), holds(100, false)], [true, false, false]);
  });

  for (const { rule, file } of RAISING) {
    it(`«${rule.title}» (${file}) says what it means, how grave it is, and what else it may be`, () => {
      assert.ok(rule.level !== null);
      assert.ok(rule.description.length > 20);
      assert.ok(rule.falsePositives.length > 0);
    });
  }

  it('name only events that a module declares', () => {
    const codes = CATALOGUE.events.map(({ code }) => code);
    const named = rulesOfDirectory(SHIPPED_RULES_DIRECTORY).flatMap(({ source }) => [...JSON.stringify(source).matchAll(/"metadata\.event_code":(\[[^\]]*\]|"[^"]*")/g)].flatMap(([, value]) => [JSON.parse(value!) as string | string[]].flat()));
    assert.ok(named.length > 10);
    for (const name of named) {
      const prefix = name.endsWith('*') ? name.slice(0, -1) : null;
      assert.ok(codes.some((code) => (prefix === null ? code === name : code.startsWith(prefix))), name);
    }
  });

  it('have different severities, so that an inbox can be sorted', () => {
    assert.deepEqual(new Set(RAISING.map(({ rule }) => rule.level)), new Set(['low', 'medium', 'high', 'critical']));
  });
});
