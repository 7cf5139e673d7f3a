import { auditEvents } from '#pure/audit-event/audit-event.js';

export const HEALTH_EVENTS = auditEvents({
  // Appended and rolled back: it is never in the ledger. Were it committed, one entry a second and replica would be.
  'health.probe': { classUid: 6003, activityId: 99, description: 'The readiness tick tried whether an entry could be appended; always rolled back.' },
});
