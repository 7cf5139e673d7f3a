import { auditEvents } from '#pure/audit-event/audit-event.js';

export const HEALTH_EVENTS = auditEvents({
  'server.secret.rotate': { classUid: 6002, activityId: 99, severityId: 2, description: 'A secret of the configuration was exchanged beneath the running server, which works with the new one; setting says which, never what it is.' },
  // Appended and rolled back: it is never in the ledger. Were it committed, one entry a second and replica would be.
  'health.probe': { classUid: 6003, activityId: 99, description: 'The readiness tick tried whether an entry could be appended; always rolled back.' },
});
