import { AUDITOR, OWNER } from './builtin-roles.js';
import { isWriting, type Rule } from './rule.js';

/** Two roles that nobody may hold together, in whatever scopes. */
export interface Separation {
  readonly id: string;
  /** Ids, sorted. */
  readonly roles: readonly [string, string];
  readonly reason: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** What a role is to its holder: the roles whose rules it has, itself among them, and those rules. */
export interface EffectiveRole {
  readonly id: string;
  readonly lineage: readonly string[];
  readonly rules: readonly Rule[];
}

/** Nobody may hold a role of one side together with one of the other, nor one that is of both. */
export interface Pair {
  readonly first: (role: EffectiveRole) => boolean;
  readonly second: (role: EffectiveRole) => boolean;
}

const inherits = (id: string) => (role: EffectiveRole) => role.lineage.includes(id);

/** The same in every installation. */
export const BUILTIN_PAIRS: readonly Pair[] = [
  // Who reads the record of what was done must not be able to do it.
  { first: inherits(AUDITOR), second: ({ rules }) => isWriting(rules) },
  // A deny overrides: whoever could give one to an owner could leave the installation with nobody who may do everything.
  { first: inherits(OWNER), second: ({ rules }) => rules.some(({ effect }) => effect === 'deny') },
];

export function pairsOf(separations: readonly Separation[]): readonly Pair[] {
  return [...BUILTIN_PAIRS, ...separations.map(({ roles: [first, second] }) => ({ first: inherits(first), second: inherits(second) }))];
}

/** Whether one subject that holds all of these holds both sides of a pair. */
export function isConflict(pairs: readonly Pair[], held: readonly EffectiveRole[]): boolean {
  return pairs.some(({ first, second }) => held.some(first) && held.some(second));
}

export const SEPARATIONS_MAX = 100;
