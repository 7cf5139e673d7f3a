import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { LedgerExport } from './ledger-export.js';
import { LedgerSearch } from './ledger-search.js';

/** Finding entries: where requests are served. */
@Module({ imports: [AuditModule, AuditPersistenceModule], providers: [LedgerSearch, LedgerExport], exports: [LedgerSearch, LedgerExport] })
export class SearchModule {}
