import type { Principal } from '../principal/principal.js';

/**
 * What can be recorded. A kind is declared once, by the module whose deed it is; its OCSF 1.8.0 class and activity
 * are part of the declaration, so that the body of an entry is a function of the event and needs no switch.
 */
export interface AuditEventKind {
  /** Stable dotted code: OCSF `metadata.event_code`, e.g. `simulation.submit`. */
  readonly code: string;
  /** OCSF class, e.g. 3002 Authentication, 6003 API Activity. */
  readonly classUid: number;
  /** OCSF activity within the class; `type_uid = class_uid * 100 + activity_id`. */
  readonly activityId: number;
  /** OCSF severity: 1 informational, 2 low, 3 medium, 4 high, 5 critical. */
  readonly severityId: number;
  /** A phrase for the generated catalogue. */
  readonly description: string;
}

export interface AuditTarget {
  /** Singular noun: `user`, `project`, `simulation`, `blob`. */
  readonly type: string;
  readonly uid: string;
}

/**
 * Personal data of one person, encrypted under a key of that person and month before the body is made: the ledger can
 * forget it without a change to any byte. Address and agent of the request are added by the audit log itself.
 */
export interface PersonalData {
  /** The principal whose data it is, and whose erasure takes it away; null where nobody is known: the day's key then. */
  readonly subject: string | null;
  readonly userName?: string;
  readonly email?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  /** What an operator wrote about a deed of theirs. */
  readonly note?: string;
}

/** One occurrence. Everything in it but `personal` becomes public to whoever holds a receipt: no names, addresses or secrets. */
export interface AuditEvent {
  readonly kind: AuditEventKind;
  readonly outcome: 'success' | 'failure' | 'denied';
  /** Null when nobody was authenticated. */
  readonly actor: Principal | null;
  readonly projectId?: string;
  readonly targets?: readonly AuditTarget[];
  /** Flat, non-personal facts: digests, counts, codes. Keys in camelCase with units. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /**
   * Keyed digests, 32 bytes each, of the things that one request did the same to. They stand in the entry while they fit;
   * beyond that their Merkle root does (RFC 6962), and the list is kept beside the entry.
   */
  readonly items?: readonly Buffer[];
  /** Of `items`, by whoever made so many of them that their root is not computed on the event loop. */
  readonly itemsRoot?: Buffer;
  /** The digest of where it came from, for what is told after its request has ended; otherwise the request says it. */
  readonly source?: string;
  /** Several occurrences that are told as one; instants in milliseconds since 1970. */
  readonly occurrences?: { readonly count: number; readonly firstMillis: number; readonly lastMillis: number };
  /** Only ever as ciphertext. */
  readonly personal?: PersonalData;
}

/**
 * How long a refusal waits for its record before it is given all the same: long enough for any ledger that works, and
 * short enough that one which does not cannot be used to hold connections open.
 */
export const DENIAL_PATIENCE_MILLIS = 1_000;

/** Declares a module's kinds of event: the key is the code. */
export function auditEvents<const T extends Readonly<Record<string, Omit<AuditEventKind, 'code' | 'severityId'> & { severityId?: number }>>>(
  table: T,
): { readonly [K in keyof T]: AuditEventKind & { readonly code: K } } {
  const entries = Object.entries(table).map(([code, kind]) => [code, Object.freeze({ severityId: 1, ...kind, code })]);
  return Object.freeze(Object.fromEntries(entries)) as { readonly [K in keyof T]: AuditEventKind & { readonly code: K } };
}
