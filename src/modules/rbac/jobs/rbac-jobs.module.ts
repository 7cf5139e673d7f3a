import { Module } from '@nestjs/common';
import { RbacModule } from '../rbac.module.js';
import { ApprovalSweepJob } from './approval-sweep.job.js';

@Module({ imports: [RbacModule], providers: [ApprovalSweepJob] })
export class RbacJobsModule {}
