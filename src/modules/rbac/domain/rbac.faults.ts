import { faultKinds } from '#pure/fault/fault.js';

export const RBAC_FAULTS = faultKinds({
  // RFC 9470 §3: the session must be proven more strongly, whatever the roles say.
  'insufficient-assurance': { status: 401, title: 'This needs a stronger login.' },
  'grant-exceeds-own': { status: 403, title: 'Nobody can grant what they do not have.' },
  'self-binding': { status: 403, title: 'Nobody can bind a role to themselves.' },
  'last-owner': { status: 409, title: 'The last owner cannot be removed.' },
  'separation-of-duties': { status: 409, title: 'The subject has a role that must not be held together with this one.' },
  'already-bound': { status: 409, title: 'The subject has this role in this scope already.' },
  'slug-taken': { status: 409, title: 'There is a project with this slug.' },
});
