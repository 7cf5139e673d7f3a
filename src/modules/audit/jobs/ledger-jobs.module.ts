import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module.js';
import { LedgerModule } from '../ledger.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { LedgerGaugesJob } from './ledger-gauges.job.js';
import { LedgerJob } from './ledger.job.js';
import { SearchJob } from './search.job.js';
import { SelfCheckJob } from './self-check.job.js';

/** The roof imports it where the role `ledger` is: elsewhere there is neither a login to sequence with nor a key to sign with. */
@Module({
  imports: [AuditModule, LedgerModule, VerificationModule],
  providers: [LedgerJob, SearchJob, SelfCheckJob, LedgerGaugesJob],
})
export class LedgerJobsModule {}
