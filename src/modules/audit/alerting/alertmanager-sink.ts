import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { OutboundClient } from '#platform/outbound/outbound-client.js';
import { type DeliveryOutcome, type OutboxMessage, OutboxSink } from '#platform/outbox/outbox-sink.js';
import { Clock } from '#platform/system/clock.js';
import { alertmanagerAlertOf } from '../domain/alert-messages.js';
import { ToldAlerts } from './told-alerts.js';
import { outcomeOf } from './webhook-sink.js';
import { trimEndOf } from '#pure/encoding/trim.js';

const TIMEOUT_MILLIS = 15_000;

/** Prometheus' Alertmanager, API v2. The operator has named it: it may be at any address. */
@Injectable()
export class AlertmanagerSink extends OutboxSink {
  override readonly name = 'alertmanager';

  constructor(
    private readonly config: Config,
    private readonly told: ToldAlerts,
    private readonly client: OutboundClient,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async deliver(message: OutboxMessage, signal: AbortSignal): Promise<DeliveryOutcome> {
    const base = this.config.alerting.alertmanagerUrl;
    if (base === null) return { kind: 'dropped', reason: 'not-configured' };
    const told = await this.told.of(message);
    if (told === null) return { kind: 'dropped', reason: 'no-alert' };
    const body = Buffer.from(JSON.stringify([alertmanagerAlertOf(told, this.clock.nowMillis())]), 'utf8');
    const url = new URL(`${trimEndOf(base, '/')}/api/v2/alerts`);
    const answer = await this.client.post({ url, headers: { 'Content-Type': 'application/json' }, body, timeoutMillis: TIMEOUT_MILLIS, signal }, null);
    return outcomeOf(answer, this.clock.nowMillis());
  }
}
