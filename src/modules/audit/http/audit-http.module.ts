import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { EntriesController } from './entries.controller.js';
import { LedgerDenials } from './ledger-denials.js';
import { LogController } from './log.controller.js';

@Module({
  imports: [AuditModule, RbacModule],
  controllers: [LogController, EntriesController],
  // The roof binds it to the pipeline's port.
  providers: [LedgerDenials],
  exports: [LedgerDenials],
})
export class AuditHttpModule {}
