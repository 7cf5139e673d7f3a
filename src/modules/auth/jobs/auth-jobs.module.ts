import { Module } from '@nestjs/common';
import { AuthModule } from '../auth.module.js';
import { ApiKeyUsesJob } from './api-key-uses.job.js';
import { BlockedSourcesJob } from './blocked-sources.job.js';
import { CredentialSweepJob } from './credential-sweep.job.js';
import { ResetLinksJob } from './reset-links.job.js';

@Module({ imports: [AuthModule], providers: [ApiKeyUsesJob, BlockedSourcesJob, CredentialSweepJob, ResetLinksJob] })
export class AuthJobsModule {}
