import { Module } from '@nestjs/common';
import { RbacModule } from '#modules/rbac/index.js';
import { AuditModule } from '../audit.module.js';
import { TrialModule } from '../detection/trial.module.js';
import { SearchModule } from '../search/search.module.js';
import { AlertRulesController } from './alert-rules.controller.js';
import { BundlesController } from './bundles.controller.js';
import { EntriesController } from './entries.controller.js';
import { LogController } from './log.controller.js';
import { SearchController } from './search.controller.js';
import { VerificationsController } from './verifications.controller.js';

@Module({
  imports: [AuditModule, RbacModule, SearchModule, TrialModule],
  controllers: [LogController, BundlesController, SearchController, EntriesController, VerificationsController, AlertRulesController],
})
export class AuditHttpModule {}
