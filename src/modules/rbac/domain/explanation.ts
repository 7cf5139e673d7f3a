import type { AssuranceLevel, Scope } from '#pure/principal/principal.js';
import type { Rule } from './rule.js';

/** A rule, and by what it is held: enough to find it and to change it. */
export interface NamedRule {
  readonly bindingId: string;
  /** The bound role, and the one that says it: itself, or one that it inherits from. */
  readonly roleId: string;
  readonly definedIn: string;
  /** Its place among the rules of the role that says it, from 0. */
  readonly index: number;
  /** Where the binding reaches; null: everywhere. */
  readonly projectId: string | null;
  readonly expiresAtMillis: number | null;
  readonly rule: Rule;
}

/** What settled it, in the order in which it is asked. */
export const DECIDERS = [
  'account-disabled',
  'token-scope',
  'allow-rule',
  'everyone',
  'deny-rule',
  'no-rule',
  'owner-denies',
  'owner-lacks',
  'token-project',
  'project-unseen',
  'assurance',
  'project-archived',
] as const;
export type Decider = (typeof DECIDERS)[number];

export interface Explanation {
  readonly allowed: boolean;
  /** The fault that a request would be answered with; null when it is allowed. */
  readonly code: string | null;
  readonly decidedBy: Decider;
  /** The rule of the subject's own that decided, or that allowed what something else then refused. */
  readonly rule: NamedRule | null;
  /** That of the person who answers for the subject, when it is a service account. */
  readonly ownersRule: NamedRule | null;
  /** What would let it be: nothing when it is allowed, or when no change of a role or credential would. */
  readonly needed: {
    readonly scope: Scope | null;
    readonly assurance: AssuranceLevel | null;
    /** Ids of roles of which each alone would allow it there. */
    readonly roles: readonly string[];
  };
}
