import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Outbox, type OutboxOrder, type SinkName } from '#platform/outbox/outbox.js';

/** Whom the operator wants to be told of alerts. The same settings belong to every process that moves alerts: api and ledger. */
function configuredSinks({ alerting }: Pick<Config, 'alerting'>): readonly SinkName[] {
  const configured: readonly [SinkName, unknown][] = [
    ['email', (alerting.email?.to.length ?? 0) === 0 ? null : alerting.email],
    ['syslog', alerting.syslogUrl],
    ['alertmanager', alerting.alertmanagerUrl],
  ];
  return configured.filter(([, settings]) => settings !== null).map(([sink]) => sink);
}

/** Has the configured receivers told of a step in an alert's life. */
@Injectable()
export class AlertNotices {
  private readonly sinks: readonly SinkName[];

  constructor(
    private readonly outbox: Outbox,
    config: Config,
  ) {
    this.sinks = configuredSinks(config);
  }

  async tell(tx: Tx, alertId: string, transition: number): Promise<void> {
    const orders = this.sinks.map((sink): OutboxOrder => ({ sink, destination: sink, subject: { alertId, transition } }));
    await this.outbox.enqueue(tx, ...orders);
  }
}
