import { auditEvents } from '#pure/audit-event/audit-event.js';

const API_ACTIVITY = 6003;
const CREATE = 1;

/** What happens to keys. This engine knows no ledger: who unseals it says how these are recorded. */
export const CRYPTO_EVENTS = auditEvents({
  'crypto.root-key.bind': { classUid: API_ACTIVITY, activityId: CREATE, severityId: 2, description: 'The database was bound to its root key.' },
  'crypto.key.create': { classUid: API_ACTIVITY, activityId: CREATE, severityId: 2, description: 'The first version of a signing key was made.' },
});
