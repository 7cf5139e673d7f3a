import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { respelledJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { isJsonObject, type JsonObject, type JsonValue } from '#pure/canonical-json/json-value.js';
import { printable } from '#pure/encoding/printable.js';
import type { Principal } from '#pure/principal/principal.js';
import { OCSF_CLASSES, type OcsfClass, PRODUCT, resourceOf, sessionDigest, userOf } from './ocsf-classes.js';
import { type ComposedEntry, inBody, rootInBody } from './entry-items.js';
import type { SealedPiece } from './personal-data.js';
import { readEntryObject } from './search-row.js';

/**
 * The body of an entry: an OCSF object of the pinned schema version, a function of the event and of where it happened.
 * A body is hashed into the tree and handed to whoever holds a receipt, so nothing personal may stand in it: no name,
 * no address, no agent string; people are their principal's UUID, sessions the hash of theirs. `unmapped.personal` is
 * ciphertext, under keys that an erasure destroys.
 */
export const OCSF_VERSION = '1.8.0';

/** 16 KiB: a quarter of what an entry bundle can carry (C2SP tlog-tiles counts an entry's bytes in a uint16). */
export const ENTRY_BYTES_MAX = 16_384;

/** What the event itself does not know. */
export interface EntryStamp {
  /** UUIDv7 of the entry. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly timeMillis: number;
  /** The request that it happened in; null in background work. */
  readonly requestId: string | null;
  /** W3C trace id: an authenticated caller's, else the server's own; null in background work. */
  readonly traceId: string | null;
  /** Keyed digest of the network that the request came from; null in background work. */
  readonly source: string | null;
  /** Personal data, closed. */
  readonly personal?: readonly SealedPiece[];
  /** How the body tells of the event's items (entry-items.ts). */
  readonly items?: JsonObject;
  readonly productVersion: string;
}

/** OCSF `status_id` 1 Success, 2 Failure; a denial adds the security_control profile: action 2 Denied, disposition 26 Unauthorized. */
const OUTCOMES: Readonly<Record<AuditEvent['outcome'], JsonObject>> = {
  success: { status: 'Success', status_id: 1 },
  failure: { status: 'Failure', status_id: 2 },
  denied: { status: 'Failure', status_id: 2, action: 'Denied', action_id: 2, disposition: 'Unauthorized', disposition_id: 26 },
};

/** A class that is not in the table demands nothing and takes nothing: the conformance test refuses an event of one. */
const BARE: OcsfClass = { members: () => ({}), sourceless: true };

export function ocsfEntry(event: AuditEvent, stamp: EntryStamp): JsonObject {
  return shown(unshownEntry(event, stamp));
}

/** Members in the order of their names, as far as they are always there: so they are written, and need no sorting then. */
function unshownEntry(event: AuditEvent, stamp: EntryStamp): JsonObject {
  const { kind, occurrences } = event;
  const shape = OCSF_CLASSES[kind.classUid] ?? BARE;
  const unmapped = unmappedOf(event, stamp, shape);
  return {
    activity_id: kind.activityId,
    ...(kind.activityId === 99 ? { activity_name: kind.code } : {}),
    actor: actorOf(event.actor),
    category_uid: Math.floor(kind.classUid / 1000),
    class_uid: kind.classUid,
    metadata: metadataOf(event, stamp, shape),
    ...(event.targets === undefined || shape.resources !== true ? {} : { resources: event.targets.map(resourceOf) }),
    severity_id: kind.severityId,
    ...(stamp.source === null || shape.sourceless === true ? {} : { src_endpoint: { uid: stamp.source } }),
    ...(shape.statusless === true ? {} : OUTCOMES[event.outcome]),
    time: stamp.timeMillis,
    // Without its span: the schema demands of one when it ended, and this one has not.
    ...(stamp.traceId === null || shape.traced !== true ? {} : { trace: { uid: stamp.traceId } }),
    type_uid: kind.classUid * 100 + kind.activityId,
    ...(Object.keys(unmapped).length === 0 ? {} : { unmapped }),
    ...(occurrences === undefined ? {} : { count: occurrences.count, start_time: occurrences.firstMillis, end_time: occurrences.lastMillis }),
    ...shape.members(event, stamp.source),
  };
}

/** The event's own facts, and what its class has no place for. No fact may pose as one of those. */
function unmappedOf(event: AuditEvent, stamp: EntryStamp, shape: OcsfClass): JsonObject {
  const { projectId: _project, personal: _bare, resources: _targets, items: _items, breakGlass: _glass, itemsRoot: _root, itemsCount: _count, ...facts } = event.facts ?? {};
  return {
    ...facts,
    ...stamp.items,
    ...(event.occurrences === undefined ? {} : { count: event.occurrences.count }),
    ...(event.projectId === undefined ? {} : { projectId: event.projectId }),
    ...(event.actor?.breakGlassId === undefined ? {} : { breakGlass: event.actor.breakGlassId }),
    ...(event.targets === undefined || shape.resources === true ? {} : { resources: event.targets.map(resourceOf) }),
    ...(stamp.source === null || shape.sourceless !== true ? {} : { source: stamp.source }),
    ...(stamp.traceId === null || shape.traced === true ? {} : { traceId: stamp.traceId }),
    ...(stamp.personal === undefined || stamp.personal.length === 0 ? {} : { personal: stamp.personal.map(({ key, data }) => ({ key, data })) }),
  };
}

/** The project that a stored body names; null for an event of the whole server, and for bytes that are no entry of ours. */
export function projectOfEntry(body: Buffer): string | null {
  const facts = readEntryObject(body)?.['unmapped'];
  const projectId = isJsonObject(facts) ? facts['projectId'] : undefined;
  return typeof projectId === 'string' ? projectId : null;
}

function metadataOf(event: AuditEvent, stamp: EntryStamp, { actorProfile, traced }: OcsfClass): JsonObject {
  const profiles = [
    ...(event.outcome === 'denied' ? ['security_control'] : []),
    ...(actorProfile === undefined ? [] : [actorProfile]),
    ...(stamp.traceId === null || traced !== true ? [] : ['trace']),
  ];
  return {
    version: OCSF_VERSION,
    product: { name: PRODUCT, vendor_name: PRODUCT, version: stamp.productVersion },
    event_code: event.kind.code,
    uid: stamp.id,
    logged_time: stamp.timeMillis,
    ...(stamp.requestId === null ? {} : { correlation_uid: stamp.requestId }),
    ...(profiles.length === 0 ? {} : { profiles }),
  };
}

function actorOf(actor: Principal | null): JsonObject {
  return {
    // OCSF: the access key that was used, of the person who used it.
    user: { ...userOf(actor), ...(actor?.apiKeyId === undefined ? {} : { credential_uid: actor.apiKeyId }) },
    ...(actor === null || actor.sessionId === null ? {} : { session: { uid: sessionDigest(actor.sessionId) } }),
  };
}

/**
 * What strangers choose must not end a line or move a cursor wherever an entry is shown, parsed or not; and half of a
 * character has no UTF-8, so that a body with one could not be written at all.
 */
function shown<T extends JsonValue>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(shown) as readonly JsonValue[] as T;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [printable(name), shown(member as JsonValue)])) as JsonObject as T;
}

/** The canonical bytes of what `ocsfEntry` shows, without that being made first: an entry is written in one pass. */
function bytesOf(unshown: JsonObject): Buffer {
  return respelledJsonBytes(unshown, printable);
}

/** Body and what is kept beside it: the digests of the event's items stand in the body while it has room for all. Null as of `entryBytes`. */
export function composeEntry(event: AuditEvent, stamp: EntryStamp): ComposedEntry | null {
  const { items = [] } = event;
  const inline = inBody(items, ENTRY_BYTES_MAX);
  if (inline !== null) {
    const whole = bytesOf(unshownEntry(event, { ...stamp, items: inline }));
    if (whole.length <= ENTRY_BYTES_MAX) return { body: whole, items: null };
  }
  const body = entryBytes(event, items.length === 0 ? stamp : { ...stamp, items: rootInBody(items, event.itemsRoot) });
  return body === null ? null : { body, items: items.length === 0 ? null : Buffer.concat(items) };
}

/**
 * The canonical bytes of an entry, at most `ENTRY_BYTES_MAX`; null for a deed that would need more, which is then not
 * done. A refusal or failure has happened already and is never lost for its length: it is cut, and says so.
 */
export function entryBytes(event: AuditEvent, stamp: EntryStamp): Buffer | null {
  const whole = bytesOf(unshownEntry(event, stamp));
  if (whole.length <= ENTRY_BYTES_MAX) return whole;
  if (event.outcome === 'success') return null;
  const { metadata, ...rest } = unshownEntry(cut(event), { ...stamp, personal: [] });
  return bytesOf({ ...rest, metadata: { ...(metadata as JsonObject), is_truncated: true, untruncated_size: whole.length } });
}

/** So many facts and targets, of so many characters each, of nine bytes at worst: 12 of the 16 KiB. */
const CUT_TO = { facts: 16, targets: 4, characters: 32 } as const;

function cut(event: AuditEvent): AuditEvent {
  const short = (text: string): string => text.slice(0, CUT_TO.characters);
  const facts = Object.entries(event.facts ?? {})
    .filter(([, value]) => !Array.isArray(value))
    .slice(0, CUT_TO.facts)
    .map(([name, value]) => [short(name), typeof value === 'string' ? short(value) : value]);
  const targets = (event.targets ?? []).slice(0, CUT_TO.targets).map(({ type, uid }) => ({ type: short(type), uid: short(uid) }));
  return { ...event, facts: Object.fromEntries(facts) as NonNullable<AuditEvent['facts']>, targets };
}
