import { DURATION_BUCKETS, metricKinds } from '#pure/metric/metric.js';

/** The OCSF category of an entry's class: its thousands. */
export const ENTRY_CATEGORIES = ['system', 'findings', 'identity', 'network', 'discovery', 'application'] as const;

/** OCSF classes of thousand n are of the n-th category; a class that is none of them is the application's. */
export function categoryOf(classUid: number): (typeof ENTRY_CATEGORIES)[number] {
  return ENTRY_CATEGORIES[Math.floor(classUid / 1000) - 1] ?? 'application';
}

export const ALERT_SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const;

/** Entries that one transaction writes, or one turn of the sequencer takes. */
const BATCH_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000] as const;

/** The ledger, and what is found in it. Gauges are set by the ticks of role `ledger`; the others count where it happens. */
export const AUDIT_METRICS = metricKinds({
  audit_entries_total: { type: 'counter', help: 'Entries that committed, by the OCSF category of their class.', labels: { category: ENTRY_CATEGORIES } },
  audit_append_duration_seconds: { type: 'histogram', help: 'Appending one entry inside the transaction of its deed.', buckets: DURATION_BUCKETS },
  audit_write_errors_total: { type: 'counter', help: 'Entries that could not be written, so that their deeds were refused.' },
  audit_denials_lost_total: { type: 'counter', help: 'Refusals that were given and could not be recorded.' },
  audit_group_commit_entries: { type: 'histogram', help: 'Entries without a deed that one transaction wrote together.', buckets: BATCH_BUCKETS },
  audit_sequenced_entries: { type: 'histogram', help: 'Entries that one turn of the sequencer made leaves.', buckets: BATCH_BUCKETS },
  audit_sequencing_duration_seconds: { type: 'histogram', help: 'One turn of the sequencer that found entries.', buckets: DURATION_BUCKETS },
  audit_pending_entries: { type: 'gauge', help: 'Entries that have committed and are no leaves yet.' },
  audit_oldest_pending_seconds: { type: 'gauge', help: 'Age of the oldest entry that is no leaf yet; 0 when there is none.' },
  audit_tree_size: { type: 'gauge', help: 'Leaves of the tree.' },
  audit_checkpoint_timestamp_seconds: { type: 'gauge', help: 'When the newest checkpoint was signed, in seconds since 1970.' },
  audit_checkpoint_size: { type: 'gauge', help: 'Leaves that the newest checkpoint covers.' },
  audit_forked: { type: 'gauge', help: 'Whether an anchor or a witness is ahead of the database, so that nothing is signed: 1 or 0.' },
  audit_witness_cosigned_size: { type: 'gauge', help: 'Size of the last tree that the witness cosigned.', labels: { witness: 'static' } },
  audit_witness_last_success_age_seconds: { type: 'gauge', help: 'Since the witness last cosigned.', labels: { witness: 'static' } },
  audit_verification_failures_total: { type: 'counter', help: 'Contradictions between the entries and their tree that verification found.' },
  alerts_open: { type: 'gauge', help: 'Alerts that are not resolved.', labels: { severity: ALERT_SEVERITIES } },
  alert_deliveries_total: { type: 'counter', help: 'Attempts to deliver, by how they ended.', labels: { outcome: ['delivered', 'retried', 'failed', 'dropped'] } },
  outbox_pending_deliveries: { type: 'gauge', help: 'What waits to be delivered, retries included.' },
  outbox_overdue_seconds: { type: 'gauge', help: 'How long the delivery that has been due longest is overdue; 0 when none is.' },
  rule_evaluation_lag_seconds: { type: 'gauge', help: 'Age of the oldest leaf that detection has not read; 0 when it has read them all.' },
});
