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

function found(event: JsonObject, path: readonly string[]): readonly JsonValue[] {
  let values: readonly JsonValue[] = [event];
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
