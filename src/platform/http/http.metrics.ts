import { DURATION_BUCKETS, metricKinds } from '#pure/metric/metric.js';
import { NAMED_BUCKETS } from './buckets.js';
import { OVERLOADS } from './load/overload.js';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** `aborted`: the client was gone before it had its answer. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'aborted'] as const;
/** The route of a request that no route matched: its path is the client's invention. */
export const UNMATCHED = 'unmatched';

/** What is counted: by source, by principal, or by source in a bucket with a name of its own. */
const LIMIT_NAMES = ['source', 'principal', 'registry', 'trial', 'blocked-login', ...(Object.keys(NAMED_BUCKETS) as (keyof typeof NAMED_BUCKETS)[])] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

export const HTTP_METRICS = metricKinds({
  http_requests_total: { type: 'counter', help: 'Requests that have ended, by the pattern of their route and the class of their status.', labels: { method: METHODS, route: 'static', status: STATUS_CLASSES } },
  http_request_duration_seconds: { type: 'histogram', help: 'From the first header line read to the last byte of the answer.', labels: { route: 'static' }, buckets: DURATION_BUCKETS },
  http_requests_in_flight: { type: 'gauge', help: 'Requests that are being answered.' },
  http_faults_total: { type: 'counter', help: 'Refusals and failures that were answered, by the code of the fault.', labels: { code: 'static' } },
  http_shedding: { type: 'gauge', help: 'Whether new requests are refused because the process is at its ceilings: 1, or 0.' },
  http_shed_total: { type: 'counter', help: 'Requests that were refused for that, by the ceiling.', labels: { reason: OVERLOADS } },
  http_tls_certificate_end_seconds: { type: 'gauge', help: 'When the certificate that the server shows ends, in seconds since 1970; of one that speaks TLS itself.' },
  http_rate_limited_total: { type: 'counter', help: 'Requests that were refused because a bucket was full.', labels: { bucket: LIMIT_NAMES } },
  rate_limit_shared: { type: 'gauge', help: 'Whether replicas count together: 1, or 0 while this process cannot reach the shared counters and counts for itself. Absent where each counts for itself by configuration.' },
  rate_limit_losses_total: { type: 'counter', help: 'How often this process lost the shared counters of the rate limits.' },
});
