import { faultKinds } from '#pure/fault/fault.js';

export const RBAC_FAULTS = faultKinds({
  // RFC 9470 §3: the session must be proven more strongly, whatever the roles say.
  'insufficient-assurance': { status: 401, title: 'This needs a stronger login.' },
  // Where it is demanded of who administers: nothing but the own account is open until there is one.
  'mfa-enrolment-required': { status: 403, title: 'Whoever administers needs a second factor: add one first, at /passkeys or with POST /v1/auth/mfa/totp.' },
  'grant-exceeds-own': { status: 403, title: 'Nobody can grant what they do not have.' },
  'holds-role': { status: 403, title: 'Nobody can change a role that they have.' },
  'self-binding': { status: 403, title: 'Nobody can bind a role to themselves.' },
  'last-owner': { status: 409, title: 'The last owner cannot be removed, nor the last but one where there are two.' },
  'separation-of-duties': { status: 409, title: 'Somebody would have two roles that must not be held together.' },
  'separation-exists': { status: 409, title: 'These roles must not be held together already.' },
  'separation-limit': { status: 409, title: 'There are as many separations as there may be.' },
  'already-bound': { status: 409, title: 'The subject has this role in this scope already.' },
  'builtin-role': { status: 409, title: 'A builtin role is the same in every installation, and never changed.' },
  'role-name-taken': { status: 409, title: 'There is a role with this name.' },
  'role-in-use': { status: 409, title: 'The role is bound, inherited from, or part of a separation of duties.' },
  'role-cycle': { status: 409, title: 'A role would inherit from itself.' },
  'role-limit': { status: 409, title: 'There are as many roles as there may be.' },
  'project-archived': { status: 409, title: 'The project is archived: what is in it can be read and taken away, and nothing new is made.' },
  'slug-taken': { status: 409, title: 'There is a project with this slug.' },
  'approver-not-independent': { status: 403, title: 'Whoever asked, and whoever depends on them, cannot decide this.' },
  'approver-lacks-permission': { status: 403, title: 'Only who may do this can decide about it.' },
  'approval-settled': { status: 409, title: 'This approval has been decided, or is over.' },
  'approvals-waiting': { status: 409, title: 'Too many of your requests wait for an approval: withdraw some.' },
  'holds-roles': { status: 409, title: 'An account for emergencies has no role besides.' },
  'already-enrolled': { status: 409, title: 'The account is sealed for emergencies already.' },
  'break-glass-unreviewed': { status: 409, title: 'Nobody has looked at the last emergency of this account yet.' },
  'break-glass-running': { status: 409, title: 'The emergency is not over.' },
  'break-glass-reviewed': { status: 409, title: 'Somebody has looked at this emergency already.' },
  'session-required': { status: 403, title: 'This takes a login: a key is not enough.' },
});
