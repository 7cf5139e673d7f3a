import { Module } from '@nestjs/common';
import { RbacModule } from '#modules/rbac/index.js';
import { AuditModule } from '../audit.module.js';
import { EntriesController } from './entries.controller.js';
import { LogController } from './log.controller.js';
import { VerificationsController } from './verifications.controller.js';

@Module({ imports: [AuditModule, RbacModule], controllers: [LogController, EntriesController, VerificationsController] })
export class AuditHttpModule {}
