import type { AccessScope } from '../oci/access-scope.js';

/**
 * Who acts. A principal is made anew for each request, from a verified credential and the security lookup that
 * started after the request arrived; nothing keeps one beyond the request or the job that it was made for.
 */

/** Token scopes: they only narrow what the principal's roles allow. Every permission declares exactly one. */
export const SCOPES = [
  'read:data',
  'run:simulation',
  'write:data',
  'manage:keys',
  'manage:registry',
  'read:audit',
  'manage:identity',
  'manage:policy',
] as const;
export type Scope = (typeof SCOPES)[number];

/** NIST SP 800-63B authenticator assurance level, by strength. */
export const ASSURANCE_LEVELS = ['aal1', 'aal2', 'aal3'] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];

export interface Principal {
  /** UUIDv7 of the user or service account; never reused. For `system`, the name of the component. */
  readonly id: string;
  readonly kind: 'user' | 'service' | 'system';
  /** UUIDv7 of the session that the credential belongs to; null for `system` and for a key. */
  readonly sessionId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  readonly assurance: AssuranceLevel;
  /** When the person or service last proved who it is, in seconds since 1970. */
  readonly authenticatedAtSeconds: number;
  /** The token's `prj`: when set, every other project is as if it did not exist. */
  readonly projectId: string | null;
  /** A one-time password was used: only the account's own routes are open. */
  readonly mustChangePassword: boolean;
  /** A person whose account a password alone opens. */
  readonly withoutSecondFactor?: true;
  /** Of an account for emergencies, while it is open: which one. Every entry of it says so. */
  readonly breakGlassId?: string;
  /** The key that a program of theirs brought instead of a session: it opens nothing that makes another credential. Every entry names it. */
  readonly apiKeyId?: string;
  /** Of a token of the container registry: all that it is for there. When set, every other repository is closed, whatever they may. */
  readonly repositoryAccess?: readonly AccessScope[];
  /** This is the session that opened it, the only one that may do what it was opened for. */
  readonly holdsBreakGlass?: true;
  /** The policy version that the security lookup saw: the key of the ability cache. */
  readonly policyVersion: number;
  /** The version of all transit keys that the same lookup saw: what is cached of a key since is not older than it. */
  readonly transitVersion: number;
}

/** Background work that no person asked for directly: it has no roles, and engines decide by its kind. */
export function systemPrincipal(component: string): Principal {
  return Object.freeze({
    id: component,
    kind: 'system',
    sessionId: null,
    scopes: new Set<Scope>(),
    assurance: 'aal1',
    authenticatedAtSeconds: 0,
    projectId: null,
    mustChangePassword: false,
    policyVersion: 0,
    transitVersion: 0,
  });
}

export function isAtLeast(actual: AssuranceLevel, demanded: AssuranceLevel): boolean {
  return ASSURANCE_LEVELS.indexOf(actual) >= ASSURANCE_LEVELS.indexOf(demanded);
}
