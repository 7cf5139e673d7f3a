import { createHash } from 'node:crypto';
import type { JsonObject } from '../canonical-json/json-value.js';
import { fieldPath, fieldValues } from './field-values.js';

/** A group: what its fields are, and the text by which groups are the same. */
export interface Group {
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Lists in several fields would make a group of every combination. */
const GROUPS_MAX = 32;
/** Of one field: five such, with a rule's id, stay within what an index of Postgres takes, 2,700 bytes. */
const VALUE_CHARACTERS_MAX = 120;

export const NO_GROUP: Group = { key: '[]', values: {} };

/**
 * The groups of an entry: one for each value of each field. None when it lacks a field, for it can then have the same
 * value as nothing.
 */
export function groupsOf(fields: readonly string[], valuesOf: (field: string) => readonly string[]): Group[] {
  let combinations: string[][] = [[]];
  for (const field of fields) {
    const values = [...new Set(valuesOf(field))];
    combinations = combinations.flatMap((chosen) => values.map((value) => [...chosen, value])).slice(0, GROUPS_MAX);
  }
  return combinations.map((chosen) => ({ key: JSON.stringify(chosen), values: Object.fromEntries(fields.map((field, at) => [field, chosen[at]!])) }));
}

export function textValues(event: JsonObject, field: string): string[] {
  const values = fieldValues(event, fieldPath(field) ?? []);
  return values.filter((value) => value !== null && value !== '').map((value) => storable(String(value)));
}

/** As Postgres takes it: no NUL, no half of a pair, and no longer than an index bears; a long one ends with its digest. */
function storable(text: string): string {
  const plain = text.includes('\0') ? text.replaceAll('\0', '\u2400') : text;
  const whole = plain.toWellFormed();
  if (whole === text && text.length <= VALUE_CHARACTERS_MAX) return text;
  const digest = createHash('sha256').update(JSON.stringify(text), 'utf8').digest('hex').slice(0, 32);
  return `${whole.slice(0, VALUE_CHARACTERS_MAX - 33).toWellFormed()}#${digest}`;
}
