import { RuleFileError } from '#modules/audit/index.js';
import { SealRefusal } from '#modules/crypto/index.js';
import { ConfigError } from '#platform/config/load-config.js';
import { SecretsUnreachable } from '#platform/config/read-config.js';
import { UnfitDatabaseError, UnreachableDatabaseError } from '#platform/database/boot-checks.js';
import { databaseCode } from '#platform/database/database-faults.js';
import { SchemaAheadError } from '#platform/database/migration-runner.js';
import { SchemaBehindError } from '#platform/database/schema-version.js';
import { ListenRefusal } from '#platform/http/listen-refusal.js';
import { RedisRefusal } from '#platform/http/rate-limit/redis-connection.js';
import { TlsRefusal } from '#platform/http/tls/tls-material.js';
import { ReleaseRollback } from '#platform/database/release-epoch.js';
import { Fault } from '#pure/fault/fault.js';
import { EnvironmentRefusal } from '../boot/admit-environment.js';
import { FlagRefusal } from '../boot/admit-flags.js';
import { OwnerPasswordRefusal } from '../boot/first-owner.js';
import { KnownAnswerFailure } from '../boot/known-answer-tests.js';
import { HardeningRefusal } from '../boot/measure-hardening.js';
import { BuildRefusal } from '../boot/verify-build.js';
import { SuccessionRefusal } from '../modules/audit/attestation/log-succession.js';
import { RecoveryRefusal } from './recovery/recovery-refusal.js';
import { LedgerHeadRefusal } from '../boot/verify-audit-head.js';

/** sysexits.h EX_CONFIG: started in a way that no restart will mend. */
const EXIT_CONFIG = 78;

/** What an operator can mend, and is told in one sentence. */
const OPERATORS: readonly (abstract new (...parameters: never[]) => Error)[] = [ConfigError, SealRefusal, SchemaAheadError, SchemaBehindError, UnfitDatabaseError, LedgerHeadRefusal, SuccessionRefusal, OwnerPasswordRefusal, RuleFileError, TlsRefusal, EnvironmentRefusal, FlagRefusal, BuildRefusal, HardeningRefusal, KnownAnswerFailure, ReleaseRollback, RecoveryRefusal, RedisRefusal];

/** SQLSTATE insufficient_privilege. */
const LACKS_A_RIGHT = '42501';

/** How a process that cannot do what it was started for says so: everything else is a defect and shows where it happened. */
export function explain(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (!(error instanceof Error)) return { text: String(error), exitCode: 1 };
  // What a restart may mend, so the exit code lets an orchestrator try.
  if (error instanceof UnreachableDatabaseError || error instanceof ListenRefusal || error instanceof SecretsUnreachable) return { text: error.message, exitCode: 1 };
  const code = databaseCode(error);
  if (error instanceof Fault) return { text: `${error.message}${code === null ? '' : ` (${code})`}`, exitCode: 1 };
  if (code === LACKS_A_RIGHT) return { text: `a login of the database lacks a right: ${error.message}; npm run migrate gives each what it needs`, exitCode: EXIT_CONFIG };
  if (code === 'ERR_ACCESS_DENIED') {
    const { permission = '', resource = '' } = error as { readonly permission?: string; readonly resource?: string };
    return { text: `the permission model of Node keeps it from what it needs (${[permission, resource].filter(Boolean).join(' ')}): docker/ has the flags that it is started with`, exitCode: EXIT_CONFIG };
  }
  const isOperators = OPERATORS.some((kind) => error instanceof kind);
  return { text: isOperators ? error.message : (error.stack ?? error.message), exitCode: isOperators ? EXIT_CONFIG : 1 };
}
