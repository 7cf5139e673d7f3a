import { auditEvents } from '#pure/audit-event/audit-event.js';

/** OCSF 6003 API Activity and 6002 Application Lifecycle; activity 99 is «other», named by the event's own code. */
export const AUDIT_EVENTS = auditEvents({
  'access.denied': { classUid: 6003, activityId: 99, severityId: 2, description: 'A request was refused for who made it or what it asked' },
  'audit.log.name': { classUid: 6002, activityId: 99, severityId: 2, description: 'The log was given its origin, under which it is signed from then on' },
  'audit.entry.read': { classUid: 6003, activityId: 2, description: 'An entry of the ledger was handed out with its receipt' },
  'audit.denials.lost': { classUid: 6002, activityId: 99, severityId: 4, description: 'Refusals went unrecorded while the ledger could not be written' },
});
