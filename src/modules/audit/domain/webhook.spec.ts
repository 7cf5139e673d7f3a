import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_PATTERN, matchesEvent, strangersAmong } from './webhook.js';

const CODES = new Set(['alert.raise', 'alert.rule.test', 'auth.login', 'auth.login.failed']);

describe('patterns of events', () => {
  for (const [patterns, code, expected] of [
    [['alert.raise'], 'alert.raise', true],
    [['alert.*'], 'alert.rule.test', true],
    [['*'], 'alert.raise', true],
    [['auth.login', 'alert.rule.*'], 'alert.rule.test', true],
    [['alert.*'], 'alert', false],
    [['alert.*'], 'alertness.x', false],
    [['alert'], 'alert.raise', false],
    [['auth.login'], 'auth.login.failed', false],
    [['auth.login.*'], 'auth.login', false],
    [[], 'auth.login', false],
  ] as const) {
    it(`${expected ? 'let' : 'do not let'} ${code} through [${patterns.join(', ')}]`, () => assert.equal(matchesEvent(patterns, code), expected));
  }

  it('are strangers where nothing that there is would match', () => {
    assert.deepEqual(strangersAmong(['alert.*', 'alert.rise', '*', 'auth.*', 'auth.login.*', 'auth.logout.*'], CODES), [1, 5]);
  });

  it('have a grammar', () => {
    for (const pattern of ['*', 'alert.raise', 'alert.*', 'rbac.role-binding.list.across-projects', 'a.b.c.*']) assert.match(pattern, EVENT_PATTERN);
    for (const pattern of ['', '.', '.*', '**', 'alert.', 'alert*', '*.raise', 'alert.*.x', 'Alert.raise', 'alert .raise', 'alert.raise\n']) assert.doesNotMatch(pattern, EVENT_PATTERN);
  });
});
