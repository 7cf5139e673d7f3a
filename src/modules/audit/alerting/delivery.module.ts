import { Logger, Module } from '@nestjs/common';
import { CryptoModule } from '#modules/crypto/index.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { OutboundModule } from '#platform/outbound/outbound.module.js';
import { OutboxDelivery } from '#platform/outbox/outbox-delivery.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import type { OutboxSink } from '#platform/outbox/outbox-sink.js';
import { Clock } from '#platform/system/clock.js';
import { Tracing } from '#platform/tracing/tracing.js';
import { Randomness } from '#platform/system/randomness.js';
import { AlertmanagerSink } from './alertmanager-sink.js';
import { EmailSink } from './email-sink.js';
import { SyslogSink } from './syslog-sink.js';
import { ToldAlerts } from './told-alerts.js';
import { WebhookDestinations } from './webhook-destinations.js';
import { WebhookFanOut } from './webhook-fan-out.js';
import { WebhookSink } from './webhook-sink.js';
import { AuditModule } from '../audit.module.js';
import { AUDIT_METRICS } from '../domain/audit.metrics.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';

/** Every way out of the outbox. */
const SINKS = [WebhookSink, EmailSink, SyslogSink, AlertmanagerSink];

/** Brings out what the outbox holds: only in processes with the role `ledger`. The door gives it `ReaderStanding`. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, CryptoModule, OutboundModule],
  providers: [
    ...SINKS,
    ToldAlerts,
    WebhookDestinations,
    WebhookFanOut,
    {
      provide: OutboxDelivery,
      inject: [SequencerUnitOfWork, OutboxRows, Clock, Randomness, Metrics, Tracing, ...SINKS],
      useFactory: (units: SequencerUnitOfWork, rows: OutboxRows, clock: Clock, randomness: Randomness, metrics: Metrics, tracing: Tracing, ...sinks: OutboxSink[]) => {
        const logger = new Logger('outbox');
        return new OutboxDelivery(units, rows, sinks, clock, randomness, {
          ended: (outcome) => metrics.increment(AUDIT_METRICS.alert_deliveries_total, { outcome }),
          traced: (attempt) => tracing.job('delivery', attempt),
          failed: (error) => logger.error('a delivery could not be made or noted; it is tried again', { error }),
        });
      },
    },
  ],
  exports: [OutboxDelivery, WebhookFanOut],
})
export class DeliveryModule {}
