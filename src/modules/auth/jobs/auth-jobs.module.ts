import { Module } from '@nestjs/common';
import { AuthModule } from '../auth.module.js';
import { CredentialSweepJob } from './credential-sweep.job.js';

@Module({ imports: [AuthModule], providers: [CredentialSweepJob] })
export class AuthJobsModule {}
