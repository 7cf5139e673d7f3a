import { isJsonObject, type JsonObject, type JsonValue } from '../canonical-json/json-value.js';

export type FieldValue = string | number | boolean | null;

/**
 * The values at a dotted path, `resources.type`: a list on the way stands for each of its items. Of two paths into one
 * list, each looks at all items for itself.
 */
export function fieldValues(event: JsonObject, path: readonly string[]): FieldValue[] {
  return found(event, path).filter((value): value is FieldValue => typeof value !== 'object' || value === null);
}

/** Whether there is something at the path, be it null. */
export function fieldExists(event: JsonObject, path: readonly string[]): boolean {
  return found(event, path).length > 0;
}

const NOTHING: readonly JsonValue[] = [];

/** Every rule asks this of every entry: where no list is on the way, there is one value, and nothing is gathered. */
function found(event: JsonObject, path: readonly string[]): readonly JsonValue[] {
  let value: JsonValue = event;
  for (let at = 0; at < path.length; at += 1) {
    if (Array.isArray(value)) return foundInAll(itemsOf(value), path.slice(at));
    const name = path[at]!;
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return NOTHING;
    value = value[name]!;
  }
  return itemsOf(value);
}

function foundInAll(start: readonly JsonValue[], path: readonly string[]): readonly JsonValue[] {
  let values = start;
  for (const name of path) {
    values = values.flatMap((value) => (isJsonObject(value) && Object.hasOwn(value, name) ? itemsOf(value[name]!) : []));
  }
  return values;
}

function itemsOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).flatMap(itemsOf) : [value];
}

/** `a.b.c` as its names; null where it is none. */
export function fieldPath(text: string): readonly string[] | null {
  const path = text.split('.');
  return text.length <= 256 && path.length <= 8 && path.every((name) => /^[A-Za-z0-9_-]+$/.test(name)) ? path : null;
}
