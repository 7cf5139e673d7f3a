import { Module, type Provider, type Type } from '@nestjs/common';
import { CryptoModule, Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { OutboxModule } from '#platform/outbox/outbox.module.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { AlertNotices } from './alerting/alert-notices.js';
import { Alerts } from './alerting/alerts.js';
import { AuditLog } from './audit-log.js';
import { DenialJournal } from './denial-journal.js';
import { LedgerReader } from './ledger-reader.js';
import { LogFollower } from './log-follower.js';
import { AuditPersistenceModule } from './persistence/audit-persistence.module.js';
import { EntryRepository } from './persistence/entry.repository.js';
import { TreeRepository } from './persistence/tree.repository.js';
import { PersonalDataSealer } from './privacy/personal-data-sealer.js';
import { PrivacyModule } from './privacy/privacy.module.js';
import { SearchIndex } from './search/search-index.js';
import { LedgerVerifier } from './verification/ledger-verifier.js';
import { VerificationRequests } from './verification/verification-requests.js';

/**
 * The login for what is not part of somebody's transaction: of those that this process has, the one that may do most
 * of it. The worker's may append and nothing else.
 */
function ownLogin(config: Config, app: UnitOfWork, sequencer: SequencerUnitOfWork, worker: WorkerUnitOfWork): UnitOfWork {
  if (config.roles.has('api')) return app;
  return config.roles.has('ledger') ? sequencer : worker;
}

const LOGINS = [Config, UnitOfWork, SequencerUnitOfWork, WorkerUnitOfWork];

/** Provides a class whose constructor takes the login first. */
function withOwnLogin<D extends unknown[]>(made: new (units: UnitOfWork, ...dependencies: D) => object, dependencies: (Type | (abstract new () => unknown))[]): Provider {
  return {
    provide: made,
    inject: [...LOGINS, ...dependencies],
    useFactory: (config: Config, app: UnitOfWork, sequencer: SequencerUnitOfWork, worker: WorkerUnitOfWork, ...rest: D) =>
      new made(ownLogin(config, app, sequencer, worker), ...rest),
  };
}

/** Recording and reading: in every process. */
@Module({
  imports: [AuditPersistenceModule, CryptoModule, OutboxModule, PrivacyModule],
  providers: [
    withOwnLogin(AuditLog, [EntryRepository, Clock, Randomness, Keyring, Metrics, PersonalDataSealer]),
    DenialJournal,
    withOwnLogin(LedgerReader, [EntryRepository, TreeRepository, Keyring]),
    withOwnLogin(LedgerVerifier, [TreeRepository, Keyring]),
    VerificationRequests,
    AlertNotices,
    Alerts,
    LogFollower,
    SearchIndex,
  ],
  exports: [AlertNotices, Alerts, AuditLog, DenialJournal, LedgerReader, LedgerVerifier, LogFollower, OutboxModule, PrivacyModule, SearchIndex, VerificationRequests],
})
export class AuditModule {}
