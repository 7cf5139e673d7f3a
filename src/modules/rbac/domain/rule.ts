import type { Condition } from '#pure/policy/condition.js';
import { narrows } from '#pure/policy/narrows.js';
import { isCondition } from '#pure/policy/read-condition.js';

/**
 * What a role says: rules over `resource:verb`, where `*` stands for every resource or every verb. An allow gives, a
 * deny takes away whatever any allow gives, in any order and from any role. With `where`, only of what meets it; with
 * `fields`, only these parts of what is answered.
 */
export interface Rule {
  readonly effect: 'allow' | 'deny';
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly fields?: readonly string[];
  readonly where?: Condition;
}

export const ANY = '*';

/** Of one rule. No resource has more, and more rules may follow. */
export const VERBS_MAX = 64;

const MEMBERS: ReadonlySet<string> = new Set(['effect', 'resource', 'verbs', 'fields', 'where'] satisfies (keyof Rule)[]);

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const areVerbs = (value: unknown): value is readonly string[] => Array.isArray(value) && value.length > 0 && value.every(isName);
/** As members of answers are called: so no list of fields can name the whole. */
const FIELD = /^[a-z][A-Za-z0-9]{0,63}$/;
export const FIELDS_MAX = 64;
const areFields = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.length <= FIELDS_MAX && value.every((each) => typeof each === 'string' && FIELD.test(each));

export function isRule(value: unknown): value is Rule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { effect, resource, verbs, fields, where } = value as Readonly<Record<string, unknown>>;
  const isKnown = Object.keys(value).every((member) => MEMBERS.has(member));
  const isNarrowed = (!Object.hasOwn(value, 'fields') || areFields(fields)) && (!Object.hasOwn(value, 'where') || isCondition(where));
  return isKnown && (effect === 'allow' || effect === 'deny') && isName(resource) && areVerbs(verbs) && isNarrowed;
}

/**
 * The rules of a role as the database has them, where nothing checked them. A role with one that cannot be read allows
 * nothing: whoever wrote it meant something else than what the rest says. What is not an allow denies as much as it may
 * have meant, without its fields and its condition where they are in doubt.
 */
export function readRules(stored: unknown): { readonly rules: readonly Rule[]; readonly malformed: number } {
  if (!Array.isArray(stored)) return { rules: [], malformed: 1 };
  const malformed = stored.filter((each) => !isRule(each)).length;
  if (malformed === 0) return { rules: stored as readonly Rule[], malformed };
  return { rules: stored.flatMap((each) => denyIn(each) ?? []), malformed };
}

function denyIn(value: unknown): Rule | null {
  if (isRule(value)) return value.effect === 'deny' ? value : null;
  if (typeof value !== 'object' || value === null) return null;
  const { effect, resource, verbs } = value as Readonly<Record<string, unknown>>;
  if (effect === 'allow' || !isName(resource)) return null;
  return { effect: 'deny', resource, verbs: areVerbs(verbs) ? verbs : [ANY] };
}

/** The two halves of a permission's name. */
export function partsOf(name: `${string}:${string}`): { readonly resource: string; readonly verb: string } {
  const colon = name.indexOf(':');
  return { resource: name.slice(0, colon), verb: name.slice(colon + 1) };
}

export function ruleMatches(rule: Rule, resource: string, verb: string): boolean {
  return (rule.resource === ANY || rule.resource === resource) && (rule.verbs.includes(ANY) || rule.verbs.includes(verb));
}

/** Whether some permission, known or not yet invented, matches both, and some field of it. */
function overlaps(rule: Rule, resource: string, verb: string, field: string | null): boolean {
  const resources = rule.resource === ANY || resource === ANY || rule.resource === resource;
  const fields = field === null || rule.fields === undefined || rule.fields.includes(field);
  return resources && fields && (verb === ANY || rule.verbs.includes(ANY) || rule.verbs.includes(verb));
}

/** Whether the rule is about this field, or, asked for null, about the whole. */
const reaches = ({ fields }: Rule, field: string | null): boolean => fields === undefined || (field !== null && fields.includes(field));

/**
 * Whether who holds `held` holds everything that the allows of `granted` could give, now or after more permissions
 * exist. What cannot be decided is not covered: a wildcard is covered only by a wildcard, never by listing what there
 * is today. An allow with a condition covers what is granted under the same or a narrower one, an allow of fields no
 * other fields; a deny takes everything that it names, whatever its condition. The denies of `granted` are not counted
 * in its favour.
 */
export function covers(held: readonly Rule[], granted: readonly Rule[]): boolean {
  const allows = held.filter((rule) => rule.effect === 'allow');
  const denies = held.filter((rule) => rule.effect === 'deny');
  return granted
    .filter((rule) => rule.effect === 'allow')
    .every(({ resource, verbs, fields, where }) =>
      verbs.every((verb) =>
        (fields ?? [null]).every(
          (field) =>
            // ruleMatches reads `*` as a name here, which only `*` matches: exactly the containment that is wanted.
            allows.some((allow) => ruleMatches(allow, resource, verb) && reaches(allow, field) && narrows(where, allow.where)) &&
            !denies.some((deny) => overlaps(deny, resource, verb, field)),
        ),
      ),
    );
}

/** A role with such a rule is an owner's by another name, whatever it denies beside. */
export function allowsEverything(rules: readonly Rule[]): boolean {
  return rules.some(({ effect, resource, verbs }) => effect === 'allow' && resource === ANY && verbs.includes(ANY));
}

const READING_VERBS: ReadonlySet<string> = new Set(['read', 'read-any', 'list', 'pull', 'verify', 'export', 'personal']);

/** A role that can change something: it may not be held together with the auditor's. */
export function isWriting(rules: readonly Rule[]): boolean {
  return rules.some((rule) => rule.effect === 'allow' && rule.verbs.some((verb) => !READING_VERBS.has(verb)));
}
