import { canonicalJson, canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import type { Permission } from '#pure/capability/permission.js';
import { digestOf } from '#pure/digest/digest.js';
import { ASSURANCE_LEVELS, isAtLeast, type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import type { HeldRole } from './domain/role-binding.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { ANY, covers, partsOf, type Rule, ruleMatches } from './domain/rule.js';
import { type Decision, insufficientAssurance, insufficientScope } from './policy-decision.js';

/** What would become effective: these rules, there, until then. */
export interface Grant {
  readonly rules: readonly Rule[];
  readonly projectId: string | null;
  readonly expiresAtMillis: number | null;
}

/**
 * Nobody can grant what they do not have: every permission that the grant could give, at its scope and for as long as
 * it lasts, must be one that the grantor has by this very credential. Roles that end earlier do not count, or a role
 * for an hour could be turned into one for ever through another subject; a deny counts wherever the grant would reach.
 *
 * `live` are the grantor's roles in force, read in the transaction that grants, under the lock on the policy version:
 * what is decided is still true when it commits.
 */
export function mayGrant(grantor: Principal, live: readonly HeldRole[], grant: Grant, catalogue: readonly Permission[]): Decision {
  const { rules, projectId, expiresAtMillis } = grant;
  const outlives = (held: HeldRole): boolean => held.expiresAtMillis === null || (expiresAtMillis !== null && held.expiresAtMillis >= expiresAtMillis);
  const allows = live.filter((held) => (held.projectId === null || held.projectId === projectId) && outlives(held));
  // A global grant reaches every project, so a deny in any of them takes from what the grantor has.
  const denies = live.filter((held) => projectId === null || held.projectId === null || held.projectId === projectId);
  const effective = [
    ...allows.flatMap((held) => held.rules).filter((rule) => rule.effect === 'allow'),
    ...denies.flatMap((held) => held.rules).filter((rule) => rule.effect === 'deny'),
  ];
  const narrowed = grantor.projectId !== null && grantor.projectId !== projectId;
  if (narrowed || !covers(effective, rules)) return { allowed: false, fault: RBAC_FAULTS['grant-exceeds-own'], context: {} };

  const missing = scopesOf(rules, catalogue).filter((scope) => !grantor.scopes.has(scope));
  if (missing.length > 0) return insufficientScope(missing);
  // Of `*` no more than a login is asked: the only owner must be able to make a second one before there is any stronger
  // login, and whoever uses such a permission is asked for it then.
  const named = rules.filter((rule) => rule.resource !== ANY);
  const demanded = ASSURANCE_LEVELS.findLast((level) => catalogue.some((permission) => permission.assurance === level && granted(named, permission)));
  return demanded === undefined || isAtLeast(grantor.assurance, demanded) ? { allowed: true } : insufficientAssurance(demanded);
}

/**
 * What a role gives that it did not give before, as the rules that who changes it must have: the allows that no allow
 * of before covers, and whatever a deny of before took and none takes any more. A deny is kept by one that takes as
 * much; under another condition it is not the same one, since a deny under a condition also takes what does not say
 * whether it meets it. Of who holds the role, by whatever heir, nothing more can grow than this.
 */
export function gainsOf(before: readonly Rule[], after: readonly Rule[]): readonly Rule[] {
  const [allowed, denied] = [before.filter(isAllow), after.filter((rule) => !isAllow(rule))];
  // What stays as it was is no gain, though a condition about its holder covers not even itself: they are the same holders.
  const kept = new Set(allowed.flatMap(byVerb).map(canonicalJson));
  const allows = after.filter(isAllow).flatMap(byVerb).filter((rule) => !kept.has(canonicalJson(rule)) && !covers(allowed, [rule]));
  const lifted = before.filter((rule) => !isAllow(rule)).flatMap(byVerb).filter((rule) => !denied.some((deny) => takesAsMuch(deny, rule)));
  return [...allows, ...lifted.map(({ resource, verbs }) => ({ effect: 'allow' as const, resource, verbs }))];
}

const isAllow = ({ effect }: Rule): boolean => effect === 'allow';
const byVerb = (rule: Rule): Rule[] => rule.verbs.map((verb) => ({ ...rule, verbs: [verb] }));

/**
 * Short enough for a sentence: an approval of a role must not fit when a parent of it says something else since, which
 * moves no version of its own.
 */
export function fingerprintOf(rules: readonly Rule[]): string {
  return digestOf(canonicalJsonBytes(rules)).slice(0, 'sha256:'.length + 12);
}

/** `rule` has one verb; where that is `*`, only `*` takes as much. Of some fields alone, a deny takes less than of all. */
function takesAsMuch(deny: Rule, { resource, verbs, fields, where }: Rule): boolean {
  const sameObjects = deny.where === undefined || (where !== undefined && canonicalJson(deny.where) === canonicalJson(where));
  const sameFields = deny.fields === undefined || (fields !== undefined && fields.every((field) => deny.fields!.includes(field)));
  return sameObjects && sameFields && ruleMatches(deny, resource, verbs[0]!);
}

const granted = (rules: readonly Rule[], { name }: Permission): boolean => {
  const { resource, verb } = partsOf(name);
  return rules.some((rule) => rule.effect === 'allow' && ruleMatches(rule, resource, verb));
};

/** The token scopes of everything that the rules allow. Of what is in no catalogue the scope is unknown: then all of them. */
function scopesOf(rules: readonly Rule[], catalogue: readonly Permission[]): readonly Scope[] {
  const names = catalogue.map((permission) => partsOf(permission.name));
  const isKnown = ({ resource, verbs }: Rule): boolean =>
    verbs.every((verb) => names.some((known) => known.resource === resource && (verb === ANY || known.verb === verb)));
  if (rules.some((rule) => rule.effect === 'allow' && !isKnown(rule))) return SCOPES;
  const needed = new Set(catalogue.filter((permission) => granted(rules, permission)).map((permission) => permission.scope));
  return SCOPES.filter((scope) => needed.has(scope));
}
