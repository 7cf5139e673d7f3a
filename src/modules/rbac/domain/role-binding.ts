import type { Rule } from './rule.js';

/** A role given to a subject, everywhere or in one project, for ever or until an instant. */
export interface RoleBinding {
  readonly id: string;
  readonly subjectId: string;
  readonly roleId: string;
  /** Null: global. */
  readonly projectId: string | null;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  /** The principal who bound it; for the first owner, the name of the component. */
  readonly createdBy: string;
}

/**
 * A binding with what its role says, or one that it inherits from: all of them together are all that a decision about
 * their subject needs.
 */
export interface HeldRole {
  readonly bindingId: string;
  readonly roleId: string;
  readonly projectId: string | null;
  /** Milliseconds since 1970; null when it does not expire. */
  readonly expiresAtMillis: number | null;
  /** The role whose own rules these are: the bound one, or one that it inherits from. */
  readonly definedIn: string;
  readonly rules: readonly Rule[];
}

/** A binding ends at its instant, not after it. */
export function isLive(held: Pick<HeldRole, 'expiresAtMillis'>, nowMillis: number): boolean {
  return held.expiresAtMillis === null || nowMillis < held.expiresAtMillis;
}

/** As the API writes it: `global` or `project:<id>`. */
export function formatScope(projectId: string | null): string {
  return projectId === null ? 'global' : `project:${projectId}`;
}
