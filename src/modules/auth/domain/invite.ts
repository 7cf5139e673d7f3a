import type { AssuranceLevel, Principal, Scope } from '#pure/principal/principal.js';

/** A role that an account will have. */
export interface PromisedRole {
  readonly roleId: string;
  /** Null: global. */
  readonly projectId: string | null;
  readonly expiresAt: Date | null;
}

/** An account that somebody was asked to make, as others may see it: never the link. */
export interface Invite {
  readonly id: string;
  /** What the account will be called. */
  readonly username: string;
  readonly displayName: string | null;
  /** Where the link went, and where links to the account will go. */
  readonly email: string | null;
  readonly roles: readonly PromisedRole[];
  readonly invitedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** What the one who invited had by the token of that request: nothing else bounds what the invitation gives. */
export interface InviterTerms {
  readonly scopes: readonly Scope[];
  readonly assurance: AssuranceLevel;
  readonly projectId: string | null;
}

export const INVITES_MAX = 1000;
export const INVITE_ROLES_MAX = 10;
export const INVITE_LIFETIME_HOURS = 72;
export const INVITE_LIFETIME_HOURS_MAX = 14 * 24;

/** Who invited, at the acceptance: what their roles are by then is looked up; their token had no more than this. */
export function inviterOf(invite: Invite, terms: InviterTerms, kind: 'user' | 'service'): Principal {
  return Object.freeze({
    id: invite.invitedBy,
    kind,
    sessionId: null,
    scopes: new Set(terms.scopes),
    assurance: terms.assurance,
    authenticatedAtSeconds: Math.floor(invite.createdAt.getTime() / 1000),
    projectId: terms.projectId,
    mustChangePassword: false,
    policyVersion: 0,
    transitVersion: 0,
  });
}
