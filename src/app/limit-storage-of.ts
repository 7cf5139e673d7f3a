import { Logger } from '@nestjs/common';
import { CryptoModule, Keyring } from '#modules/crypto/index.js';
import type { Config, RedisConfig } from '#platform/config/config.js';
import { Refused } from '#platform/config/value-source.js';
import { PostgresCounters } from '#platform/database/postgres-counters.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { HTTP_METRICS } from '#platform/http/http.metrics.js';
import type { CounterStore, LimitStorage } from '#platform/http/rate-limit/limit-storage.js';
import { admitRedis } from '#platform/http/rate-limit/admit-redis.js';
import { MemoryLimitStorage } from '#platform/http/rate-limit/memory-limit-storage.js';
import type { StorageFactory } from '#platform/http/rate-limit/rate-limit.module.js';
import { RedisRefusal } from '#platform/http/rate-limit/redis-connection.js';
import { RedisCounters } from '#platform/http/rate-limit/redis-counters.js';
import { SharedLimitStorage } from '#platform/http/rate-limit/shared-limit-storage.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';

/** A Redis that works answers within a millisecond; a transaction takes a few, its pool has other work, and those of one key wait for each other. */
const PATIENCE_MILLIS = { redis: 100, postgres: 500 } as const;
/** Of the digest that stands for a key: two keys never meet in 128 bits. */
const NAME_BYTES = 16;

/** Where the configuration says that hits are counted. A process that serves no API has nothing to share. */
export function limitStorageOf(config: Config): StorageFactory {
  const { store } = config.rateLimits;
  if (store === 'memory' || !config.roles.has('api')) return { inject: [Clock], useFactory: (clock: Clock) => new MemoryLimitStorage(clock) };
  const { redis } = config;
  const open = (unitOfWork: UnitOfWork, clock: Clock): Promise<CounterStore> => (store === 'redis' && redis !== null ? openRedis(redis, config, clock) : Promise.resolve(new PostgresCounters(unitOfWork)));
  return {
    imports: [CryptoModule],
    inject: [Clock, Metrics, Keyring, UnitOfWork],
    useFactory: async (clock: Clock, metrics: Metrics, keyring: Keyring, unitOfWork: UnitOfWork): Promise<LimitStorage> =>
      shared(await open(unitOfWork, clock), PATIENCE_MILLIS[store], { clock, metrics, keyring }),
  };
}

/** With its login and password as they are read anew: what does not log in is not taken over. */
async function openRedis(address: RedisConfig, { live, production }: Config, clock: Clock): Promise<CounterStore> {
  const log = new Logger('rate-limits');
  // One that was away when the process started is asked once it is back, again and again: what it may not be is told once.
  let told: string | null = null;
  const admit = (asked: RedisConfig): Promise<void> =>
    admitRedis(asked).catch((error: unknown) => {
      if (error instanceof RedisRefusal && error.message !== told) log.error('nothing is counted by this Redis', { reason: (told = error.message) });
      throw error;
    });
  // What is wrong with the connection is told when it is first missed; the client repeats it at every attempt.
  const counters = await RedisCounters.open({ address, clock, onError: () => undefined, ...(production ? { admit } : {}) });
  live.adoptBy('REDIS_URL', {
    prove: (renewed) => counters.reopen(renewed).catch((error: unknown) => Promise.reject(new Refused('is not what Redis takes, or it does not answer', { cause: error }))),
    adopt: () => Promise.resolve(),
  });
  return counters;
}

interface Parts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly keyring: Keyring;
}

function shared(counters: CounterStore, patienceMillis: number, { clock, metrics, keyring }: Parts): SharedLimitStorage {
  const log = new Logger('rate-limits');
  metrics.set(HTTP_METRICS.rate_limit_shared, 1);
  return new SharedLimitStorage({
    shared: counters,
    clock,
    patienceMillis,
    // Addresses and accounts are nobody's business who can read the counters. Sealed, there is no key to name them by.
    nameOf: (key) => (keyring.isUnsealed ? keyring.mac('rate-limit', Buffer.from(key, 'utf8')).subarray(0, NAME_BYTES).toString('base64url') : null),
    report: {
      lost: (error) => {
        metrics.set(HTTP_METRICS.rate_limit_shared, 0);
        metrics.increment(HTTP_METRICS.rate_limit_losses_total);
        log.warn('the shared counters do not answer: this process counts for itself until they do', { error });
      },
      regained: () => {
        metrics.set(HTTP_METRICS.rate_limit_shared, 1);
        log.log('the shared counters answer again: replicas count together');
      },
    },
  });
}
