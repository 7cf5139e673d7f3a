import { DURATION_BUCKETS, metricKinds } from '#pure/metric/metric.js';

const LOGIN = { login: ['app', 'sequencer', 'worker'] } as const;
const POOL = { ...LOGIN, pool: ['work', 'read'] } as const;

export const DATABASE_METRICS = metricKinds({
  database_connections: { type: 'gauge', help: 'Open connections of a pool.', labels: { ...POOL, state: ['busy', 'idle'] } },
  database_waiting: { type: 'gauge', help: 'Units of work that wait for a connection.', labels: POOL },
  database_work_duration_seconds: { type: 'histogram', help: 'One unit of work, from the wait for a connection to its end, repetitions included.', labels: LOGIN, buckets: DURATION_BUCKETS },
  database_work_failures_total: { type: 'counter', help: 'Units of work that ended without a commit, refusals of a deed included.', labels: LOGIN },
  database_work_retries_total: { type: 'counter', help: 'Repetitions after a deadlock or a lost race.', labels: LOGIN },
});
