import { hash } from 'node:crypto';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '#pure/canonical-json/json-value.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { resourcesOfEntry } from './ocsf-classes.js';

export type Outcome = AuditEvent['outcome'];

/** What many entries have in common. There are as many kinds as the server has events, times their outcomes. */
export interface EntryKind {
  readonly code: string;
  readonly classUid: number;
  readonly outcome: Outcome;
}

/** What of an entry can be searched for. Who acted, and on what, is there as a digest: the table finds and does not tell. */
export interface SearchRow {
  /** Milliseconds since 1970, as the entry says. */
  readonly timeMillis: number;
  readonly kind: EntryKind;
  readonly actor: bigint;
  /** Null for an entry of the whole server. */
  readonly projectId: string | null;
  readonly targets: readonly bigint[];
}

/** The code of what cannot be read: the log goes on all the same, and an auditor finds these. */
export const UNREADABLE_CODE = 'unreadable';
const UNREADABLE: SearchRow = { timeMillis: 0, kind: { code: UNREADABLE_CODE, classUid: 0, outcome: 'failure' }, actor: searchTerm('unknown'), projectId: null, targets: [] };

/** OCSF class. */
const DETECTION_FINDING = 2004;

export const CODE_PATTERN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;
export const CODE_LENGTH_MAX = 100;
/** What a timestamptz holds, and well beyond every clock: the end of the year 9999. */
const TIME_MILLIS_MAX = 253_402_300_799_999;
/** Of one entry. No deed of ours has more, and a stranger's must not fill the index. */
const TARGETS_MAX = 100;

/** 64 bits of SHA-256, signed as Postgres's bigint is: of a billion names, two meet with a probability of one in 40. */
export function searchTerm(text: string): bigint {
  return hash('sha256', text, 'buffer').readBigInt64BE(0);
}

/** The term of a target: its type and its uid, as `?target=` names it. */
export function targetTerm(type: string, uid: string): bigint {
  return searchTerm(`${type}:${uid}`);
}

/** A function of the entry's bytes alone, so that the table can be made again. Whoever may append can append anything: it never throws. */
export function searchRowOf(body: Buffer): SearchRow {
  const entry = readEntryObject(body);
  return (entry === null ? null : rowOf(entry)) ?? UNREADABLE;
}

/** Holds nothing between two calls. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The object that an entry's bytes are; null when they are none, or not the one line that canonical JSON is: what is
 * given out a line each must not bring lines of its own.
 */
export function readEntryObject(body: Buffer): JsonObject | null {
  try {
    const text = UTF8.decode(body);
    const entry: unknown = /[\n\r]/.test(text) ? null : JSON.parse(text);
    return isJsonObject(entry) ? entry : null;
  } catch {
    return null;
  }
}

function rowOf(entry: JsonObject): SearchRow | null {
  const code = memberOf(entry['metadata'], 'event_code');
  const actor = memberOf(memberOf(entry['actor'], 'user'), 'uid');
  const { time, class_uid: classUid } = entry;
  if (typeof code !== 'string' || code.length > CODE_LENGTH_MAX || !CODE_PATTERN.test(code) || code === UNREADABLE_CODE) return null;
  if (!isCount(time, TIME_MILLIS_MAX) || !isCount(classUid, 2 ** 31 - 1) || typeof actor !== 'string') return null;
  const projectId = memberOf(entry['unmapped'], 'projectId');
  return {
    timeMillis: time,
    kind: { code, classUid, outcome: outcomeOf(entry) },
    actor: searchTerm(actor),
    projectId: isUuid(projectId) ? projectId : null,
    targets: targetsOf(resourcesOfEntry(entry)),
  };
}

/** The inverse of how `ocsfEntry` writes them: status 1 is success, action 2 a denial; a finding has no outcome but to have been made. */
function outcomeOf({ status_id: status, action_id: action, class_uid: classUid }: JsonObject): Outcome {
  if (status === 1 || classUid === DETECTION_FINDING) return 'success';
  return action === 2 ? 'denied' : 'failure';
}

function targetsOf(resources: readonly JsonValue[]): bigint[] {
  const terms = resources.slice(0, TARGETS_MAX).flatMap((resource) => {
    const [type, uid] = [memberOf(resource, 'type'), memberOf(resource, 'uid')];
    return typeof type === 'string' && typeof uid === 'string' ? [targetTerm(type, uid)] : [];
  });
  return [...new Set(terms)];
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isCount(value: JsonValue | undefined, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;
}
