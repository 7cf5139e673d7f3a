import { auditEvents } from '#pure/audit-event/audit-event.js';

export const HEALTH_EVENTS = auditEvents({
  'server.boot.ready': { classUid: 6002, activityId: 3, description: 'A process has passed every stage of its start: which release it runs, what its surroundings keep from it, and the measurement of all stages.' },
  'server.integrity.violation': { classUid: 6002, activityId: 99, severityId: 5, description: 'A file of the running release is not the one that was signed: the process has ended.' },
  'server.secret.rotate': { classUid: 6002, activityId: 99, severityId: 2, description: 'A secret of the configuration was exchanged beneath the running server, which works with the new one; setting says which, never what it is.' },
  'server.backup.create': { classUid: 6002, activityId: 99, severityId: 2, description: 'A backup was made; the facts say its digest, and how far the ledger in it goes.' },
  'server.restore.complete': { classUid: 6002, activityId: 99, severityId: 4, description: 'This database was loaded from a backup; the facts say from which, how far its ledger goes, and what was ended or erased again.' },
  // Appended and rolled back: it is never in the ledger. Were it committed, one entry a second and replica would be.
  'health.probe': { classUid: 6003, activityId: 99, description: 'The readiness tick tried whether an entry could be appended; always rolled back.' },
});
