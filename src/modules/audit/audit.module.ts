import { Module } from '@nestjs/common';
import { CryptoModule } from '#modules/crypto/index.js';
import { AuditLog } from './audit-log.js';
import { LedgerReader } from './ledger-reader.js';
import { LedgerVerifier } from './ledger-verifier.js';
import { AuditPersistenceModule } from './persistence/audit-persistence.module.js';

/** Recording and reading: in every process. */
@Module({
  imports: [AuditPersistenceModule, CryptoModule],
  providers: [AuditLog, LedgerReader, LedgerVerifier],
  exports: [AuditLog, LedgerReader, LedgerVerifier],
})
export class AuditModule {}
