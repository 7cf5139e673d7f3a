import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What the pipeline wants to know of a request after the handler has run: nothing decides by it. Deeds take their
 * principal and transaction as explicit arguments; only the request's id and the trail of what was recorded travel
 * here, because every layer between would only pass them on.
 */
export interface RequestTrail {
  /** UUIDv7, also in `X-Request-Id`. */
  readonly requestId: string;
  /** Where the request came from, as the client or a trusted proxy says: personal data, for the ledger's ciphertext alone. */
  readonly source: { readonly ipAddress: string; readonly userAgent: string | null };
  /** Null only for a trail that is no request's. */
  readonly trace: Trace | null;
  /** Events whose transaction committed, in commit order. Filled after commit, never before. */
  readonly committedEvents: { readonly id: string; readonly code: string }[];
  /**
   * The deed was done by an earlier request with the same Idempotency-Key, and answered with this status: no event is
   * owed. Null for a deed of this request's own.
   */
  replayedStatus: number | null;
  /** The deed asked whether it takes a second person, and committed: it took none, or an approval was used up, which this entry tells. */
  approval?: { readonly eventId: string | null };
  /**
   * Of a route that needs nobody, and where somebody may prove who they are: whether they did. Then its source is not
   * charged, whatever the answer. Absent: as the answer says.
   */
  isAuthenticated?: boolean;
  /** The limits that the request was counted under, by name: told with the answer. Absent from a trail that is no request's. */
  readonly quotas?: Map<string, Quota>;
}

/** What is left of one limit. */
export interface Quota {
  readonly name: string;
  /** In a window of so many seconds. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Until there is more of it. */
  readonly resetSeconds: number;
}

/** W3C trace context (pure/trace-context) of the span that this runs in. */
export interface Trace {
  /** 32 hex digits: the caller's, else the request's id without its dashes. Correlates, and decides nothing. */
  readonly traceId: string;
  /** 16 hex digits, ours. */
  readonly spanId: string;
  /** What the caller sent; null when that was nothing, or malformed. */
  readonly parent: { readonly spanId: string; readonly sampled: boolean; readonly state: string | null } | null;
  /** Whether the span is exported: decided once it is known who calls. */
  sampled: boolean;
}

const storage = new AsyncLocalStorage<RequestTrail>();

/** The trail of the request that this runs in; undefined in background work. */
export function requestTrail(): RequestTrail | undefined {
  return storage.getStore();
}

/** To be told with the answer to the request that this runs in; nothing in background work. */
export function noteQuota(quota: Quota): void {
  requestTrail()?.quotas?.set(quota.name, quota);
}

/** Of the request that this runs in; nothing in background work. */
export function noteAuthenticated(isAuthenticated: boolean): void {
  const trail = requestTrail();
  if (trail !== undefined) trail.isAuthenticated = isAuthenticated;
}

export function runWithTrail<T>(trail: RequestTrail, work: () => T): T {
  return storage.run(trail, work);
}

/** For what a request sets off and what is not its own: the steps of a boot that goes on, entries that stand for many requests. */
export function runWithoutTrail<T>(work: () => T): T {
  return storage.exit(work);
}

const jobs = new AsyncLocalStorage<Trace>();

/** The span that this runs in, of a request or of a job; undefined outside of both. */
export function activeTrace(): Trace | undefined {
  return requestTrail()?.trace ?? jobs.getStore();
}

/** For background work, which is no request and leaves no trail. */
export function runWithTrace<T>(trace: Trace, work: () => T): T {
  return jobs.run(trace, work);
}
