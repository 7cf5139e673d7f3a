import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { Metrics } from '../metrics/metrics.js';
import type { Clock } from '../system/clock.js';
import { DATABASE_METRICS } from './database.metrics.js';
import type { GrantedRole } from './grants.js';
import type { WorkObserver } from './unit-of-work.js';

/** The pools of this process as they are at each scrape: figures that the driver keeps in any case. */
export function measurePools(metrics: Metrics, sources: Readonly<Partial<Record<GrantedRole, DataSource>>>, readers: Readonly<Partial<Record<GrantedRole, Pool>>>): void {
  const measure = (login: GrantedRole, pool: 'work' | 'read', { totalCount, idleCount, waitingCount }: Pool): void => {
    metrics.set(DATABASE_METRICS.database_connections, totalCount - idleCount, { login, pool, state: 'busy' });
    metrics.set(DATABASE_METRICS.database_connections, idleCount, { login, pool, state: 'idle' });
    metrics.set(DATABASE_METRICS.database_waiting, waitingCount, { login, pool });
  };
  metrics.atScrape(() => {
    for (const [login, source] of Object.entries(sources)) measure(login as GrantedRole, 'work', poolOf(source));
    for (const [login, pool] of Object.entries(readers)) measure(login as GrantedRole, 'read', pool);
  });
}

/** The driver's own, which shows it to nobody. */
export function poolOf(source: DataSource): Pool {
  return (source.driver as unknown as { master: Pool }).master;
}

export function measureWork(metrics: Metrics, clock: Clock, login: GrantedRole): WorkObserver {
  return {
    began: () => clock.monotonicMillis(),
    ended: (startedMillis, isCommitted) => {
      metrics.observe(DATABASE_METRICS.database_work_duration_seconds, (clock.monotonicMillis() - startedMillis) / 1000, { login });
      if (!isCommitted) metrics.increment(DATABASE_METRICS.database_work_failures_total, { login });
    },
    repeated: () => metrics.increment(DATABASE_METRICS.database_work_retries_total, { login }),
  };
}
