import { Module } from '@nestjs/common';
import { AuthModule } from '../auth.module.js';
import { BlockedSourcesJob } from './blocked-sources.job.js';
import { CredentialSweepJob } from './credential-sweep.job.js';

@Module({ imports: [AuthModule], providers: [BlockedSourcesJob, CredentialSweepJob] })
export class AuthJobsModule {}
