import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEY_PURPOSES, type KeyState } from './key-version.js';
import { dueChange, PUBLICATION_MILLIS } from './rotation-schedule.js';

const HOUR = 3_600_000;
const PERIOD = 90 * 24 * HOUR;
const NOW = 1_700_000_000_000;

/** A version that has been in its state for so long. */
const version = (id: string, state: KeyState, forMillis: number) => ({ id, state, stateSince: new Date(NOW - forMillis) });
const ACTIVE = version('a', 'active', HOUR);

describe('the schedule of signing keys', () => {
  it('announces the next version so early that it is published when the period ends', () => {
    const due = (age: number) => dueChange('jwt', [version('a', 'active', age)], PERIOD, NOW);
    assert.equal(due(0), null);
    assert.equal(due(PERIOD - PUBLICATION_MILLIS - 1), null);
    assert.deepEqual(due(PERIOD - PUBLICATION_MILLIS), { change: 'announce' });
    assert.deepEqual(due(10 * PERIOD), { change: 'announce' });
  });

  it('rotates to a version that has been published for an hour, and not before', () => {
    const due = (age: number) => dueChange('result', [version('a', 'active', PERIOD), version('n', 'next', age)], PERIOD, NOW);
    assert.equal(due(PUBLICATION_MILLIS - 1), null);
    assert.deepEqual(due(PUBLICATION_MILLIS), { change: 'rotate', keyId: 'n' });
    assert.ok(PUBLICATION_MILLIS >= HOUR);
  });

  it('retires a version of which nothing is good any more, the oldest first, where there is such a time', () => {
    const { succession } = KEY_PURPOSES.jwt;
    const overlap = succession.kind === 'retires' ? succession.afterSeconds * 1000 : assert.fail();
    const due = (age: number, purpose: 'jwt' | 'result' | 'registry' = 'jwt') => dueChange(purpose, [version('o', 'retiring', age), version('p', 'retiring', age), ACTIVE], PERIOD, NOW);
    assert.equal(due(overlap - 1), null);
    assert.deepEqual(due(overlap), { change: 'retire', keyId: 'o' });
    for (const purpose of ['result', 'registry'] as const) assert.equal(due(1000 * PERIOD, purpose), null);
  });

  it('leaves alone what is revoked, and what has never begun', () => {
    assert.equal(dueChange('jwt', [version('r', 'revoked', 10 * PERIOD), ACTIVE], PERIOD, NOW), null);
    assert.equal(dueChange('jwt', [], PERIOD, NOW), null);
  });

  it('never touches the keys of the log', () => {
    const old = [version('o', 'retiring', 10 * PERIOD), version('a', 'active', 10 * PERIOD), version('n', 'next', 10 * PERIOD)];
    for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) assert.equal(dueChange(purpose, old, PERIOD, NOW), null);
  });

  it('without a period neither announces nor rotates, and retires what was rotated by hand', () => {
    assert.equal(dueChange('jwt', [version('a', 'active', 10 * PERIOD)], null, NOW), null);
    assert.equal(dueChange('jwt', [ACTIVE, version('n', 'next', PERIOD)], null, NOW), null);
    assert.deepEqual(dueChange('jwt', [version('o', 'retiring', PERIOD), ACTIVE], null, NOW), { change: 'retire', keyId: 'o' });
  });

  it('does nothing early where a clock was set back', () => {
    assert.equal(dueChange('jwt', [version('a', 'active', -PERIOD), version('n', 'next', -1)], PERIOD, NOW), null);
  });
});
