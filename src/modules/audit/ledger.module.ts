import { Module } from '@nestjs/common';
import { CryptoModule } from '#modules/crypto/index.js';
import { AttestationModule } from './attestation/attestation.module.js';
import { AuditModule } from './audit.module.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { LedgerGauges } from './ledger-gauges.js';
import { LogIdentity } from './log-identity.js';
import { AuditPersistenceModule } from './persistence/audit-persistence.module.js';
import { Retention } from './privacy/retention.js';
import { Sequencer } from './sequencer.js';

/** Sequencing and signing: only in processes with the role `ledger`, which alone have the login and the keys for it. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, AttestationModule, CryptoModule],
  providers: [Sequencer, CheckpointPublisher, LedgerGauges, LogIdentity, Retention],
  exports: [AttestationModule, Retention, Sequencer, CheckpointPublisher, LedgerGauges],
})
export class LedgerModule {}
