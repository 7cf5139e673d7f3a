import { canonicalJson } from '#pure/canonical-json/canonical-json.js';
import type { RoleContent } from './role.js';
import type { Rule } from './rule.js';

/** What became of a role between two of its versions. A member that did not change is null. */
export interface RoleDiff {
  readonly name: Change<string> | null;
  readonly description: Change<string> | null;
  readonly rules: Members<Rule>;
  readonly parents: Members<string>;
}

export interface Change<T> {
  readonly from: T;
  readonly to: T;
}

export interface Members<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/** Rules by what they say, in whatever order: their order means nothing. */
export function roleDiff(from: RoleContent, to: RoleContent): RoleDiff {
  return {
    name: change(from.name, to.name),
    description: change(from.description, to.description),
    rules: members(from.rules, to.rules, (rule) => canonicalJson(rule)),
    parents: members(from.parents, to.parents, (id) => id),
  };
}

function change<T>(from: T, to: T): Change<T> | null {
  return from === to ? null : { from, to };
}

function members<T>(from: readonly T[], to: readonly T[], keyOf: (member: T) => string): Members<T> {
  const missingIn = (others: readonly T[]): ((member: T) => boolean) => {
    const keys = new Set(others.map(keyOf));
    return (member) => !keys.has(keyOf(member));
  };
  return { added: to.filter(missingIn(from)), removed: from.filter(missingIn(to)) };
}
