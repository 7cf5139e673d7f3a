import { metricKinds } from '#pure/metric/metric.js';
import { RENEWABLE_NAMES } from './variables.js';

const SETTING = { setting: RENEWABLE_NAMES } as const;

export const SECRET_METRICS = metricKinds({
  secret_rotations_total: { type: 'counter', help: 'Settings that were read anew with another value, which is in force since.', labels: SETTING },
  secret_read_failures_total: { type: 'counter', help: 'Looks at a setting that could not be read anew or not be worked with: the value before stayed in force.', labels: SETTING },
  secret_stale: { type: 'gauge', help: 'Whether the last look at a setting failed: 1, or 0 when what is in force is what was found. Of settings that stand where they can change.', labels: SETTING },
});
