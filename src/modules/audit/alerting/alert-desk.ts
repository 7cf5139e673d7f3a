import { Injectable } from '@nestjs/common';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { type Alert, type AlertDeed, type AlertTransition, isTold, moved, SUPPRESSION_MILLIS_MAX } from '../domain/alert.js';
import { alertEvent } from '../domain/alert-event.js';
import { type AlertFilter, AlertRepository } from '../persistence/alert.repository.js';
import { AlertNotices } from './alert-notices.js';

export interface AlertMove {
  readonly deed: AlertDeed;
  /** Why, for those who read the ledger: it is stored there alone, encrypted as the actor's. */
  readonly note?: string;
  /** Of `suppress`: until when. */
  readonly until?: Date;
  readonly expected: ExpectedVersion;
}

/** What people do with alerts. Alerts are of the whole server: who asks is decided at the door. */
@Injectable()
export class AlertDesk {
  constructor(
    private readonly units: UnitOfWork,
    private readonly alerts: AlertRepository,
    private readonly notices: AlertNotices,
    private readonly log: AuditLog,
    private readonly clock: Clock,
  ) {}

  list(principal: Principal, wanted: AlertFilter, filter: RowFilter, page: PageRequest): Promise<Page<Alert>> {
    return this.units.read(principal, (reading) => this.alerts.list(reading, wanted, filter, page));
  }

  /** Throws not-found. */
  async get(principal: Principal, id: string): Promise<{ readonly alert: Alert; readonly transitions: readonly AlertTransition[] }> {
    return this.units.read(principal, async (reading) => {
      const alert = await this.alerts.find(reading, id);
      if (alert === null) throw new Fault(REQUEST_FAULTS['not-found']);
      return { alert, transitions: await this.alerts.transitions(reading, id) };
    });
  }

  /** Throws not-found, precondition-failed, conflict where the alert's state does not allow it, invalid-request for `until`. */
  async move(principal: Principal, id: string, { deed, note, until, expected }: AlertMove): Promise<Alert> {
    const at = this.clock.now();
    if (until !== undefined) requireSensible(until, at);
    return this.units.run(principal, async (tx) => {
      const alert = await this.alerts.lock(tx, id);
      if (alert === null) throw new Fault(REQUEST_FAULTS['not-found']);
      requireVersion(alert, expected);
      const change = moved(alert, deed, at, until);
      if (change === null) throw new Fault(REQUEST_FAULTS.conflict, { detail: `The alert is ${alert.status}.` });
      const after = await this.alerts.move(tx, id, change);
      const entryId = await this.log.append(tx, alertEvent(after, deed, principal, { ...(note === undefined ? {} : { note }), ...(until === undefined ? {} : { until }) }));
      const number = await this.alerts.addTransition(tx, id, { at, actor: principal.id, deed, entryId });
      if (isTold(deed, after, 'person', at.getTime())) await this.notices.tell(tx, id, number);
      return after;
    });
  }
}

function requireSensible(until: Date, now: Date): void {
  const wait = until.getTime() - now.getTime();
  if (wait <= 0) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/until', 'past', 'An instant in the future.');
  if (wait > SUPPRESSION_MILLIS_MAX) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/until', 'out-of-range', 'An instant within 90 days.');
}
