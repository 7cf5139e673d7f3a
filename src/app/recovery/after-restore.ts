import { rowsOf, type Tx } from '#platform/database/unit-of-work.js';

/**
 * More changes than any account has seen between a backup and its restore: a token of the time that was lost carries an
 * epoch from in between, and must meet none that is the same.
 */
const EPOCH_LEAP = 1_000_000;

interface Amend {
  /** What the ledger's entry and the operator call the count. */
  readonly counts: string;
  readonly text: string;
}

/**
 * What was true when the backup was made and is not to come alive with it: whatever was ended, refused, taken back or done
 * since looks in the backup as if it stood. In this order; each is one statement, and doing all of them again does no harm.
 */
const ALWAYS: readonly Amend[] = [
  { counts: 'sessionsEnded', text: 'UPDATE auth.session SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL AND ends_at > clock_timestamp() RETURNING 1' },
  { counts: 'accountsAdvanced', text: `UPDATE auth.principal SET epoch = epoch + ${EPOCH_LEAP} RETURNING 1` },
  { counts: 'refreshTokensRevoked', text: 'DELETE FROM auth.refresh_token RETURNING 1' },
  { counts: 'opaqueTokensRevoked', text: 'DELETE FROM auth.opaque_token RETURNING 1' },
  { counts: 'deviceCodesRevoked', text: 'DELETE FROM auth.device_authorization RETURNING 1' },
  // Half a login, an invitation and a link to a new password are each as good as what they lead to.
  { counts: 'loginsBroken', text: 'DELETE FROM auth.login_ticket RETURNING 1' },
  { counts: 'challengesDropped', text: 'DELETE FROM auth.webauthn_challenge RETURNING 1' },
  { counts: 'invitesRevoked', text: 'DELETE FROM auth.invite RETURNING 1' },
  { counts: 'passwordLinksRevoked', text: 'DELETE FROM auth.password_reset RETURNING 1' },
  { counts: 'passwordLinksUnmade', text: 'DELETE FROM auth.reset_request RETURNING 1' },
  { counts: 'approvalsExpired', text: "UPDATE rbac.approval SET state = 'expired' WHERE state IN ('pending', 'approved') RETURNING 1" },
  { counts: 'emergenciesClosed', text: 'UPDATE auth.principal SET break_glass_id = NULL, break_glass_until = NULL, break_glass_session = NULL WHERE break_glass_id IS NOT NULL RETURNING 1' },
  // Whoever ran it is gone, and its claim with them. What waited waits on; what waits for its signature gets it.
  {
    counts: 'jobsQueuedAgain',
    text: "UPDATE simulation.job SET status = 'queued', claim_token = NULL, claimed_by = NULL, lease_until = NULL, started_at = NULL, progress = 0 WHERE status = 'running' RETURNING 1",
  },
  // Their bytes are in no backup: clients begin anew.
  { counts: 'uploadsDropped', text: 'DELETE FROM registry.upload RETURNING 1' },
  { counts: 'deliveriesReleased', text: 'UPDATE platform.outbox SET leased_until = NULL WHERE leased_until IS NOT NULL RETURNING 1' },
  // Minutes of processes that are gone: held against a tree that does not have them, they would raise an alarm.
  { counts: 'pulsesDropped', text: 'DELETE FROM alerts.request_pulse RETURNING 1' },
];

/** What programs prove themselves by: one that was taken away since the backup is good again unless all of them go. */
const PROGRAMS: readonly Amend[] = [
  { counts: 'apiKeysRevoked', text: 'DELETE FROM auth.api_key RETURNING 1' },
  { counts: 'clientSecretsRevoked', text: 'DELETE FROM auth.client_secret RETURNING 1' },
  { counts: 'clientKeysRevoked', text: 'DELETE FROM auth.client_key RETURNING 1' },
  { counts: 'clientCertificatesRevoked', text: 'DELETE FROM auth.client_certificate RETURNING 1' },
];

/** In the transaction that ends the restore. How many rows each took, by its name; those that took none are not told. */
export async function endWhatMayHaveEnded(tx: Tx, withPrograms: boolean): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { counts: name, text } of [...ALWAYS, ...(withPrograms ? PROGRAMS : [])]) {
    const rows = await rowsOf(tx, { name: null, text });
    if (rows.length > 0) counts[name] = rows.length;
  }
  return counts;
}
