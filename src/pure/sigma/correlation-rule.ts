import { fieldPath } from './field-values.js';
import { isMap, mapAt, type Members, onlyKnown, textAt, textsAt, timespanAt } from './rule-reading.js';
import { SigmaError } from './sigma-error.js';

export const CORRELATION_TYPES = ['event_count', 'value_count', 'temporal', 'temporal_ordered'] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** What a count must be: at least one bound from below, since that something did not happen is no entry of a log. */
export interface CountCondition {
  readonly holds: (count: number) => boolean;
  /** A count that holds keeps holding as it grows. */
  readonly isMonotone: boolean;
  /** For people: `gte 10`. */
  readonly text: string;
}

export interface Correlation {
  readonly type: CorrelationType;
  /** Ids or names of rules. */
  readonly rules: readonly string[];
  /** Fields, or aliases, whose values must be the same. */
  readonly groupBy: readonly string[];
  readonly timespanMillis: number;
  /** Of temporal_ordered: every step, always. */
  readonly condition: CountCondition;
  /** Of value_count: what is counted. */
  readonly field: string | null;
  /** alias → rule (id or name) → field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The rules that it names raise by themselves too. */
  readonly generate: boolean;
}

const RULES_MAX = 20;
const GROUP_FIELDS_MAX = 5;
/** So many matches a group are kept, and more could not be counted. */
export const COUNT_MAX = 1_000;

const KNOWN = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate'];

export function parseCorrelation(value: unknown, generate: unknown): Correlation {
  const place = 'correlation';
  const map = mapAt(value, place);
  onlyKnown(map, KNOWN, place);
  const type = typeAt(map['type'], `${place}.type`);
  const rules = textsAt(typeof map['rules'] === 'string' ? [map['rules']] : map['rules'], `${place}.rules`, RULES_MAX);
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  if (isTemporal && rules.length < 2) throw new SigmaError(`${place}.rules`, `${type} needs at least two`);
  const aliases = aliasesAt(map['aliases'], rules, `${place}.aliases`);
  return {
    type,
    rules,
    aliases,
    groupBy: groupByAt(map['group-by'], aliases, `${place}.group-by`),
    timespanMillis: timespanAt(map['timespan'], `${place}.timespan`),
    ...conditionAt(map['condition'], type, rules.length, `${place}.condition`),
    generate: generateAt(map['generate'] ?? generate),
  };
}

function typeAt(value: unknown, place: string): CorrelationType {
  const type = CORRELATION_TYPES.find((known) => known === value);
  if (type === undefined) throw new SigmaError(place, `one of ${CORRELATION_TYPES.join(', ')}`);
  return type;
}

export function groupByAt(value: unknown, aliases: ReadonlyMap<string, unknown>, place: string): string[] {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
  const fields = textsAt(typeof value === 'string' ? [value] : value, place, GROUP_FIELDS_MAX);
  fields.forEach((field, at) => {
    if (!aliases.has(field) && fieldPath(field) === null) throw new SigmaError(`${place}[${at}]`, 'a field is a dotted path, as actor.user.uid');
  });
  return fields;
}

function generateAt(value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new SigmaError('generate', 'true or false');
  return value ?? false;
}

const OPERATORS: Readonly<Record<string, { readonly holds: (count: number, limit: number) => boolean; readonly isFloor: boolean; readonly isMonotone: boolean }>> = {
  gte: { holds: (count, limit) => count >= limit, isFloor: true, isMonotone: true },
  gt: { holds: (count, limit) => count > limit, isFloor: true, isMonotone: true },
  eq: { holds: (count, limit) => count === limit, isFloor: true, isMonotone: false },
  lte: { holds: (count, limit) => count <= limit, isFloor: false, isMonotone: false },
  lt: { holds: (count, limit) => count < limit, isFloor: false, isMonotone: false },
};

function conditionAt(value: unknown, type: CorrelationType, rules: number, place: string): { condition: CountCondition; field: string | null } {
  const all = { holds: (count: number) => count >= rules, isMonotone: true, text: 'all' };
  if (type === 'temporal_ordered' && value !== undefined) throw new SigmaError(place, 'temporal_ordered takes every rule in its order, and no condition');
  if (value === undefined && (type === 'temporal' || type === 'temporal_ordered')) return { condition: all, field: null };
  const { field, ...bounds } = mapAt(value, place);
  if (type !== 'value_count' && field !== undefined) throw new SigmaError(`${place}.field`, 'belongs to value_count');
  return { condition: countConditionAt(bounds, place), field: type === 'value_count' ? fieldAt(field, `${place}.field`) : null };
}

function fieldAt(value: unknown, place: string): string {
  const field = textAt(value, place, 256);
  if (fieldPath(field) === null) throw new SigmaError(place, 'a field is a dotted path, as actor.user.uid');
  return field;
}

/** `{gte: 10}`, or two bounds that must both hold. */
export function countConditionAt(value: unknown, place: string): CountCondition {
  const map = mapAt(value, place);
  onlyKnown(map, Object.keys(OPERATORS), place);
  const bounds = Object.entries(map).map(([name, limit]) => ({ ...OPERATORS[name]!, name, limit: countAt(limit, `${place}.${name}`) }));
  if (!bounds.some(({ isFloor }) => isFloor)) throw new SigmaError(place, 'needs gte, gt or eq: that something did not happen is no entry');
  return {
    holds: (count) => count > 0 && bounds.every(({ holds, limit }) => holds(count, limit)),
    isMonotone: bounds.every(({ isMonotone }) => isMonotone),
    text: bounds.map(({ name, limit }) => `${name} ${limit}`).join(', '),
  };
}

function countAt(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > COUNT_MAX) throw new SigmaError(place, `a whole number from 0 to ${COUNT_MAX}`);
  return value;
}

function aliasesAt(value: unknown, rules: readonly string[], place: string): Correlation['aliases'] {
  if (value === undefined) return new Map();
  return new Map(Object.entries(mapAt(value, place)).map(([alias, fields]) => [alias, aliasAt(fields, rules, `${place}.${alias}`)]));
}

function aliasAt(value: unknown, rules: readonly string[], place: string): ReadonlyMap<string, string> {
  const map: Members = isMap(value) ? value : mapAt(value, place);
  const strange = Object.keys(map).find((rule) => !rules.includes(rule));
  if (strange !== undefined) throw new SigmaError(`${place}.${strange}`, 'is none of the rules that are correlated');
  const missing = rules.find((rule) => map[rule] === undefined);
  if (missing !== undefined) throw new SigmaError(place, `does not say the field of ${missing}`);
  return new Map(rules.map((rule) => [rule, fieldAt(map[rule], `${place}.${rule}`)]));
}
