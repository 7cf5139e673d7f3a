import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { TransitModule } from '../transit/transit.module.js';
import { KeyRotationJob } from './key-rotation.job.js';
import { TransitUsageJob } from './transit-usage.job.js';

/** The roof imports it where requests are served. */
@Module({ imports: [TransitModule, AuditModule], providers: [KeyRotationJob, TransitUsageJob] })
export class CryptoJobsModule {}
