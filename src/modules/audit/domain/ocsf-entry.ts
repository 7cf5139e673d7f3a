import { createHash } from 'node:crypto';
import type { AuditEvent, AuditTarget } from '#pure/audit-event/audit-event.js';
import { isJsonObject, type JsonObject } from '#pure/canonical-json/json-value.js';
import type { Principal } from '#pure/principal/principal.js';
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
  /** W3C trace id; null in background work. */
  readonly traceId: string | null;
  /** Keyed digest of the network that the request came from; null in background work. */
  readonly source: string | null;
  /** Personal data, closed. */
  readonly personal?: readonly SealedPiece[];
  readonly productVersion: string;
}

const PRODUCT = 'Quantonium';
const SUBJECT_TYPES: ReadonlySet<string> = new Set(['user', 'service-account', 'principal']);

/** OCSF `user.type_id`: 1 User, 3 System, 4 Service. */
const USER_TYPES: Readonly<Record<Principal['kind'], { readonly type: string; readonly type_id: number }>> = {
  user: { type: 'User', type_id: 1 },
  system: { type: 'System', type_id: 3 },
  service: { type: 'Service', type_id: 4 },
};

/** OCSF `status_id` 1 Success, 2 Failure; a denial adds the security_control profile: action 2 Denied, disposition 26 Unauthorized. */
const OUTCOMES: Readonly<Record<AuditEvent['outcome'], JsonObject>> = {
  success: { status: 'Success', status_id: 1 },
  failure: { status: 'Failure', status_id: 2 },
  denied: { status: 'Failure', status_id: 2, action: 'Denied', action_id: 2, disposition: 'Unauthorized', disposition_id: 26 },
};

/** What a class demands beyond the base attributes. A class that is not in here demands nothing more. */
const CLASS_MEMBERS: Readonly<Record<number, (event: AuditEvent, stamp: EntryStamp) => JsonObject>> = {
  3001: (event) => ({ user: subjectOf(event) }),
  3002: (event) => ({ user: subjectOf(event), service: { name: PRODUCT } }),
  3003: (event) => ({ user: subjectOf(event) }),
  3004: (event) => ({ entity: resourceOf(event.targets?.[0] ?? { type: 'unknown', uid: 'unknown' }) }),
  3005: (event) => ({ user: subjectOf(event) }),
  6002: () => ({ app: { name: PRODUCT } }),
  // The class demands a source endpoint; a deed of the server itself has none but itself.
  6003: (event, { source }) => ({ api: { operation: event.kind.code }, src_endpoint: { uid: source ?? 'internal' } }),
};

export function ocsfEntry(event: AuditEvent, stamp: EntryStamp): JsonObject {
  const { kind } = event;
  const { projectId: _posing, personal: _bare, ...facts } = event.facts ?? {};
  const { occurrences } = event;
  const unmapped: JsonObject = {
    ...facts,
    ...(occurrences === undefined ? {} : { count: occurrences.count }),
    ...(event.projectId === undefined ? {} : { projectId: event.projectId }),
    ...(stamp.personal === undefined || stamp.personal.length === 0 ? {} : { personal: stamp.personal.map(({ key, data }) => ({ key, data })) }),
  };
  return {
    activity_id: kind.activityId,
    category_uid: Math.floor(kind.classUid / 1000),
    class_uid: kind.classUid,
    type_uid: kind.classUid * 100 + kind.activityId,
    severity_id: kind.severityId,
    time: stamp.timeMillis,
    metadata: metadataOf(event, stamp),
    actor: actorOf(event.actor),
    ...OUTCOMES[event.outcome],
    ...(occurrences === undefined ? {} : { count: occurrences.count, start_time: occurrences.firstMillis, end_time: occurrences.lastMillis }),
    ...(kind.activityId === 99 ? { activity_name: kind.code } : {}),
    ...(event.targets === undefined ? {} : { resources: event.targets.map(resourceOf) }),
    ...(stamp.source === null ? {} : { src_endpoint: { uid: stamp.source } }),
    ...CLASS_MEMBERS[kind.classUid]?.(event, stamp),
    // Without its span: the schema demands of one when it ended, and this one has not.
    ...(stamp.traceId === null ? {} : { trace: { uid: stamp.traceId } }),
    ...(Object.keys(unmapped).length === 0 ? {} : { unmapped }),
  };
}

/** The project that a stored body names; null for an event of the whole server, and for bytes that are no entry of ours. */
export function projectOfEntry(body: Buffer): string | null {
  const facts = readEntryObject(body)?.['unmapped'];
  const projectId = isJsonObject(facts) ? facts['projectId'] : undefined;
  return typeof projectId === 'string' ? projectId : null;
}

function metadataOf(event: AuditEvent, stamp: EntryStamp): JsonObject {
  const profiles = [...(event.outcome === 'denied' ? ['security_control'] : []), ...(stamp.traceId === null ? [] : ['trace'])];
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
    user: userOf(actor),
    ...(actor === null || actor.sessionId === null ? {} : { session: { uid: sessionDigest(actor.sessionId) } }),
  };
}

function userOf(principal: Principal | null): JsonObject {
  if (principal === null) return { uid: 'anonymous', type: 'Unknown', type_id: 0 };
  return { uid: principal.id, ...USER_TYPES[principal.kind] };
}

/** Whose account it is about: the target if one is named, else whoever acted. */
function subjectOf(event: AuditEvent): JsonObject {
  const target = event.targets?.find(({ type }) => SUBJECT_TYPES.has(type));
  return target === undefined ? userOf(event.actor) : { uid: target.uid, type: target.type };
}

function resourceOf(target: AuditTarget): JsonObject {
  return { type: target.type, uid: target.uid };
}

/** A session id names a live session: the ledger shows which events share one, without handing the id out. */
function sessionDigest(sessionId: string): string {
  return createHash('sha256').update(sessionId, 'utf8').digest('hex');
}
