import { systemPrincipal } from '#pure/principal/principal.js';
import type { SequencerUnitOfWork, Tx } from '../database/unit-of-work.js';
import type { Clock } from '../system/clock.js';
import { crashPoint } from '../system/crash-points.js';
import type { Randomness } from '../system/randomness.js';
import type { OutboxRows } from './outbox-rows.js';
import type { DeliveryOutcome, OutboxMessage, OutboxSink } from './outbox-sink.js';
import { waitAfter } from './retry-schedule.js';

const DELIVERER = systemPrincipal('outbox');

/** At once, in one process: a destination takes one of these places, so that this many must hang to hold up the rest. */
export const DELIVERIES_MAX = 32;
/**
 * Of these, webhooks take so many at most. Where those go is said by whoever keeps one, and each may hang for as long as
 * it is let; e-mail, syslog and Alertmanager are the operator's own, a destination or a few each, and always have places.
 */
export const WEBHOOK_DELIVERIES_MAX = 24;
/** From the first look at the message to the end of the answer. */
export const DELIVERY_TIMEOUT_MILLIS = 20_000;
/** Three times what an attempt may take: what a process that was killed had claimed is tried again after this. */
export const LEASE_MILLIS = 60_000;

/** What became of an attempt: `retried` will be tried again, `failed` was given up. */
export type AttemptResult = 'delivered' | 'retried' | 'failed' | 'dropped';

export interface DeliveryObserver {
  ended(result: AttemptResult): void;
  /** Of a sink, or of the database after the attempt: a defect or an outage, not a receiver's refusal. */
  failed(error: unknown): void;
  /** Runs the attempt in a span of its own, if there are any. */
  traced(attempt: () => Promise<void>): Promise<void>;
}

/**
 * Brings out what the outbox holds: at least once, to each destination one message after another, and to all of them
 * side by side. The claim is one transaction and the note of how it ended another; between the two nothing is open, so
 * a receiver may take its time. A process that dies between delivery and note has the message delivered again, under
 * the same id.
 */
export class OutboxDelivery {
  private readonly inFlight = new Map<Promise<void>, OutboxMessage['sink']>();
  private readonly sinks: ReadonlyMap<string, OutboxSink>;

  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly rows: OutboxRows,
    sinks: readonly OutboxSink[],
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly observer: DeliveryObserver,
  ) {
    this.sinks = new Map(sinks.map((sink) => [sink.name, sink]));
  }

  /** Claims what is due and starts to deliver it, without waiting for the end. Returns how many were started. */
  async start(stopping: AbortSignal, onEnd: () => void = () => undefined): Promise<number> {
    const hooked = [...this.inFlight.values()].filter((sink) => sink === 'webhook').length;
    const places = { all: DELIVERIES_MAX - this.inFlight.size, webhooks: WEBHOOK_DELIVERIES_MAX - hooked };
    if (places.all <= 0 || stopping.aborted) return 0;
    const now = this.clock.nowMillis();
    const claimed = await this.units.run(DELIVERER, (tx) => this.rows.claim(tx, new Date(now), new Date(now + LEASE_MILLIS), places));
    if (claimed.length > 0) crashPoint('outbox.claim.after-commit');
    for (const message of claimed) {
      const delivery = this.observer.traced(() => this.deliver(message, stopping))
        .catch((error: unknown) => this.observer.failed(error))
        .then(() => {
          this.inFlight.delete(delivery);
          onEnd();
        });
      this.inFlight.set(delivery, message.sink);
    }
    return claimed.length;
  }

  /** Resolves when nothing that was started is under way. */
  async settled(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight.keys());
  }

  async sweep(): Promise<void> {
    const expired = await this.units.run(DELIVERER, (tx) => this.rows.sweep(tx, this.clock.now()));
    for (let each = 0; each < expired; each += 1) this.observer.ended('failed');
  }

  private async deliver(message: OutboxMessage, stopping: AbortSignal): Promise<void> {
    const outcome = await this.attempt(message, stopping);
    crashPoint('outbox.deliver.after-delivery');
    // Told to stop, an attempt fails because of us: it was none.
    const isReleased = stopping.aborted && outcome.kind === 'retry';
    let result: AttemptResult = 'retried';
    await this.units.run(DELIVERER, async (tx) => {
      if (isReleased) return this.rows.release(tx, message, this.clock.now());
      result = await this.note(tx, message, outcome);
    });
    if (!isReleased) this.observer.ended(result);
  }

  /** Whatever a sink does, the attempt ends, and in time. */
  private async attempt(message: OutboxMessage, stopping: AbortSignal): Promise<DeliveryOutcome> {
    const sink = this.sinks.get(message.sink);
    if (sink === undefined) return { kind: 'dropped', reason: 'not-configured' };
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(DELIVERY_TIMEOUT_MILLIS)]);
    const { promise: late, resolve } = Promise.withResolvers<DeliveryOutcome>();
    const giveUp = (): void => resolve({ kind: 'retry', reason: 'timeout' });
    signal.addEventListener('abort', giveUp, { once: true });
    const delivery = sink.deliver(message, signal).catch((error: unknown): DeliveryOutcome => {
      if (!signal.aborted) this.observer.failed(error);
      return { kind: 'retry', reason: 'internal-error' };
    });
    try {
      return await Promise.race([delivery, late]);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  private async note(tx: Tx, message: OutboxMessage, outcome: DeliveryOutcome): Promise<AttemptResult> {
    const now = this.clock.nowMillis();
    if (outcome.kind !== 'retry') {
      await this.rows.end(tx, message, outcome.kind, new Date(now), outcome.kind === 'dropped' ? outcome.reason : null);
      return outcome.kind;
    }
    const wait = waitAfter(message.attempt, outcome.afterMillis ?? null, this.randomness.bytes(4).readUInt32BE() / 2 ** 32);
    if (wait === null) {
      await this.rows.end(tx, message, 'failed', new Date(now), outcome.reason);
      return 'failed';
    }
    await this.rows.postpone(tx, message, new Date(now + wait), outcome.reason);
    return 'retried';
  }
}
