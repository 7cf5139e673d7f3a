import 'reflect-metadata';
import type { AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';
import type { BucketName } from './buckets.js';

/**
 * What every handler must state: who may call it (`@Requires` or `@Public`) and what is recorded (`@Audited`,
 * `@AuditedWhen` or `@Unaudited`). The annotation check at boot refuses a handler that states neither, or both of a pair.
 */
export type Access =
  | { readonly kind: 'requires'; readonly permission: Permission }
  | { readonly kind: 'public'; readonly reason: string };

/**
 * How the event reaches the ledger.
 * `transaction`: in the transaction of the deed. `group`: an event without a deed (a denial, a failed login), group-
 * committed before the answer. `stream`: an upload, recorded in the transaction that makes it visible.
 */
export type AuditMode = 'transaction' | 'group' | 'stream';
export type Recording =
  | { readonly kind: 'audited'; readonly event: AuditEventKind; readonly mode: AuditMode; readonly beside: readonly AuditEventKind[]; readonly instead: readonly AuditEventKind[] }
  | { readonly kind: 'audited-when'; readonly event: AuditEventKind; readonly mode: 'group' | 'transaction'; readonly reason: string }
  | { readonly kind: 'unaudited'; readonly reason: string; readonly beside: readonly AuditEventKind[] };

/** The event that a handler's success may or must leave; null when it leaves none. */
export function eventOf(recording: Recording): AuditEventKind | null {
  return recording.kind === 'unaudited' ? null : recording.event;
}

/** All kinds, one of which that is. */
export function eventsOf(recording: Recording): readonly AuditEventKind[] {
  const event = eventOf(recording);
  return event === null ? [] : [event, ...(recording.kind === 'audited' ? recording.instead : [])];
}

export const ACCESS = 'quantonium:access';
export const RECORDING = 'quantonium:recording';
export const STREAMED_BODY = 'quantonium:streamed-body';
export const BODY_BYTES = 'quantonium:body-bytes';
export const BUCKET = 'quantonium:bucket';
export const NEEDS_APPROVAL = 'quantonium:needs-approval';
export const BODY_LIMIT = 'quantonium:body-limit';
export const AUTHENTICATES = 'quantonium:authenticates';
export const WHILE_SEALED = 'quantonium:while-sealed';
export const REPEATABLE = 'quantonium:repeatable';

/**
 * States one fact about a handler, once. A second statement of the same key would silently win over the first, and
 * `@Public` above `@Requires` would open the route; so it is refused while the class is being defined.
 */
function stated(key: string, value: unknown): MethodDecorator {
  return (target, name, descriptor) => {
    const handler: unknown = descriptor?.value;
    if (typeof handler !== 'function') throw new Error(`${key} belongs on a handler`);
    if (Reflect.hasOwnMetadata(key, handler)) throw new Error(`${target.constructor.name}.${String(name)} states ${key} twice`);
    Reflect.defineMetadata(key, value, handler);
  };
}

/** Only principals to whom policy grants the permission; 401 without a credential, 403 without the grant. */
export const Requires = (permission: Permission): MethodDecorator => stated(ACCESS, { kind: 'requires', permission } satisfies Access);

/** Anybody, and why that is right: the reason stands in a golden file. */
export const Public = (reason: string): MethodDecorator => stated(ACCESS, { kind: 'public', reason } satisfies Access);

/**
 * A success leaves exactly one event of this kind. `beside`: kinds of what may have to happen first, in the same
 * transaction, and has entries of its own.
 */
export const Audited = (event: AuditEventKind, mode: AuditMode, beside: readonly AuditEventKind[] = []): MethodDecorator =>
  stated(RECORDING, { kind: 'audited', event, mode, beside, instead: [] } satisfies Recording);

/** For a route that does one of several things, as its fields say: a success leaves exactly one event, of one of these kinds. */
export const AuditedOneOf = ([event, ...instead]: readonly [AuditEventKind, ...AuditEventKind[]], mode: AuditMode, beside: readonly AuditEventKind[] = []): MethodDecorator =>
  stated(RECORDING, { kind: 'audited', event, mode, beside, instead } satisfies Recording);

/**
 * Recorded for some callers and not for others, by a rule that only the engine can apply: whom, and why not the
 * rest, is the reason, which stands in a golden file. Only for reads: a deed is always recorded. Mode `transaction` is of
 * reads that make what they show when there is none yet.
 */
export const AuditedWhen = (event: AuditEventKind, mode: 'group' | 'transaction', reason: string): MethodDecorator =>
  stated(RECORDING, { kind: 'audited-when', event, mode, reason } satisfies Recording);

/**
 * Nothing is recorded when it succeeds, and why that is right: the reason stands in a golden file. `beside`: kinds of what it
 * may have to read first, and what is recorded of that.
 */
export const Unaudited = (reason: string, beside: readonly AuditEventKind[] = []): MethodDecorator => stated(RECORDING, { kind: 'unaudited', reason, beside } satisfies Recording);

/** The body is handed to the handler as a stream (`BodyStream()`) and never buffered; any content type. */
export const StreamedBody = (): MethodDecorator => stated(STREAMED_BODY, true);

/** What an unparsed body must be announced as: JSON, a form, or nothing in particular. */
export type UnparsedType = 'json' | 'form' | 'any';

/**
 * The body is handed to the handler as the bytes that arrived (`BodyBytes()`): it has a grammar of its own, or is parsed
 * where it does not hold up the event loop. Under whatever type is announced, unless it must be `json` or a `form`.
 */
export const UnparsedBody = (type: UnparsedType = 'any'): MethodDecorator => stated(BODY_BYTES, type);

/** Names that a query may have more than once, where a protocol says so; everything else is said once. The handler reads them from the raw URL. */
export const Repeatable = (...names: readonly string[]): MethodDecorator => stated(REPEATABLE, names);

/** Refused bodies above this size, for a route that takes more or less than the default. */
export const BodyLimit = (limitBytes: number): MethodDecorator => stated(BODY_LIMIT, limitBytes);

/** Unauthenticated calls are counted in the bucket of this name (buckets.ts) instead of the one that all routes share. */
export const Bucket = (name: BucketName): MethodDecorator => stated(BUCKET, name);

/** On a public route that turns a secret into a token: when it succeeds, somebody was authenticated, and the source is not charged. */
export const Authenticates = (): MethodDecorator => stated(AUTHENTICATES, true);

/** Served also by a process that is sealed, where every other route is refused: it needs no key, and no account. */
export const WhileSealed = (): MethodDecorator => stated(WHILE_SEALED, true);

/** When a route asks for a second person: at each success, or at some. */
export type ApprovalDemand = { readonly when: string | null };

/**
 * May take a second person: the engine asks `Approvals`, and without one the request is answered with the approval that
 * it waits for. Without `when` every success must have asked; with it, only what is said there does.
 */
export const NeedsApproval = (when?: string): MethodDecorator => stated(NEEDS_APPROVAL, { when: when ?? null } satisfies ApprovalDemand);
