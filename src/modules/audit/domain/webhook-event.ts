import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUDIT_EVENTS } from './audit.events.js';
import type { Webhook } from './webhook.js';

/** The entry about a deed on a webhook. Never its URL: the part after the host is often a secret of the receiver. */
export function webhookEvent(
  code: Extract<keyof typeof AUDIT_EVENTS, `webhook.${string}`>,
  actor: Principal,
  { id, projectId }: Pick<Webhook, 'id' | 'projectId'>,
  facts: NonNullable<AuditEvent['facts']>,
): AuditEvent {
  return {
    kind: AUDIT_EVENTS[code],
    outcome: 'success',
    actor,
    ...(projectId === null ? {} : { projectId }),
    targets: [{ type: 'webhook', uid: id }],
    facts,
  };
}
