import { Module } from '@nestjs/common';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { RequestPulse } from './request-pulse.js';

/** In processes with the role `api`. */
@Module({ imports: [AuditPersistenceModule], providers: [RequestPulse], exports: [RequestPulse] })
export class PulseModule {}
