import { metricKinds } from '#pure/metric/metric.js';

export const AUTH_METRICS = metricKinds({
  auth_logins_total: { type: 'counter', help: 'Attempts to log in with a password or a secret; throttled are those that were refused for their number alone.', labels: { outcome: ['succeeded', 'failed', 'throttled'] } },
});
