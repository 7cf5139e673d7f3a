import { metricKinds } from '#pure/metric/metric.js';

export const CRYPTO_METRICS = metricKinds({
  crypto_password_hash_duration_seconds: { type: 'histogram', help: 'One argon2id, without the wait for its turn.', buckets: [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6] },
  crypto_keyring_loads_total: { type: 'counter', help: 'Times that the key versions were read again, because one had changed or was asked for that was not known.' },
});
