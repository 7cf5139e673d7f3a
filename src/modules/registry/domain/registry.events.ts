import { auditEvents } from '#pure/audit-event/audit-event.js';

const API_ACTIVITY = 6003;
const CREATE = 1;

/** What the registry records. */
export const REGISTRY_EVENTS = auditEvents({
  'registry.upload.open': { classUid: API_ACTIVITY, activityId: CREATE, description: 'An upload was opened; nothing is visible by it.' },
  'registry.blob.push': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A blob became visible in a repository.' },
});
