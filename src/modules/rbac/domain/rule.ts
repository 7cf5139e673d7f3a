import { narrows, type Where } from './condition.js';

/**
 * What a role says: rules over `resource:verb`, where `*` stands for every resource or every verb. An allow gives, a
 * deny takes away whatever any allow gives, in any order and from any role. With `where`, only of what meets it.
 */
export interface Rule {
  readonly effect: 'allow' | 'deny';
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly where?: Where;
}

export const ANY = '*';

/** The two halves of a permission's name. */
export function partsOf(name: `${string}:${string}`): { readonly resource: string; readonly verb: string } {
  const colon = name.indexOf(':');
  return { resource: name.slice(0, colon), verb: name.slice(colon + 1) };
}

export function ruleMatches(rule: Rule, resource: string, verb: string): boolean {
  return (rule.resource === ANY || rule.resource === resource) && (rule.verbs.includes(ANY) || rule.verbs.includes(verb));
}

/** Whether some permission, known or not yet invented, matches both. */
function overlaps(rule: Rule, resource: string, verb: string): boolean {
  const resources = rule.resource === ANY || resource === ANY || rule.resource === resource;
  return resources && (verb === ANY || rule.verbs.includes(ANY) || rule.verbs.includes(verb));
}

/**
 * Whether who holds `held` holds everything that the allows of `granted` could give, now or after more permissions
 * exist. What cannot be decided is not covered: a wildcard is covered only by a wildcard, never by listing what there
 * is today. An allow with a condition covers what is granted under the same or a narrower one; a deny takes everything
 * that it names, whatever its condition. The denies of `granted` are not counted in its favour.
 */
export function covers(held: readonly Rule[], granted: readonly Rule[]): boolean {
  const allows = held.filter((rule) => rule.effect === 'allow');
  const denies = held.filter((rule) => rule.effect === 'deny');
  return granted
    .filter((rule) => rule.effect === 'allow')
    .every(({ resource, verbs, where }) =>
      verbs.every(
        (verb) =>
          // ruleMatches reads `*` as a name here, which only `*` matches: exactly the containment that is wanted.
          allows.some((allow) => ruleMatches(allow, resource, verb) && narrows(where, allow.where)) && !denies.some((deny) => overlaps(deny, resource, verb)),
      ),
    );
}

const READING_VERBS: ReadonlySet<string> = new Set(['read', 'list', 'pull', 'verify', 'export', 'personal']);

/** A role that can change something: it may not be held together with the auditor's. */
export function isWriting(rules: readonly Rule[]): boolean {
  return rules.some((rule) => rule.effect === 'allow' && rule.verbs.some((verb) => !READING_VERBS.has(verb)));
}
