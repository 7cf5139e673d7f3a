import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module.js';
import { DenialsJob } from './denials.job.js';

/** The roof imports it where the role `api` is: only there requests are denied. */
@Module({ imports: [AuditModule], providers: [DenialsJob] })
export class DenialJobsModule {}
