import { faultKinds } from '#pure/fault/fault.js';

export const AUDIT_FAULTS = faultKinds({
  'log-unpublished': { status: 404, title: 'The log has published no checkpoint yet.' },
  'search-too-wide': { status: 422, title: 'The search took too long: narrow it, by time for instance.' },
  'webhook-limit': { status: 409, title: 'There are as many webhooks as there may be: remove one first.' },
  'own-erasure': { status: 409, title: 'You cannot have your own data erased: somebody else must decide it.' },
  'erasure-held': { status: 409, title: 'The subject was active too recently for an erasure.' },
  'erasure-under-alert': { status: 409, title: 'The subject is part of an alert that is not resolved.' },
  'entry-pruned': { status: 410, title: 'The entry is past its retention: its bytes are gone, and its place in the log is still proven.' },
});
