import { absent, documented, open, type Requirement, tested } from '../requirement.js';

/** V13: configuration. */
export const V13: readonly Requirement[] = [
  documented('V13.1.1', 2, 'whom it speaks with, written', 'every address that it connects to is a variable; those that users give are told apart', '.env.example', 'docs/alerting.md'),
  documented('V13.1.2', 3, 'bounds of connections, written', 'of each: how many, how long, and what happens beyond', 'docs/limits.md', 'docs/operations.md'),
  documented('V13.1.3', 3, 'use of outer resources, written', 'time limits, attempts and what is done without each', 'docs/limits.md'),
  documented('V13.1.4', 3, 'secrets and their rotation, written', 'the schedule of signing keys, the change of the seal, the rotation of the root key', 'docs/signing-keys.md', 'docs/sealing.md'),
  tested('V13.2.1', 2, 'inner services authenticate', 'src/platform/database/boot-checks.spec.ts', 'test/e2e/boot-stages.spec.ts', 'test/e2e/external-database.spec.ts'),
  tested('V13.2.2', 2, 'least rights of each', 'src/platform/database/grants.spec.ts', 'src/platform/database/boot-checks.spec.ts', 'src/modules/crypto/persistence/crypto-grants.spec.ts'),
  tested('V13.2.3', 2, 'no default credentials', 'src/platform/config/load-config.spec.ts', 'src/platform/database/boot-checks.spec.ts'),
  tested('V13.2.4', 2, 'where it may connect to', 'src/platform/outbound/address-policy.spec.ts', 'src/platform/outbound/outbound-client.spec.ts'),
  tested('V13.2.5', 2, 'what the server may load', 'files-hidden', 'src/app/surface.spec.ts', 'src/platform/outbound/address-policy.spec.ts'),
  tested('V13.2.6', 3, 'bounds of connections hold', 'src/platform/database/database.module.spec.ts', 'src/platform/outbound/outbound-client.spec.ts'),
  tested('V13.3.1', 2, 'a vault for secrets', 'src/modules/crypto/keyring.spec.ts', 'src/modules/crypto/seals/seals.spec.ts', 'test/e2e/sealed.spec.ts', 'src/platform/config/read-config.spec.ts'),
  tested('V13.3.2', 2, 'secrets for who needs them', 'src/platform/database/grants.spec.ts', 'src/modules/crypto/persistence/crypto-grants.spec.ts', 'src/platform/config/load-config.spec.ts'),
  open('V13.3.3', 3, 'keys in a module apart', 'keys are used in the process; the one above them can stay in another server (SEAL=transit), and hardware comes later', 'test/e2e/transit-seal.spec.ts'),
  tested('V13.3.4', 3, 'secrets expire and rotate', 'src/modules/crypto/jobs/key-rotation.job.spec.ts', 'test/e2e/signing-keys.spec.ts', 'src/modules/crypto/domain/rotation-schedule.spec.ts', 'src/platform/config/secret-reload.spec.ts', 'test/e2e/external-database.spec.ts'),
  tested('V13.4.1', 1, 'no source control metadata', 'files-hidden', 'src/app/surface.spec.ts'),
  tested('V13.4.2', 2, 'no debug modes', 'error-leaks', 'src/app/request-pipeline.spec.ts', 'test/e2e/refused-starts.spec.ts'),
  tested('V13.4.3', 2, 'no listings of directories', 'directories-hidden', 'src/app/surface.spec.ts'),
  tested('V13.4.4', 2, 'no TRACE', 'trace'),
  tested('V13.4.5', 2, 'documentation and monitoring as meant', 'metrics-closed', 'test/e2e/observability.spec.ts', 'src/platform/http/management-server.spec.ts'),
  tested('V13.4.6', 3, 'no versions told', 'software-unnamed', 'version-closed', 'health-silent'),
  tested('V13.4.7', 3, 'only files that are meant', 'files-hidden', 'src/app/surface.spec.ts'),
];

/** V14: data protection. */
export const V14: readonly Requirement[] = [
  documented('V14.1.1', 2, 'data classified', 'every table and everything beside the database', 'docs/data.md', 'docs/privacy.md'),
  documented('V14.1.2', 2, 'protection of each class, written', 'at rest, on the way, who sees it and how long it is kept', 'docs/data.md', 'docs/privacy.md', 'docs/sealing.md'),
  tested('V14.2.1', 1, 'nothing secret in addresses', 'token-in-query', 'inventory', 'test/golden/openapi.spec.ts'),
  tested('V14.2.2', 2, 'nothing secret in caches of servers', 'no-store', 'no-store-personal', 'src/app/security-headers.spec.ts'),
  tested('V14.2.3', 2, 'nothing to strangers who track', 'docs-local', 'test/e2e/webhooks.spec.ts'),
  tested('V14.2.4', 2, 'data protected as is written', 'src/modules/audit/privacy/personal-data.spec.ts', 'test/e2e/erasure-bytes.spec.ts', 'src/platform/logging/pino-logger.spec.ts'),
  tested('V14.2.5', 3, 'caches that are deceived', 'no-store', 'route-unknown', 'files-hidden'),
  tested('V14.2.6', 3, 'as little as is needed', 'src/modules/auth/users.spec.ts', 'test/e2e/audit-search.spec.ts'),
  tested('V14.2.7', 3, 'data that is kept no longer', 'src/modules/audit/privacy/retention.spec.ts', 'test/e2e/forgetting.spec.ts'),
  absent('V14.2.8', 3, 'metadata in files of users', 'blobs are kept byte for byte under their digest, which is what their users ask for'),
  absent('V14.3.1', 1, 'data left in the browser', 'nothing is kept in a browser'),
  tested('V14.3.2', 2, 'nothing kept by caches of browsers', 'no-store', 'no-store-personal', 'src/app/security-headers.spec.ts'),
  absent('V14.3.3', 2, 'storage of the browser', 'nothing is kept in a browser'),
];
