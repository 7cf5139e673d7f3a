import { Module } from '@nestjs/common';
import { TransitModule } from '../transit/transit.module.js';
import { TransitUsageJob } from './transit-usage.job.js';

/** The roof imports it where requests are served. */
@Module({ imports: [TransitModule], providers: [TransitUsageJob] })
export class TransitUsageJobsModule {}
