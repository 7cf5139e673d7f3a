import { configured, documented, open, type Requirement, tested } from '../requirement.js';

/** V15: secure coding and architecture. */
export const V15: readonly Requirement[] = [
  documented('V15.1.1', 1, 'times to mend dependencies, written', 'by severity, and without an advisory', 'docs/dependencies.md'),
  tested('V15.1.2', 2, 'bill of materials', 'test/supply-chain/package-rules.spec.ts', 'src/app/commands/build-release/build-release.spec.ts'),
  documented('V15.1.3', 2, 'what is costly, written', 'with what bounds each, and what is answered beyond', 'docs/limits.md', 'docs/benchmarks.md'),
  documented('V15.1.4', 3, 'risky libraries, written', 'those that read what strangers send or hold secrets, with what bounds each', 'docs/dependencies.md'),
  documented('V15.1.5', 3, 'dangerous functions, written', 'with what could go wrong and what stands around each', 'docs/limits.md', 'docs/threat-model.md'),
  tested('V15.2.1', 1, 'no outdated components', 'test/architecture/dependencies.spec.ts'),
  tested('V15.2.2', 2, 'costly work does not stop the rest', 'src/platform/threads/thread-pool.spec.ts', 'src/platform/http/body-budget.spec.ts', 'src/modules/crypto/transit/heavy-work.spec.ts', 'src/modules/simulation/submission.spec.ts'),
  tested('V15.2.3', 2, 'nothing superfluous in production', 'src/app/commands/build-release/build-release.spec.ts', 'test/e2e/refused-starts.spec.ts'),
  configured('V15.2.4', 3, 'packages of the right source', 'the lock file has the address and hash of each, and npm ci holds to it', 'package-lock.json', 'test/architecture/card.spec.ts'),
  tested('V15.2.5', 3, 'dangerous parts kept apart', 'src/modules/simulation/persistence/logins.spec.ts', 'test/e2e/lifecycle.spec.ts', 'test/e2e/refused-starts.spec.ts', 'test/clients/systemd-unit.spec.ts'),
  tested('V15.3.1', 1, 'only fields that are meant', 'test/golden/openapi.spec.ts', 'src/modules/auth/users.spec.ts'),
  tested('V15.3.2', 2, 'no redirects followed', 'src/platform/outbound/outbound-client.spec.ts'),
  tested('V15.3.3', 2, 'mass assignment', 'json-unknown-members', 'src/platform/http/validation.spec.ts'),
  tested('V15.3.4', 2, 'the true address of clients', 'src/app/rate-limits.spec.ts', 'src/platform/http/rate-limit/source-key.spec.ts'),
  tested('V15.3.5', 2, 'types are strict', 'json-types', 'src/platform/http/validation.spec.ts'),
  tested('V15.3.6', 2, 'prototypes out of reach', 'json-prototype', 'src/pure/canonical-json/strict-parse.spec.ts', 'src/app/malformed-http.spec.ts'),
  tested('V15.3.7', 2, 'parameters given twice', 'query-twice', 'json-members-twice', 'host-twice', 'authorization-twice', 'src/platform/http/validation.spec.ts'),
  tested('V15.4.1', 3, 'what threads share', 'src/platform/threads/thread-pool.spec.ts', 'src/platform/threads/semaphore.spec.ts'),
  tested('V15.4.2', 3, 'check and deed are one', 'src/modules/rbac/role-bindings.spec.ts', 'src/modules/auth/password-login.spec.ts', 'src/platform/database/idempotency.spec.ts'),
  tested('V15.4.3', 3, 'locks that do not hang', 'src/platform/database/unit-of-work.spec.ts', 'src/modules/simulation/job-claims.spec.ts'),
  tested('V15.4.4', 3, 'turns that are fair', 'src/platform/threads/fair-turns.spec.ts', 'src/modules/crypto/transit/operation-turns.spec.ts'),
];

/** V16: logging and errors. */
export const V16: readonly Requirement[] = [
  documented('V16.1.1', 2, 'what is logged, written', 'every kind of entry, where the ledger is kept, for how long, and who may read it', 'docs/audit-events.md', 'docs/ledger.md', 'docs/privacy.md'),
  tested('V16.2.1', 2, 'when, where, who, what', 'src/modules/audit/domain/ocsf-entry.spec.ts', 'test/conformance/ocsf.spec.ts', 'src/platform/logging/pino-logger.spec.ts'),
  tested('V16.2.2', 2, 'times in UTC', 'src/pure/encoding/rfc3339.spec.ts', 'src/modules/audit/domain/ocsf-entry.spec.ts'),
  documented('V16.2.3', 2, 'logs only where it is written', 'lines go to standard output; entries to the ledger and to what the operator has named', 'docs/alerting.md', 'docs/ledger.md'),
  tested('V16.2.4', 2, 'a format that others read', 'test/conformance/ocsf.spec.ts', 'test/e2e/observability.spec.ts'),
  tested('V16.2.5', 2, 'nothing secret in logs', 'src/platform/logging/pino-logger.spec.ts', 'src/modules/auth/password-login.spec.ts', 'test/e2e/transit-operations.spec.ts'),
  tested('V16.3.1', 2, 'logins are recorded', 'src/modules/auth/password-login.spec.ts', 'src/modules/auth/vault-tokens.spec.ts', 'test/e2e/client-certificates.spec.ts'),
  tested('V16.3.2', 2, 'denials are recorded', 'test/e2e/denials.spec.ts', 'src/app/denials.spec.ts', 'src/modules/audit/denial-journal.spec.ts'),
  tested('V16.3.3', 2, 'attempts to get around', 'test/e2e/denials.spec.ts', 'src/modules/auth/blocked-sources.spec.ts', 'src/modules/audit/detection/shipped-rules.spec.ts'),
  tested('V16.3.4', 2, 'failures of its own', 'src/modules/audit/denial-journal.spec.ts', 'test/e2e/observability.spec.ts'),
  tested('V16.4.1', 2, 'logs that cannot be forged by text', 'src/modules/audit/log-injection.spec.ts', 'src/platform/logging/pino-logger.spec.ts'),
  tested('V16.4.2', 2, 'logs that cannot be changed', 'src/modules/audit/append-only.spec.ts', 'test/e2e/verification.spec.ts', 'test/e2e/audit-search.spec.ts'),
  tested('V16.4.3', 2, 'logs kept elsewhere too', 'src/modules/audit/attestation/anchors.spec.ts', 'src/modules/audit/attestation/witnessing.spec.ts', 'test/e2e/webhooks.spec.ts', 'src/modules/audit/alerting/syslog-sink.spec.ts'),
  tested('V16.5.1', 2, 'errors that tell nothing', 'error-leaks', 'error-shape', 'src/app/request-pipeline.spec.ts'),
  tested('V16.5.2', 2, 'going on without what has failed', 'src/platform/outbox/outbox-delivery.spec.ts', 'src/platform/http/rate-limit/shared-limit-storage.spec.ts', 'test/e2e/lifecycle.spec.ts'),
  tested('V16.5.3', 2, 'failing closed', 'src/app/request-pipeline.spec.ts', 'src/modules/auth/authenticator.spec.ts', 'test/faults/ledger-unwritable.spec.ts'),
  open('V16.5.4', 3, 'a last handler of errors', 'one mapper catches what any request throws; an exception outside of all requests ends the process, and what supervises it starts it again', 'src/app/request-pipeline.spec.ts'),
];
