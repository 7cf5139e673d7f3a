import { Module } from '@nestjs/common';
import { CryptoModule, Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Alerts } from '../alerting/alerts.js';
import { AuditLog } from '../audit-log.js';
import { AuditModule } from '../audit.module.js';
import { AttestationRepository } from '../persistence/attestation.repository.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { Attestation, Outside, outsideOf } from './attestation.js';
import { AttestationPolicy, readAttestationPolicy } from './attestation-policy.js';
import { AttestorJournal } from './attestor-journal.js';
import { ForkWatch } from './fork-watch.js';
import { LogSuccession } from './log-succession.js';

function watchOf(
  units: SequencerUnitOfWork,
  tree: TreeRepository,
  attestors: AttestorRepository,
  keyring: Keyring,
  { anchors, witnesses }: Outside,
  log: AuditLog,
  alerts: Alerts,
  metrics: Metrics,
  clock: Clock,
): ForkWatch {
  return new ForkWatch(units, tree, attestors, keyring, [...anchors, ...witnesses], log, alerts, metrics, clock);
}

/** Witnesses and anchors: only in processes with the role `ledger`. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, CryptoModule],
  providers: [
    AttestorJournal,
    LogSuccession,
    { provide: AttestationPolicy, useFactory: ({ ledger, production }: Config) => readAttestationPolicy(ledger.witnessPolicyFile, production), inject: [Config] },
    { provide: Outside, useFactory: outsideOf, inject: [Config, AttestationPolicy] },
    { provide: ForkWatch, useFactory: watchOf, inject: [SequencerUnitOfWork, TreeRepository, AttestorRepository, Keyring, Outside, AuditLog, Alerts, Metrics, Clock] },
    {
      provide: Attestation,
      useFactory: (...parts: ConstructorParameters<typeof Attestation>) => new Attestation(...parts),
      inject: [Outside, AttestationPolicy, SequencerUnitOfWork, TreeRepository, AttestationRepository, AttestorRepository, AttestorJournal, ForkWatch, Metrics, Clock],
    },
  ],
  exports: [AttestationPolicy, ForkWatch, Attestation, LogSuccession],
})
export class AttestationModule {}
