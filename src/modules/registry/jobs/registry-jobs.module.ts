import { Module } from '@nestjs/common';
import { RegistryModule } from '../registry.module.js';
import { GarbageCollectionJob } from './garbage-collection.job.js';
import { UploadSweepJob } from './upload-sweep.job.js';

@Module({ imports: [RegistryModule], providers: [UploadSweepJob, GarbageCollectionJob] })
export class RegistryJobsModule {}
