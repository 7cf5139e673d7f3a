import { metricKinds } from '#pure/metric/metric.js';

export const REGISTRY_METRICS = metricKinds({
  registry_uploads_total: { type: 'counter', help: 'Uploads of a blob, by how far they came.', labels: { outcome: ['opened', 'stored', 'refused'] } },
  registry_received_bytes_total: { type: 'counter', help: 'Bytes of blobs that became visible.' },
  registry_sent_bytes_total: { type: 'counter', help: 'Bytes of blobs that were asked for.' },
  registry_collected_bytes_total: { type: 'counter', help: 'Bytes of blobs that were removed because nothing used them.' },
  registry_expired_total: { type: 'counter', help: 'Tags and manifests that rules of retention let go.', labels: { kind: ['tag', 'manifest'] } },
  registry_scrubbed_bytes_total: { type: 'counter', help: 'Bytes of blobs that were read over to find damage.' },
  registry_scrubbed_blobs_total: { type: 'counter', help: 'Blobs that were read over to find damage.', labels: { outcome: ['whole', 'damaged'] } },
  registry_tag_mismatches_total: { type: 'counter', help: 'Tags that were found elsewhere than the ledger says, at each check again.' },
  registry_blobs_damaged_total: { type: 'counter', help: 'Blobs that were found to be other than they were pushed.' },
});
