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
  /** W3C trace context: 32 and 16 hex digits, of this request's own span; null until it has one. */
  readonly trace: { readonly traceId: string; readonly spanId: string; readonly sampled: boolean } | null;
  /** Events whose transaction committed, in commit order. Filled after commit, never before. */
  readonly committedEvents: { readonly id: string; readonly code: string }[];
  /**
   * The deed was done by an earlier request with the same Idempotency-Key, and answered with this status: no event is
   * owed. Null for a deed of this request's own.
   */
  replayedStatus: number | null;
}

const storage = new AsyncLocalStorage<RequestTrail>();

/** The trail of the request that this runs in; undefined in background work. */
export function requestTrail(): RequestTrail | undefined {
  return storage.getStore();
}

export function runWithTrail<T>(trail: RequestTrail, work: () => T): T {
  return storage.run(trail, work);
}
