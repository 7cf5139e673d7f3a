import { Module } from '@nestjs/common';
import { PulseModule } from '../detection/pulse.module.js';
import { RequestPulseJob } from './request-pulse.job.js';

/** The roof imports it where requests are served. */
@Module({ imports: [PulseModule], providers: [RequestPulseJob] })
export class RequestPulseJobsModule {}
