import { hash } from 'node:crypto';
import type { AuditEvent, AuditTarget } from '#pure/audit-event/audit-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '#pure/canonical-json/json-value.js';
import type { Principal } from '#pure/principal/principal.js';

export const PRODUCT = 'Quantonium';

/** What a class of OCSF 1.8.0 has beyond the base event, as far as we use it. What it has no place for goes into `unmapped`. */
export interface OcsfClass {
  /** The members that are its own, all that it requires among them. */
  readonly members: (event: AuditEvent, source: string | null) => JsonObject;
  /** It has `resources`: what the deed was done to. */
  readonly resources?: true;
  /** It takes the profile `trace`. */
  readonly traced?: true;
  /** It has no `src_endpoint`. */
  readonly sourceless?: true;
  /** It has `actor` only by this profile. */
  readonly actorProfile?: 'host';
  /** Its `status` is not about success: of a finding it says whether somebody works on it. */
  readonly statusless?: true;
}

/** By `class_uid`. An event whose class is not in here is refused by the conformance test. */
export const OCSF_CLASSES: Readonly<Record<number, OcsfClass>> = {
  // Event Log Activity: one of log_name, log_provider, log_type.
  1008: { members: () => ({ log_name: 'audit', log_provider: PRODUCT }) },
  // Detection Finding.
  2004: { members: finding, resources: true, sourceless: true, actorProfile: 'host', statusless: true },
  // Account Change.
  3001: { members: (event) => ({ user: subjectOf(event) }) },
  // Authentication: a service, or the endpoint of one.
  3002: { members: (event) => ({ user: subjectOf(event), service: { name: PRODUCT }, ...sessionOf(event) }) },
  // Authorize Session: privileges or a group.
  3003: { members: (event) => ({ user: subjectOf(event), privileges: privilegesOf(event), ...sessionOf(event) }) },
  // Entity Management.
  3004: { members: (event) => ({ entity: resourceOf(event.targets?.[0] ?? { type: 'unknown', uid: 'unknown' }) }) },
  // User Access Management.
  3005: { members: (event) => ({ user: subjectOf(event), privileges: privilegesOf(event) }), resources: true },
  // Application Lifecycle.
  6002: { members: () => ({ app: { name: PRODUCT, vendor_name: PRODUCT } }), sourceless: true, actorProfile: 'host' },
  // API Activity demands a source endpoint; a deed of the server itself has none but itself.
  6003: { members: (event, source) => ({ api: { operation: event.kind.code }, src_endpoint: { uid: source ?? 'internal' } }), resources: true, traced: true },
};

/** OCSF `user.type_id`: 1 User, 3 System, 4 Service. */
const USER_TYPES: Readonly<Record<Principal['kind'], JsonObject>> = {
  user: { type: 'User', type_id: 1 },
  system: { type: 'System', type_id: 3 },
  service: { type: 'Service', type_id: 4 },
};
const UNKNOWN_USER: JsonObject = { type: 'Unknown', type_id: 0 };
/** Targets that are accounts. */
const SUBJECT_TYPES: Readonly<Record<string, JsonObject>> = { 'user': USER_TYPES.user, 'service-account': USER_TYPES.service, 'principal': UNKNOWN_USER };

export function userOf(principal: Principal | null): JsonObject {
  if (principal === null) return { uid: 'anonymous', ...UNKNOWN_USER };
  return { uid: principal.id, ...USER_TYPES[principal.kind] };
}

/** Whose account it is about: the target if one is named, else whoever acted. */
function subjectOf(event: AuditEvent): JsonObject {
  const target = event.targets?.find(({ type }) => Object.hasOwn(SUBJECT_TYPES, type));
  return target === undefined ? userOf(event.actor) : { uid: target.uid, ...SUBJECT_TYPES[target.type] };
}

export function resourceOf({ type, uid }: AuditTarget): JsonObject {
  return { type, uid: type === 'session' ? sessionDigest(uid) : uid };
}

/** What the deed was done to, from wherever the entry's class keeps it. */
export function resourcesOfEntry(entry: JsonObject): readonly JsonValue[] {
  const { resources, unmapped } = entry;
  const kept = resources ?? (isJsonObject(unmapped) ? unmapped['resources'] : undefined);
  return Array.isArray(kept) ? (kept as readonly JsonValue[]) : [];
}

/** A session id names a live session: the ledger shows which events share one, without handing the id out. */
export function sessionDigest(sessionId: string): string {
  return hash('sha256', sessionId, 'hex');
}

function sessionOf({ targets }: AuditEvent): JsonObject {
  const session = targets?.find(({ type }) => type === 'session');
  return session === undefined ? {} : { session: { uid: sessionDigest(session.uid) } };
}

/** The role, or the list of privileges, that the facts name. */
function privilegesOf({ kind, facts }: AuditEvent): readonly string[] {
  const { role, privileges } = facts ?? {};
  if (Array.isArray(privileges)) return privileges as readonly string[];
  return [typeof role === 'string' ? role : kind.code];
}

/** OCSF `severity_id`, by the words that rules use. */
const SEVERITIES: Readonly<Record<string, number>> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };

/** `finding_info` by the facts of an alert: its rule, title and number of occurrences. */
function finding({ kind, targets, facts = {} }: AuditEvent): JsonObject {
  const { rule, title, count, severity } = facts;
  return {
    finding_info: {
      uid: targets?.find(({ type }) => type === 'alert')?.uid ?? 'unknown',
      title: typeof title === 'string' ? title : kind.description,
      ...(typeof rule === 'string' ? { analytic: { uid: rule, type: 'Rule', type_id: 1 } } : {}),
      ...(typeof count === 'number' ? { related_events_count: count } : {}),
    },
    is_alert: kind.activityId === 1,
    // A finding is as severe as its rule says.
    ...(typeof severity === 'string' && Object.hasOwn(SEVERITIES, severity) ? { severity_id: SEVERITIES[severity]! } : {}),
  };
}
