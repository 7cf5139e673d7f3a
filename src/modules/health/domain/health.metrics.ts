import { metricKinds } from '#pure/metric/metric.js';

export const HEALTH_METRICS = metricKinds({
  health_ready: { type: 'gauge', help: 'What /health/ready answers: 1 when the process takes requests.' },
});
