import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '../crypto.module.js';
import { SigningKeyScheduleJob } from './signing-key-schedule.job.js';

/** The roof imports it where keys are held: roles `api` and `ledger`. */
@Module({ imports: [CryptoModule, AuditModule], providers: [SigningKeyScheduleJob] })
export class SigningKeyJobsModule {}
