import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Alert, AlertStep } from './alert.js';
import { AUDIT_EVENTS } from './audit.events.js';

/** Of the subjects and entries of an alert, so many go into its entries: those of a flood would not fit a body. */
const NAMED_MAX = 20;

/** The entry about a step. A note is the actor's personal data: it stands there as ciphertext and nowhere else. */
export function alertEvent(alert: Alert, deed: AlertStep, actor: Principal, { note, until }: { note?: string; until?: Date } = {}): AuditEvent {
  return {
    kind: AUDIT_EVENTS[`alert.${deed}`],
    outcome: 'success',
    actor,
    targets: [{ type: 'alert', uid: alert.id }, ...alert.subjects.slice(0, NAMED_MAX).map((uid) => ({ type: 'principal', uid }))],
    facts: {
      rule: alert.ruleId,
      title: alert.title,
      severity: alert.severity,
      count: alert.count,
      entries: alert.entryIds.slice(-NAMED_MAX),
      ...(until === undefined ? {} : { suppressedUntilMillis: until.getTime() }),
    },
    ...(note === undefined ? {} : { personal: { subject: actor.id, note } }),
  };
}
