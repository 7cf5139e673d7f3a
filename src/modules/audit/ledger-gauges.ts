import { Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { ALERT_SEVERITIES, AUDIT_METRICS } from './domain/audit.metrics.js';
import { StandingRepository } from './persistence/standing.repository.js';

const OBSERVER = systemPrincipal('ledger-gauges');

/**
 * Sets the gauges of the ledger from what is stored. A tick of role `ledger` asks, never a scrape: who scrapes often
 * must not be able to load the database. Every replica shows the same figures; rules take the highest.
 */
@Injectable()
export class LedgerGauges {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly standing: StandingRepository,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  async refresh(): Promise<void> {
    const { treeSize, checkpoint, pending, detectionLagSeconds, outbox, openAlerts } = await this.units.run(OBSERVER, (tx) => this.standing.read(tx));
    const oldestMillis = pending.oldestId === null ? null : millisOf(pending.oldestId);
    this.metrics.set(AUDIT_METRICS.audit_tree_size, treeSize);
    this.metrics.set(AUDIT_METRICS.audit_pending_entries, pending.entries);
    this.metrics.set(AUDIT_METRICS.audit_oldest_pending_seconds, oldestMillis === null ? 0 : Math.max(0, (this.clock.nowMillis() - oldestMillis) / 1000));
    if (checkpoint !== null) {
      this.metrics.set(AUDIT_METRICS.audit_checkpoint_size, checkpoint.size);
      this.metrics.set(AUDIT_METRICS.audit_checkpoint_timestamp_seconds, checkpoint.publishedSeconds);
    }
    this.metrics.set(AUDIT_METRICS.rule_evaluation_lag_seconds, detectionLagSeconds);
    this.metrics.set(AUDIT_METRICS.outbox_pending_deliveries, outbox.pending);
    this.metrics.set(AUDIT_METRICS.outbox_overdue_seconds, outbox.overdueSeconds);
    for (const severity of ALERT_SEVERITIES) this.metrics.set(AUDIT_METRICS.alerts_open, openAlerts.get(severity) ?? 0, { severity });
  }
}

/** An entry's id is a UUIDv7: its first 48 bits are the milliseconds in which it was appended. */
function millisOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
