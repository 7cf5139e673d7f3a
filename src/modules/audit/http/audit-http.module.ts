import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { EntriesController } from './entries.controller.js';
import { LogController } from './log.controller.js';

@Module({ imports: [AuditModule, RbacModule], controllers: [LogController, EntriesController] })
export class AuditHttpModule {}
