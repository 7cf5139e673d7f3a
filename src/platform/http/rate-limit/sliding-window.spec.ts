import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { MemoryLimitStorage, WINDOW_MILLIS } from './limit-storage.js';
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

  it('says how long until there is room, to the second', () => {
    const window = new SlidingWindow(0);
    for (const at of [0, 10_000, 20_000]) window.add(at);
    assert.equal(window.millisUntilBelow(3, 20_000), 41_000, 'the first hit leaves at 61 s');
    assert.equal(window.millisUntilBelow(2, 20_000), 51_000);
    assert.equal(window.millisUntilBelow(4, 20_000), 0);
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

describe('the storage of limits', () => {
  const hit = (storage: MemoryLimitStorage, key: string, limit = 2) => storage.increment(key, WINDOW_MILLIS, limit);

  it('does not count a hit that it refuses', async () => {
    const clock = new HandClock(0);
    const storage = new MemoryLimitStorage(clock);
    await hit(storage, 'a');
    clock.millis = 30_000;
    await hit(storage, 'a');
    for (let tries = 0; tries < 10; tries += 1) assert.equal((await hit(storage, 'a')).isBlocked, true);
    clock.millis = 61_000;
    assert.equal((await hit(storage, 'a')).isBlocked, false, 'the refused ones did not prolong it');
  });

  it('counts keys apart', async () => {
    const storage = new MemoryLimitStorage(new HandClock(0));
    await hit(storage, 'a', 1);
    assert.equal((await hit(storage, 'a', 1)).isBlocked, true);
    assert.equal((await hit(storage, 'b', 1)).isBlocked, false);
  });

  it('keeps no more keys than it may, and forgets the one used longest ago', async () => {
    const storage = new MemoryLimitStorage(new HandClock(0), 3);
    for (const key of ['a', 'b', 'c']) await hit(storage, key, 1);
    await hit(storage, 'a', 1);
    await hit(storage, 'd', 1);
    assert.equal(storage.size, 3);
    assert.equal((await hit(storage, 'a', 1)).isBlocked, true, 'a was used again');
    assert.equal((await hit(storage, 'b', 1)).isBlocked, false, 'b was forgotten');
  });

  it('refuses to count by anything but the minute', async () => {
    const storage = new MemoryLimitStorage(new HandClock(0));
    await assert.rejects(async () => storage.increment('a', 1000, 1), RangeError);
  });
});
