import { Module } from '@nestjs/common';
import { CryptoModule } from '#modules/crypto/index.js';
import { AuditModule } from '../audit.module.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { FullVerification } from './full-verification.js';
import { LogCheck } from './log-check.js';
import { SelfCheck } from './self-check.js';
import { VerificationRecord } from './verification-record.js';
import { VerificationRunner } from './verification-runner.js';

/** Verification of the stored log: in processes with the role `ledger`, whose login sees transaction ids. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, CryptoModule],
  providers: [LogCheck, FullVerification, SelfCheck, VerificationRecord, VerificationRunner],
  exports: [SelfCheck, VerificationRunner],
})
export class VerificationModule {}
