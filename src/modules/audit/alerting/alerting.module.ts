import { Module } from '@nestjs/common';
import { CryptoModule } from '#modules/crypto/index.js';
import { OutboundModule } from '#platform/outbound/outbound.module.js';
import { AlertDesk } from './alert-desk.js';
import { WebhookDestinations } from './webhook-destinations.js';
import { Webhooks } from './webhooks.js';
import { AuditModule } from '../audit.module.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';

/** What people do with alerts and webhooks: as the application's login. The roof gives it `EventCatalogue`. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, CryptoModule, OutboundModule],
  providers: [AlertDesk, WebhookDestinations, Webhooks],
  exports: [AlertDesk, Webhooks],
})
export class AlertingModule {}
