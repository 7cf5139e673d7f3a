import { metricKinds } from '#pure/metric/metric.js';

export const RBAC_METRICS = metricKinds({
  rbac_policy_lookups_total: { type: 'counter', help: "Decisions, by whether the subject's policy was known or had to be loaded.", labels: { outcome: ['known', 'loaded'] } },
});
