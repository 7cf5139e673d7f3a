import { Module } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { AttestationModule } from './attestation/attestation.module.js';
import { AuditModule } from './audit.module.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { LedgerGauges } from './ledger-gauges.js';
import { LogIdentity } from './log-identity.js';
import { AuditPersistenceModule } from './persistence/audit-persistence.module.js';
import { ErasedSubjectRepository } from './persistence/erased-subject.repository.js';
import { ErasureJournal } from './privacy/erasure-journal.js';
import { Retention } from './privacy/retention.js';
import { Sequencer } from './sequencer.js';

function journalOf({ production, dataDirectory, ledger }: Config, units: SequencerUnitOfWork, rows: ErasedSubjectRepository): ErasureJournal {
  return new ErasureJournal(units, rows, ledger.anchorDirectory, production ? dataDirectory : null);
}

/** Sequencing and signing: only in processes with the role `ledger`, which alone have the login and the keys for it. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, AttestationModule, CryptoModule],
  providers: [Sequencer, CheckpointPublisher, LedgerGauges, LogIdentity, Retention, { provide: ErasureJournal, useFactory: journalOf, inject: [Config, SequencerUnitOfWork, ErasedSubjectRepository] }],
  exports: [AttestationModule, ErasureJournal, Retention, Sequencer, CheckpointPublisher, LedgerGauges],
})
export class LedgerModule {}
