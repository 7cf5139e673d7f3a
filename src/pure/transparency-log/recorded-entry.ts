import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../canonical-json/json-value.js';
import { parseStrictJson } from '../canonical-json/strict-parse.js';

/** What a ledger entry says, read back from its bytes: the members of OCSF 1.8.0 that every entry of ours has. */
export interface RecordedEntry {
  /** `metadata.event_code`, e.g. `simulation.complete`. */
  readonly code: string;
  /** `metadata.uid`: the entry's own id. */
  readonly uid: string;
  /** `time`. */
  readonly timeMillis: number;
  /** `actor.user.uid`; null when nobody was authenticated. */
  readonly actorUid: string | null;
  /** `status_id` 1 and 2; null for any other. */
  readonly hasSucceeded: boolean | null;
  /** `resources[].uid`, or `unmapped.resources[].uid` where the entry's class has no resources: what the deed was done to. */
  readonly resourceUids: readonly string[];
  /** `unmapped`: facts of the kind of event. */
  readonly facts: JsonObject;
}

/** ECMA-262 §21.4.1.1: beyond it there is no date. */
const TIME_MILLIS_MAX = 8.64e15;

/** Reads an entry; null unless it is canonical JSON (so that one value has one hash) with the members above. */
export function readEntry(bytes: Uint8Array): RecordedEntry | null {
  const parsed = parseStrictJson(bytes, { largeIntegers: 'canonical' });
  if (!parsed.ok || !isJsonObject(parsed.value) || !canonicalJsonBytes(parsed.value).equals(bytes)) return null;
  const { metadata, time, actor, status_id: status, unmapped, resources } = parsed.value;
  if (!isJsonObject(metadata)) return null;
  const { event_code: code, uid } = metadata;
  if (typeof code !== 'string' || typeof uid !== 'string') return null;
  if (typeof time !== 'number' || !Number.isInteger(time) || Math.abs(time) > TIME_MILLIS_MAX) return null;
  return {
    code,
    uid,
    timeMillis: time,
    actorUid: actorOf(memberOf(actor, 'user')),
    hasSucceeded: status === 1 ? true : status === 2 ? false : null,
    resourceUids: uidsOf(resources ?? memberOf(unmapped, 'resources')),
    facts: isJsonObject(unmapped) ? unmapped : {},
  };
}

/** OCSF `user.type_id` 0, Unknown: nobody was authenticated, and the uid is a word for that. */
function actorOf(user: JsonValue | undefined): string | null {
  return memberOf(user, 'type_id') === 0 ? null : uidOf(user);
}

function uidsOf(resources: JsonValue | undefined): readonly string[] {
  return Array.isArray(resources) ? resources.map(uidOf).filter((each) => each !== null) : [];
}

function uidOf(value: JsonValue | undefined): string | null {
  const uid = memberOf(value, 'uid');
  return typeof uid === 'string' ? uid : null;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
