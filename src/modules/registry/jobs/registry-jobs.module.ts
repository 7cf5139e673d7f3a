import { Module } from '@nestjs/common';
import { RegistryModule } from '../registry.module.js';
import { UploadSweepJob } from './upload-sweep.job.js';

@Module({ imports: [RegistryModule], providers: [UploadSweepJob] })
export class RegistryJobsModule {}
