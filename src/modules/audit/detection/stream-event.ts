import { isJsonObject, type JsonObject } from '#pure/canonical-json/json-value.js';
import type { StreamEvent } from '#pure/sigma/detector.js';
import { isUuid } from '#pure/uuid/uuid.js';

/** What raising an alert itself leaves behind. A rule that saw it could raise alerts about its own for ever. */
const OWN_EVENTS: ReadonlySet<unknown> = new Set(['alert.raise', 'alert.reopen']);
const TIME_MILLIS_MAX = 8.64e15;

/**
 * An entry as rules see it; null where there is nothing to see: pruned before it was read, or not one of ours. What
 * cannot be read is passed over, since an entry at which the stream stopped would silence every rule.
 */
export function streamEvent(index: number, body: Buffer | null): StreamEvent | null {
  const entry = body === null ? null : parsed(body);
  if (!isJsonObject(entry)) return null;
  const { time, metadata } = entry;
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time < 0 || time > TIME_MILLIS_MAX) return null;
  if (isJsonObject(metadata) && OWN_EVENTS.has(metadata['event_code'])) return null;
  return { index, atMillis: time, body: entry };
}

const SUBJECT_TYPES: ReadonlySet<unknown> = new Set(['user', 'service-account', 'principal']);

/** Principals that an entry is about: who did it, and to whom. */
export function subjectsOf(body: JsonObject): string[] {
  const { actor, user, resources } = body;
  const targets = Array.isArray(resources) ? (resources as readonly unknown[]).filter((resource) => isMap(resource) && SUBJECT_TYPES.has(resource['type'])) : [];
  return [isMap(actor) ? actor['user'] : null, user, ...targets].map((named) => (isMap(named) ? named['uid'] : null)).filter(isUuid);
}

/** So long a digest may be, of whatever made it; texts of other kinds are none. */
const LOGIN_NAME = /^[\w-]{1,64}$/;

/** The digest of the name that was tried at a login, or that succeeded there. */
export function loginNamesOf({ unmapped }: JsonObject): string[] {
  const name = isMap(unmapped) ? unmapped['loginName'] : null;
  return typeof name === 'string' && LOGIN_NAME.test(name) ? [name] : [];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(body: Buffer): JsonObject[string] {
  try {
    return JSON.parse(body.toString('utf8')) as JsonObject[string];
  } catch {
    return null;
  }
}
