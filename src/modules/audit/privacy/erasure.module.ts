import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { PrivacyModule } from './privacy.module.js';
import { SubjectErasure } from './subject-erasure.js';

/** Only where requests are served: the keys are the application's. */
@Module({ imports: [AuditModule, AuditPersistenceModule, PrivacyModule], providers: [SubjectErasure], exports: [SubjectErasure] })
export class ErasureModule {}
