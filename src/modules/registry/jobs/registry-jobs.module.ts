import { Module } from '@nestjs/common';
import { RegistryModule } from '../registry.module.js';
import { EvaluationJob } from './evaluation.job.js';
import { GarbageCollectionJob } from './garbage-collection.job.js';
import { RetentionJob } from './retention.job.js';
import { ScrubJob } from './scrub.job.js';
import { TagCheckpointJob } from './tag-checkpoint.job.js';
import { UploadSweepJob } from './upload-sweep.job.js';

@Module({ imports: [RegistryModule], providers: [EvaluationJob, UploadSweepJob, GarbageCollectionJob, RetentionJob, ScrubJob, TagCheckpointJob] })
export class RegistryJobsModule {}
