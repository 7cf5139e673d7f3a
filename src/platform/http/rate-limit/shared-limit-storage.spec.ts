import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import type { Count, CounterStore } from './limit-storage.js';
import { MemoryCounters } from './memory-limit-storage.js';
import { SharedLimitStorage } from './shared-limit-storage.js';

const PATIENCE_MILLIS = 40;

/** A store that answers, fails or is silent as the test says. */
class MoodyCounters implements CounterStore {
  mood: 'well' | 'failing' | 'silent' = 'well';
  asked = 0;
  readonly keys = new Set<string>();

  constructor(private readonly counters: MemoryCounters) {}

  take(key: string, limit: number, cost: number): Promise<Count> {
    this.asked += 1;
    this.keys.add(key);
    return this.inMood(() => this.counters.take(key, limit, cost));
  }

  giveBack(key: string, slot: number, cost: number): Promise<void> {
    return this.inMood(() => this.counters.giveBack(key, slot, cost));
  }

  ping(): Promise<void> {
    return this.inMood(() => Promise.resolve());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private inMood<T>(work: () => Promise<T>): Promise<T> {
    if (this.mood === 'failing') return Promise.reject(new Error('the connection is gone'));
    return this.mood === 'silent' ? new Promise(() => undefined) : work();
  }
}

describe('limits that replicas share', () => {
  const opened: SharedLimitStorage[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((storage) => storage.close())));

  function openReplicas(): { one: SharedLimitStorage; two: SharedLimitStorage; shared: MoodyCounters; clock: HandClock; told: string[] } {
    const clock = new HandClock(0);
    const shared = new MoodyCounters(new MemoryCounters(clock));
    const told: string[] = [];
    const open = (): SharedLimitStorage => {
      const report = { lost: (error: unknown) => void told.push(`lost: ${(error as Error).message}`), regained: () => void told.push('regained') };
      const storage = new SharedLimitStorage({ shared, clock, nameOf: (key) => `name of ${key}`, patienceMillis: PATIENCE_MILLIS, report });
      opened.push(storage);
      return storage;
    };
    return { one: open(), two: open(), shared, clock, told };
  }
  const admitted = async (storage: SharedLimitStorage, times: number, limit = 5): Promise<number> => {
    const answers = await Promise.all(Array.from({ length: times }, () => storage.take('guest', limit, 1)));
    return answers.filter(({ isRefused }) => !isRefused).length;
  };

  it('hold for the sum of both', async () => {
    const { one, two, shared } = openReplicas();
    assert.deepEqual([await admitted(one, 3), await admitted(two, 10)], [3, 2]);
    assert.deepEqual([...shared.keys], ['name of guest'], 'the store is told names and no keys');
  });

  it('do not ask about a source that is over its limit here, and seldom about one that is over it there', async () => {
    const { one, two, shared, clock } = openReplicas();
    await admitted(one, 5);
    const before = shared.asked;
    await admitted(one, 1000);
    assert.equal(shared.asked, before);
    for (let flood = 0; flood < 100; flood += 1) assert.equal(await admitted(two, 1), 0);
    assert.equal(shared.asked, before + 1);
    clock.millis = 1_000;
    await admitted(two, 1);
    assert.equal(shared.asked, before + 2);
    clock.millis = 61_000;
    assert.equal(await admitted(two, 6), 5);
  });

  it('give back on both sides, and make room at once', async () => {
    const { one, two } = openReplicas();
    const first = await one.take('guest', 1, 1);
    assert.equal((await two.take('guest', 1, 1)).isRefused, true);
    await first.takeBack();
    assert.equal((await one.take('guest', 1, 1)).isRefused, false);
  });

  it('refuse the costly and admit the cheap where there is room for little', async () => {
    const { one } = openReplicas();
    await one.take('guest', 10, 8);
    assert.equal((await one.take('guest', 10, 5)).isRefused, true);
    assert.equal((await one.take('guest', 10, 2)).isRefused, false);
  });

  for (const mood of ['failing', 'silent'] as const) {
    it(`are counted by each replica for itself while the store is ${mood}, without waiting, and together when it is back`, async () => {
      const { one, two, shared, clock, told } = openReplicas();
      await admitted(one, 2);
      shared.mood = mood;
      const started = performance.now();
      assert.equal(await admitted(one, 10), 3, 'what was counted here before is counted');
      assert.equal(await admitted(two, 10), 5, 'it knows of nothing there');
      const firstMillis = performance.now() - started;
      assert.ok(firstMillis < 20 * PATIENCE_MILLIS, `${firstMillis} ms`);
      assert.deepEqual([one.isAlone, two.isAlone], [true, true]);
      const later = performance.now();
      clock.millis = 61_000;
      for (let round = 0; round < 50; round += 1) await one.take('guest', 5, 1);
      assert.ok(performance.now() - later < 10 * PATIENCE_MILLIS, 'nobody waits once it is known');
      shared.mood = 'well';
      clock.millis = 200_000;
      for (let tries = 0; (one.isAlone || two.isAlone) && tries < 200; tries += 1) await sleep(20);
      assert.deepEqual([await admitted(one, 3), await admitted(two, 10)], [3, 2]);
      assert.deepEqual(told.map((text) => text.split(':')[0]), ['lost', 'lost', 'regained', 'regained'], 'told once a replica, however many requests there were');
    });
  }

  it('are counted here alone while a key has no name to be known by', async () => {
    const clock = new HandClock(0);
    const shared = new MoodyCounters(new MemoryCounters(clock));
    const storage = new SharedLimitStorage({ shared, clock, nameOf: () => null, patienceMillis: PATIENCE_MILLIS, report: { lost: () => assert.fail('nothing was lost'), regained: () => undefined } });
    opened.push(storage);
    assert.equal(await admitted(storage, 7), 5);
    assert.equal(shared.asked, 0);
  });

  it('let a hit be taken back that was counted while the store was away', async () => {
    const { one, shared } = openReplicas();
    shared.mood = 'failing';
    const first = await one.take('guest', 1, 1);
    await first.takeBack();
    assert.equal((await one.take('guest', 1, 1)).isRefused, false);
  });
});
