import { spawnSync } from 'node:child_process';
import { PostgresCounters } from '#platform/database/postgres-counters.js';
import { SystemClock } from '#platform/system/clock.js';
import { openTestDatabase } from '../../../../test/harness/postgres.js';
import { TestRedis } from '../../../../test/harness/redis.js';
import { until } from '../../../../test/harness/simulation.js';
import type { CounterStore, LimitStorage } from './limit-storage.js';
import { MemoryCounters, MemoryLimitStorage } from './memory-limit-storage.js';
import { RedisCounters } from './redis-counters.js';
import { SharedLimitStorage } from './shared-limit-storage.js';

/**
 * What a hit costs, by where it is counted. Limits: the bare store by itself, one hit after another (a round trip) and
 * a hundred at once; the storage in front of it adds the count of this process. A refusal asks nobody.
 */
const clock = new SystemClock();
const MANY = 1_000_000;
const AT_ONCE = 100;

async function microsOf(hits: number, hit: (index: number) => Promise<unknown>, atOnce: number): Promise<number> {
  for (let index = 0; index < Math.min(hits, 500); index += 1) await hit(index);
  const started = performance.now();
  for (let index = 0; index < hits; index += atOnce) await Promise.all(Array.from({ length: atOnce }, (_, offset) => hit(index + offset)));
  return ((performance.now() - started) * 1000) / hits;
}

const keyOf = (index: number): string => Buffer.from(String(index % 1000).padStart(16, '0')).toString('base64url');
const rows: [string, number][] = [];

async function measure(name: string, store: CounterStore, storage: LimitStorage, hits: number): Promise<void> {
  rows.push([`${name}: store, one after another`, await microsOf(hits, (index) => store.take(keyOf(index), MANY, 1), 1)]);
  rows.push([`${name}: store, ${AT_ONCE} at once`, await microsOf(hits, (index) => store.take(keyOf(index), MANY, 1), AT_ONCE)]);
  rows.push([`${name}: storage, ${AT_ONCE} at once`, await microsOf(hits, (index) => storage.take(keyOf(index), MANY, 1), AT_ONCE)]);
  rows.push([`${name}: storage, refused`, await microsOf(100_000, () => storage.take('full', 1, 1), AT_ONCE)]);
}

function sharing(shared: CounterStore): SharedLimitStorage {
  return new SharedLimitStorage({ shared, clock, nameOf: (key) => (key === 'full' ? keyOf(0) : key), patienceMillis: 5_000, report: { lost: (error) => console.log('lost', error), regained: () => undefined } });
}

await measure('memory', new MemoryCounters(clock), new MemoryLimitStorage(clock), 200_000);

const database = await openTestDatabase();
const postgres = new PostgresCounters(database.app);
await measure('Postgres', postgres, sharing(postgres), 3_000);
await database.close();

if (spawnSync('sh', ['-c', 'command -v redis-server']).status === 0) {
  const redis = await TestRedis.start();
  const counters = await RedisCounters.open({ address: { url: redis.url, authoritiesFile: null }, clock, onError: () => undefined });
  await until(() => counters.ping().then(() => true, () => false));
  await measure('Redis', counters, sharing(counters), 20_000);
  await counters.close();
  await redis.dispose();
} else {
  console.log('redis-server is not here: Redis was not measured');
}

for (const [name, micros] of rows) console.log(`${name.padEnd(40)} ${micros.toFixed(1).padStart(9)} µs`);
