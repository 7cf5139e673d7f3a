import { faultKinds } from '#pure/fault/fault.js';

export const AUDIT_FAULTS = faultKinds({
  'log-unpublished': { status: 404, title: 'The log has published no checkpoint yet.' },
  'search-too-wide': { status: 422, title: 'The search took too long: narrow it, by time for instance.' },
});
