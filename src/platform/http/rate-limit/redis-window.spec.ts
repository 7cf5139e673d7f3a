import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admittedTo, refusedBy, windowIn } from './redis-window.js';

/* That it is the window of sliding-window.ts is shown of the counters as a whole, in test/clients/rate-limit-redis.spec.ts. */

const NOW = 1_700_000_000_250;
const CURRENT = 1_700_000_000;
const fields = (...pairs: readonly (readonly [offset: number, count: number])[]): string[] => pairs.flatMap(([offset, count]) => [String(CURRENT + offset), String(count)]);

describe('what a key of Redis holds', () => {
  it('is the hits of the current second and of the sixty before it', () => {
    const { newest, used, stale } = windowIn(fields([-61, 7], [-60, 1], [-1, 2], [0, 3]), NOW);
    assert.deepEqual([newest, used, stale], [CURRENT, 6, [String(CURRENT - 61)]]);
    assert.deepEqual([windowIn([], NOW).newest, windowIn([], NOW).used], [CURRENT, 0]);
  });

  it('is counted in the newest second that has hits when the clock steps back, up to a window', () => {
    assert.equal(windowIn(fields([0, 1], [60, 1]), NOW).newest, CURRENT + 60);
    assert.equal(windowIn(fields([0, 1], [60, 0]), NOW).newest, CURRENT, 'what was taken back again is no hit');
    const { newest, used, stale } = windowIn(fields([0, 1], [61, 5]), NOW);
    assert.deepEqual([newest, used, stale], [CURRENT, 1, [String(CURRENT + 61)]]);
  });

  it('keeps a field without hits, which another may be adding to', () => {
    assert.deepEqual(windowIn(fields([-5, 0], [1, 0]), NOW).stale, []);
  });

  it('is never less than nothing', () => {
    assert.equal(windowIn(fields([-1, -3], [0, 2]), NOW).used, 2);
  });

  it('says of a hit that it admits when the oldest leaves, and of one that it refuses when there is room', () => {
    const window = windowIn(fields([-10, 2], [0, 1]), NOW);
    assert.deepEqual(admittedTo(window, 2, NOW), { used: 5, slot: CURRENT, waitMillis: 50_750 });
    assert.deepEqual(refusedBy(window, 3, 1, NOW), { used: 3, slot: null, waitMillis: 50_750 });
    assert.deepEqual(refusedBy(window, 3, 3, NOW), { used: 3, slot: null, waitMillis: 60_750 });
  });

  it('has nobody wait for the hits of others on their way out', () => {
    const window = windowIn(fields([-10, 2], [0, 40]), NOW);
    assert.deepEqual(refusedBy(window, 2, 1, NOW), { used: 2, slot: null, waitMillis: 50_750 });
  });
});
