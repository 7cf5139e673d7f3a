import type { JsonObject } from '../canonical-json/json-value.js';
import { parseCondition } from './condition.js';
import type { Effort } from './effort.js';
import { fieldExists, fieldPath, fieldValues } from './field-values.js';
import { isMap, type Members } from './rule-reading.js';
import { SigmaError } from './sigma-error.js';
import { type Modifiers, parseModifiers, valueTest } from './value-test.js';

/** Whether an entry is meant. Total: no entry makes it throw. */
export type Predicate = (event: JsonObject) => boolean;

const SELECTIONS_MAX = 64;
const ALTERNATIVES_MAX = 64;
const FIELDS_MAX = 64;
const VALUES_MAX = 1_000;

/** A `detection` map: search identifiers, and the condition that joins them. */
export function parseDetection(detection: Members, effort: Effort, place: string): Predicate {
  const { condition, timeframe, ...selections } = detection;
  if (timeframe !== undefined) throw new SigmaError(`${place}.timeframe`, 'was replaced by correlations in Sigma 2');
  if (condition === undefined) throw new SigmaError(`${place}.condition`, 'is missing');
  const entries = Object.entries(selections);
  if (entries.length === 0) throw new SigmaError(place, 'has no selection');
  if (entries.length > SELECTIONS_MAX) throw new SigmaError(place, `more than ${SELECTIONS_MAX} selections`);
  const predicates = new Map(entries.map(([name, value]) => [name, decidedOnce(selection(value, effort, `${place}.${name}`))]));
  return parseCondition(condition, predicates, `${place}.condition`);
}

/** A condition may name a selection a thousand times; an entry is looked at once. */
function decidedOnce(predicate: Predicate): Predicate {
  let decided: { readonly event: JsonObject; readonly holds: boolean } | null = null;
  return (event) => {
    if (decided?.event !== event) decided = { event, holds: predicate(event) };
    return decided.holds;
  };
}

/** A map of fields, all of which must hold, or a list of such maps, one of which must. */
function selection(value: unknown, effort: Effort, place: string): Predicate {
  if (!Array.isArray(value)) return fields(value, effort, place);
  if (value.length === 0) throw new SigmaError(place, 'is empty');
  if (value.length > ALTERNATIVES_MAX) throw new SigmaError(place, `more than ${ALTERNATIVES_MAX} alternatives`);
  const alternatives = value.map((item, at) => fields(item, effort, `${place}[${at}]`));
  return (event) => alternatives.some((holds) => holds(event));
}

function fields(value: unknown, effort: Effort, place: string): Predicate {
  if (typeof value === 'string' || typeof value === 'number') throw new SigmaError(place, 'keywords are not supported: name the field');
  if (!isMap(value)) throw new SigmaError(place, 'must be a map of fields, or a list of such maps');
  const entries = Object.entries(value);
  if (entries.length === 0) throw new SigmaError(place, 'is empty');
  if (entries.length > FIELDS_MAX) throw new SigmaError(place, `more than ${FIELDS_MAX} fields`);
  const tests = entries.map(([key, values]) => field(key, values, effort, `${place}.${key}`));
  return (event) => tests.every((holds) => holds(event));
}

function field(key: string, wanted: unknown, effort: Effort, place: string): Predicate {
  const [name = '', ...names] = key.split('|');
  const path = fieldPath(name);
  if (path === null) throw new SigmaError(place, name === '' ? 'keywords are not supported: name the field' : 'a field is a dotted path, as actor.user.uid');
  const modifiers = parseModifiers(names, place);
  const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  for (const value of values) effort.spend(value, modifiers, place);
  if (modifiers.comparison === 'exists') return existence(path, wanted, place);
  if (wanted === null && names.length === 0) return (event) => fieldValues(event, path).every((value) => value === null) && !hasInner(event, path);
  return comparison(path, wanted, modifiers, place);
}

function existence(path: readonly string[], wanted: unknown, place: string): Predicate {
  if (typeof wanted !== 'boolean') throw new SigmaError(place, 'exists takes true or false');
  return (event) => fieldExists(event, path) === wanted;
}

function comparison(path: readonly string[], wanted: unknown, modifiers: Modifiers, place: string): Predicate {
  const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  if (values.length === 0) throw new SigmaError(place, 'is empty');
  if (values.length > VALUES_MAX) throw new SigmaError(place, `more than ${VALUES_MAX} values`);
  if (modifiers.all && values.length === 1) throw new SigmaError(place, 'all needs a list of at least two values');
  const tests = values.map((value, at) => valueTest(value, modifiers, Array.isArray(wanted) ? `${place}[${at}]` : place));
  const isMet = modifiers.all ? 'every' : 'some';
  return (event) => {
    const found = fieldValues(event, path);
    return found.length > 0 && tests[isMet]((test) => found.some(test));
  };
}

/** An object at the path is no value, and is not nothing either. */
function hasInner(event: JsonObject, path: readonly string[]): boolean {
  return fieldExists(event, path) && fieldValues(event, path).length === 0;
}
