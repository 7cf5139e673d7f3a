import { Module } from '@nestjs/common';
import { AuthModule } from '../auth.module.js';
import { ApiKeyUsesJob } from './api-key-uses.job.js';
import { BlockedSourcesJob } from './blocked-sources.job.js';
import { CredentialSweepJob } from './credential-sweep.job.js';

@Module({ imports: [AuthModule], providers: [ApiKeyUsesJob, BlockedSourcesJob, CredentialSweepJob] })
export class AuthJobsModule {}
