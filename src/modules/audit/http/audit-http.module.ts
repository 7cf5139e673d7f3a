import { Module } from '@nestjs/common';
import { AuthModule } from '#modules/auth/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { AlertingModule } from '../alerting/alerting.module.js';
import { AuditModule } from '../audit.module.js';
import { TrialModule } from '../detection/trial.module.js';
import { ErasureModule } from '../privacy/erasure.module.js';
import { PrivacyModule } from '../privacy/privacy.module.js';
import { SearchModule } from '../search/search.module.js';
import { AlertRulesController } from './alert-rules.controller.js';
import { AlertsController } from './alerts.controller.js';
import { BundlesController } from './bundles.controller.js';
import { EntriesController } from './entries.controller.js';
import { ErasureController } from './erasure.controller.js';
import { LogController } from './log.controller.js';
import { SearchController } from './search.controller.js';
import { VerificationsController } from './verifications.controller.js';
import { WebhookAccess } from './webhook-access.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [AlertingModule, AuditModule, AuthModule, ErasureModule, PrivacyModule, RbacModule, SearchModule, TrialModule],
  providers: [WebhookAccess],
  controllers: [
    LogController,
    BundlesController,
    SearchController,
    EntriesController,
    ErasureController,
    VerificationsController,
    AlertRulesController,
    AlertsController,
    WebhooksController,
  ],
})
export class AuditHttpModule {}
