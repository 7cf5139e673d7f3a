import { Module } from '@nestjs/common';
import { DeliveryModule } from '../alerting/delivery.module.js';
import { AuditModule } from '../audit.module.js';
import { DetectionModule } from '../detection/detection.module.js';
import { LedgerModule } from '../ledger.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { AttestationJobsModule } from './attestation-jobs.module.js';
import { DetectionJob } from './detection.job.js';
import { ErasureJournalJob } from './erasure-journal.job.js';
import { LedgerGaugesJob } from './ledger-gauges.job.js';
import { LedgerJob } from './ledger.job.js';
import { OutboxJob } from './outbox.job.js';
import { ReaderStandingModule } from './reader-standing.module.js';
import { RetentionJob } from './retention.job.js';
import { SearchJob } from './search.job.js';
import { SelfCheckJob } from './self-check.job.js';
import { SilenceWatchJob } from './silence-watch.job.js';

/** The roof imports it where the role `ledger` is: elsewhere there is neither a login to sequence with nor a key to sign with. */
@Module({
  imports: [AttestationJobsModule, AuditModule, DeliveryModule, LedgerModule, DetectionModule, ReaderStandingModule, VerificationModule],
  providers: [LedgerJob, RetentionJob, ErasureJournalJob, SearchJob, DetectionJob, SilenceWatchJob, SelfCheckJob, LedgerGaugesJob, OutboxJob],
})
export class LedgerJobsModule {}
