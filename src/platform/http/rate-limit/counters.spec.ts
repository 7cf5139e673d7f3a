import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PostgresCounters } from '#platform/database/postgres-counters.js';
import { behavesAsCounters } from '../../../../test/harness/counter-table.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { WINDOW_MILLIS } from './limit-storage.js';
import { MemoryCounters, MemoryLimitStorage } from './memory-limit-storage.js';

/* Redis behaves by the same table in test/clients/rate-limit-redis.spec.ts: it is not on every machine. */

describe('counters in memory', () => {
  behavesAsCounters(() => {
    const clock = new HandClock();
    const store = new MemoryCounters(clock);
    return Promise.resolve({ store, other: store, setMillis: (millis) => void (clock.millis = millis), close: () => store.close() });
  }, 300);

  it('keep no more keys than they may, and forget the one used longest ago', () => {
    const store = new MemoryCounters(new HandClock(0), 3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) store.takeNow(key, 1, 1);
    assert.equal(store.size, 3);
    assert.equal(store.takeNow('a', 1, 1).slot, null, 'a was used again');
    assert.notEqual(store.takeNow('b', 1, 1).slot, null, 'b was forgotten');
  });
});

describe('counters in Postgres', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  behavesAsCounters(async () => {
    let now = 0;
    const open = () => new PostgresCounters(database.app, () => now);
    return { store: open(), other: open(), setMillis: (millis) => void (now = millis), close: () => Promise.resolve() };
  }, 10);

  it('go by the clock of the database where no test gives one, and are pruned by it', async () => {
    const store = new PostgresCounters(database.app);
    const { slot } = await store.take('AAAAAAAAAAAAAAAAAAAAAA', 5, 1);
    const [clock] = await database.query<{ seconds: string }>('SELECT extract(epoch FROM now())::bigint AS seconds');
    assert.ok(Math.abs(Number(clock!.seconds) - slot!) <= 2);
    await store.prune();
    const rows = await database.query<{ slot: string }>('SELECT slot FROM platform.rate_limit');
    assert.deepEqual(rows.map((row) => Number(row.slot)), [slot]);
  });
});

describe('the storage in the frame of @nestjs/throttler', () => {
  it('answers a guard as the stock storage does', async () => {
    const storage = new MemoryLimitStorage(new HandClock(0));
    const hit = () => storage.increment('guest', WINDOW_MILLIS, 1, 0, 'extra');
    assert.deepEqual(await hit(), { totalHits: 1, timeToExpire: 61, isBlocked: false, timeToBlockExpire: 0 });
    assert.deepEqual(await hit(), { totalHits: 1, timeToExpire: 61, isBlocked: true, timeToBlockExpire: 61 });
  });

  it('refuses to count by anything but the minute', async () => {
    await assert.rejects(new MemoryLimitStorage(new HandClock(0)).increment('a', 1000, 1, 0, 'x'), RangeError);
  });
});
