import type { AuditLog } from '#modules/audit/index.js';
import type { Keyring } from '#modules/crypto/index.js';
import type { SequencerUnitOfWork, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { CursorRepository } from '../../src/modules/audit/persistence/cursor.repository.js';
import { EntryRepository } from '../../src/modules/audit/persistence/entry.repository.js';
import { LogCheckRepository } from '../../src/modules/audit/persistence/log-check.repository.js';
import { MismatchRepository } from '../../src/modules/audit/persistence/mismatch.repository.js';
import { TreeRepository } from '../../src/modules/audit/persistence/tree.repository.js';
import { VerificationRunRepository } from '../../src/modules/audit/persistence/verification-run.repository.js';
import type { Verification } from '../../src/modules/audit/verification/findings.js';
import { FullVerification } from '../../src/modules/audit/verification/full-verification.js';
import { LogCheck } from '../../src/modules/audit/verification/log-check.js';
import { SelfCheck } from '../../src/modules/audit/verification/self-check.js';
import { VerificationRecord } from '../../src/modules/audit/verification/verification-record.js';
import { VerificationRequests } from '../../src/modules/audit/verification/verification-requests.js';
import { VerificationRunner } from '../../src/modules/audit/verification/verification-runner.js';

/** What verifies a ledger of a spec. */
export interface TestVerification {
  /** The whole log at once: sentences. */
  rederive(): Promise<{ readonly size: number; readonly mismatches: readonly string[] }>;
  readonly fullVerification: FullVerification;
  readonly selfCheck: SelfCheck;
  readonly runner: VerificationRunner;
  readonly requests: VerificationRequests;
}

export interface VerificationParts {
  readonly app: UnitOfWork;
  readonly sequencerLogin: SequencerUnitOfWork;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: AuditLog;
  readonly metrics: Metrics;
}

export function testVerification({ app, sequencerLogin, keyring, clock, randomness, log, metrics }: VerificationParts): TestVerification {
  const runs = new VerificationRunRepository();
  const check = new LogCheck(sequencerLogin, new EntryRepository(), new TreeRepository(), new LogCheckRepository(), keyring);
  const record = new VerificationRecord(new MismatchRepository(), log, metrics);
  const fullVerification = new FullVerification(check, clock);
  return {
    rederive: async () => {
      const { size, mismatches } = (await fullVerification.run()) ?? { size: 0, mismatches: [] };
      return { size, mismatches: sentencesOf({ size, mismatches }) };
    },
    fullVerification,
    selfCheck: new SelfCheck(sequencerLogin, new CursorRepository(), check, record),
    runner: new VerificationRunner(sequencerLogin, runs, fullVerification, record, clock, randomness),
    requests: new VerificationRequests(app, runs, log, clock, randomness),
  };
}

export function sentencesOf({ mismatches }: Verification): string[] {
  return mismatches.map(({ sentence }) => sentence);
}
