import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Randomness } from '#platform/system/randomness.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { type Alert, type AlertStep, isTold, REOPEN_WINDOW_MILLIS } from '../domain/alert.js';
import { alertEvent } from '../domain/alert-event.js';
import type { Finding } from '../domain/finding.js';
import { AlertRepository } from '../persistence/alert.repository.js';
import { AlertNotices } from './alert-notices.js';

const DETECTION = systemPrincipal('detection');

/**
 * Where findings become alerts: one that is not over, a rule and group. The alert, its entry in the ledger and the
 * orders to tell of it commit with what the caller does besides, so a reader of the log that moves its cursor in the
 * same transaction raises each alert once, however often it is killed.
 */
@Injectable()
export class Alerts {
  constructor(
    private readonly alerts: AlertRepository,
    private readonly notices: AlertNotices,
    private readonly log: AuditLog,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Raises an alert, opens the one that was resolved less than 24 hours before, or adds to the one that is not over;
   * of the last nothing is recorded and nobody is told. Of two replicas that raise the same at once, the second waits
   * for the first and adds to its alert.
   */
  async raise(tx: Tx, finding: Finding, atMillis: number): Promise<void> {
    const { id } = await this.standing(tx, finding, new Date(atMillis));
    await this.alerts.addSubjects(tx, id, finding);
  }

  /** The alert that now stands for a finding. */
  private async standing(tx: Tx, finding: Finding, at: Date): Promise<Alert> {
    const known = await this.alerts.repeat(tx, finding);
    if (known !== null) return known;
    const reopened = await this.alerts.reopen(tx, finding, new Date(at.getTime() - REOPEN_WINDOW_MILLIS));
    if (reopened !== null) return this.step(tx, reopened, 'reopen', DETECTION, at);
    const raised = await this.alerts.insert(tx, this.randomness.uuidv7(at.getTime()), finding, at);
    if (raised !== null) return this.step(tx, raised, 'raise', DETECTION, at);
    // Another transaction was first and has committed: its alert is there now.
    const other = await this.alerts.repeat(tx, finding);
    if (other === null) throw new Error('an alert was in the way and is gone');
    return other;
  }

  /** Records a step that a rule took, and has it told. Returns the alert. */
  private async step(tx: Tx, alert: Alert, deed: Extract<AlertStep, 'raise' | 'reopen'>, actor: Principal, at: Date): Promise<Alert> {
    const entryId = await this.log.append(tx, alertEvent(alert, deed, actor));
    const number = await this.alerts.addTransition(tx, alert.id, { at, actor: actor.id, deed, entryId });
    if (isTold(deed, alert, 'rule', at.getTime())) await this.notices.tell(tx, alert.id, number);
    return alert;
  }
}
