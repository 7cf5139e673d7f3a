import { isSlug } from './project.js';
import type { Rule } from './rule.js';

/** What a role says itself; what it inherits is in its parents. */
export interface RoleContent {
  /** Unique, and never written like an id: a reference to a role is one or the other. */
  readonly name: string;
  readonly description: string;
  readonly rules: readonly Rule[];
  /** Ids of the roles whose rules it has too, sorted. */
  readonly parents: readonly string[];
}

export interface Role extends RoleContent {
  /** A builtin role's name, or a UUIDv7. */
  readonly id: string;
  readonly builtin: boolean;
  /** Bound globally and without an end, or not at all, and inherited by none. */
  readonly unlimited: boolean;
  /** 1 when it is made, and one more with every change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a role said from its change on until the next. */
export interface RoleVersion extends RoleContent {
  readonly version: number;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** A role may inherit over so many steps: more is more than anybody sees through. */
export const INHERITANCE_STEPS_MAX = 5;
export const PARENTS_MAX = 16;
export const RULES_MAX = 100;
/** Of all rules of a role, as JSON. A hundred of them with long conditions fit. */
export const RULES_BYTES_MAX = 32_768;
/** Of an installation: whoever changes a role has all of them read, under the lock on the policy's version. */
export const ROLES_MAX = 500;

export const isRoleName = isSlug;
