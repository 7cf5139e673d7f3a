import { auditEvents } from '#pure/audit-event/audit-event.js';

const API_ACTIVITY = 6003;
const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;
const OTHER = 99;

/** What the registry records. */
export const REGISTRY_EVENTS = auditEvents({
  'registry.upload.open': { classUid: API_ACTIVITY, activityId: CREATE, description: 'An upload was opened; nothing is visible by it.' },
  'registry.blob.push': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A blob became visible in a repository.' },
  'registry.upload.cancel': { classUid: API_ACTIVITY, activityId: DELETE, description: 'An upload was given up by who had opened it.' },
  'registry.blob.mount': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A blob of another repository became visible in this one.' },
  'registry.blob.delete': { classUid: API_ACTIVITY, activityId: DELETE, description: 'A blob is no longer visible in a repository.' },
  'registry.manifest.push': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A manifest was pushed, with the tags that point to it since.' },
  'registry.manifest.pull': { classUid: API_ACTIVITY, activityId: READ, description: 'A manifest was pulled: one entry for each subject, digest and minute.' },
  'registry.manifest.delete': { classUid: API_ACTIVITY, activityId: DELETE, description: 'A manifest was deleted, with the tags that pointed to it.' },
  'registry.tag.move': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'A tag points to another manifest.' },
  'registry.tag.delete': { classUid: API_ACTIVITY, activityId: DELETE, description: 'A tag was deleted; the manifest stays.' },
  'registry.tag.remove': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'A tag went with the manifest that it pointed to: one entry for each tag.' },
  'registry.tag.accept': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'Tags that stood elsewhere than the ledger said were accepted as they stand, and why.' },
  'registry.tags.checkpoint': { classUid: API_ACTIVITY, activityId: OTHER, description: 'The root over all tags, as the ledger says that they stand: signed, and compared with their rows.' },
  'registry.tags.mismatch': { classUid: API_ACTIVITY, activityId: OTHER, severityId: 5, description: 'Tags stand elsewhere than the ledger says: their rows were changed past the server, or came from a backup.' },
  'registry.gc.run': { classUid: API_ACTIVITY, activityId: OTHER, description: 'What nothing uses was collected, or it was looked what that would be.' },
  'registry.gc.hide': { classUid: API_ACTIVITY, activityId: DELETE, description: 'Blobs that no manifest names are no longer visible in their repositories.' },
  'registry.gc.remove': { classUid: API_ACTIVITY, activityId: DELETE, description: 'Blobs that no repository shows were removed.' },
  'registry.retention.run': { classUid: API_ACTIVITY, activityId: OTHER, description: 'What a project’s rules of retention let go was deleted, or it was looked what that would be.' },
  'registry.scrub.orphans': { classUid: API_ACTIVITY, activityId: DELETE, description: 'Stored files that no blob has known for a day were removed.' },
  'registry.scrub.request': { classUid: API_ACTIVITY, activityId: OTHER, description: 'Somebody had stored content read over, of everything, a repository or an image.' },
  'registry.upload.expire': { classUid: API_ACTIVITY, activityId: DELETE, description: 'Uploads that nobody ended within a day were forgotten, or files that such had left were removed.' },
  'registry.digest.mismatch': { classUid: API_ACTIVITY, activityId: OTHER, description: 'Stored content is not what its digest says: it is no longer served.' },
  'registry.digest.recover': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'Stored content that was found damaged is what its digest says again: it is served.' },
  'registry.manifest.transition': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'Somebody released, deprecated or revoked a manifest, and why.' },
  'registry.manifest.evaluate': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'A manifest was held against its project’s policy: what was found, and the state that follows.' },
  'registry.policy.update': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'What a project demands of its images was changed.' },
  'registry.trusted-key.add': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A project believes signatures of a key or an authority from then on.' },
  'registry.trusted-key.remove': { classUid: API_ACTIVITY, activityId: DELETE, description: 'A project no longer believes a key or an authority.' },
});
