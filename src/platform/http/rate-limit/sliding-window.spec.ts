import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WINDOW_MILLIS } from './limit-storage.js';
import { SlidingWindow } from './sliding-window.js';

const seed = Number(process.argv.find((argument) => argument.startsWith('--seed='))?.slice(7) ?? 20_261_122);

describe('a sliding window', () => {
  it('never admits more than the limit in any 60 seconds, and never refuses below it', (t) => {
    t.diagnostic(`seed ${seed}`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 300 }), fc.integer({ min: 0, max: 999 }), (limit, gaps, start) => {
        const window = new SlidingWindow(start);
        const admitted: number[] = [];
        let now = start;
        for (const gap of gaps) {
          now += gap;
          const last = (millis: number): number => admitted.filter((at) => at > now - millis).length;
          if (window.total(now) < limit) {
            window.add(now);
            admitted.push(now);
            assert.ok(last(WINDOW_MILLIS) <= limit, 'too many in 60 s');
          } else {
            assert.ok(last(61_000) >= limit, 'refused though fewer than the limit lie in the last 61 s');
          }
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it('forgets what is taken back, and only that', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ gap: fc.integer({ min: 0, max: 20_000 }), takeBack: fc.boolean(), delay: fc.integer({ min: 0, max: 90_000 }) }), { maxLength: 100 }), (hits) => {
        const window = new SlidingWindow(0);
        const kept: number[] = [];
        let now = 0;
        for (const { gap, takeBack, delay } of hits) {
          now += gap;
          const slot = window.add(now);
          if (takeBack) window.remove(slot, (now += delay));
          else kept.push(slot);
          assert.equal(window.total(now), kept.filter((at) => at > Math.floor(now / 1000) - 61).length);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  it('counts what costs more as so many hits, and takes back as many', () => {
    const window = new SlidingWindow(0);
    const slot = window.add(0, 7);
    window.add(0, 2);
    assert.equal(window.total(0), 9);
    window.remove(slot, 0, 7);
    assert.equal(window.total(0), 2);
    window.remove(slot, 0, 3);
    assert.equal(window.total(0), 2, 'more than is there is never taken back');
  });

  it('says how long until there is room, to the second', () => {
    const window = new SlidingWindow(0);
    for (const at of [0, 10_000, 20_000]) window.add(at);
    assert.equal(window.millisUntilAtMost(2, 20_000), 41_000, 'the first hit leaves at 61 s');
    assert.equal(window.millisUntilAtMost(1, 20_000), 51_000);
    assert.equal(window.millisUntilAtMost(3, 20_000), 0);
    assert.equal(window.total(60_999), 3);
    assert.equal(window.total(61_000), 2);
  });

  it('keeps its count when the clock steps back', () => {
    const window = new SlidingWindow(100_000);
    window.add(100_000);
    window.add(40_000);
    assert.equal(window.total(40_000), 2);
    assert.equal(window.total(100_000), 2);
  });

  it('is empty after a long silence', () => {
    const window = new SlidingWindow(0);
    window.add(0);
    assert.equal(window.total(10_000_000), 0);
  });
});
