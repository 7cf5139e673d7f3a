import { Module } from '@nestjs/common';
import { HealthModule } from '../health.module.js';
import { ReadinessTick } from './readiness-tick.job.js';

@Module({ imports: [HealthModule], providers: [ReadinessTick] })
export class HealthJobsModule {}
