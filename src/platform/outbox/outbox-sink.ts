import type { JsonObject } from '#pure/canonical-json/json-value.js';
import type { SinkName } from './outbox.js';

export interface OutboxMessage {
  /** The same at every attempt: by it a receiver knows a message that it had before. */
  readonly id: string;
  readonly sink: SinkName;
  readonly destination: string;
  readonly subject: JsonObject;
  /** Counted from 1. */
  readonly attempt: number;
  readonly createdAt: Date;
}

/**
 * How an attempt ended. Reasons are ours and static: what a receiver answers is never stored, and addresses that a
 * name leads to are nobody's business.
 */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** Not now: it is tried again, and given up after the last time. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMillis?: number | null }
  /** Never: nobody is there any more, or who is there may not see it. */
  | { readonly kind: 'dropped'; readonly reason: string };

/**
 * One way out. `deliver` makes the payload as its receiver may see it now, sends it and says how that ended; it may
 * open transactions of its own, and none is open when it is called. It may be called again for a message that was
 * delivered, when the process died before that was written down. What it throws is a failed attempt. It ends soon
 * after the signal; the caller does not wait for one that does not.
 */
export abstract class OutboxSink {
  abstract readonly name: SinkName;
  abstract deliver(message: OutboxMessage, signal: AbortSignal): Promise<DeliveryOutcome>;
}
