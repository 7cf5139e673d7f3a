import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { BucketName } from '../buckets.js';
import { HTTP_METRICS } from '../http.metrics.js';
import { type LimitRecord, type LimitStorage, WINDOW_MILLIS } from './limit-storage.js';

/** A hit that was counted before it was known whether it would have to be. */
export interface Reservation {
  /** The request turned out not to count against this bucket. */
  refund(): Promise<void>;
  /** It does count. */
  keep(): void;
}

/** What is counted: by source, by principal, or by source in a bucket with a name of its own. */
export type LimitName = 'source' | 'principal' | BucketName;

interface Turn {
  inFlight: number;
  readonly waiting: (() => void)[];
}

/** Requests of one source that may wait for a turn: more than any client opens, few enough to bound the memory. */
const WAITING_MAX = 1000;

/**
 * The limits of the pipeline. Every hit is counted when it is let in and, where only its end can tell whether it
 * counts, taken back later: counting at the end would let a thousand requests in while none of them has ended.
 *
 * The other side of reserving: a busy client with valid credentials has many requests in flight that will all be
 * taken back. They must not refuse each other, so a hit that finds the bucket full while others of its source are
 * undecided waits until one of them is. At most `limit` credentials of a source are thus being verified at a time,
 * and no valid one is ever refused for it.
 */
export class RequestLimits {
  private readonly turns = new Map<string, Turn>();

  constructor(
    private readonly storage: LimitStorage,
    private readonly metrics: Metrics,
  ) {}

  /** Counts a hit for good. Throws `too-many-requests`. */
  async charge(name: LimitName, key: string, limit: number): Promise<void> {
    const record = await this.storage.increment(`${name}:${key}`, WINDOW_MILLIS, limit, 0, name);
    if (record.isBlocked) throw this.tooMany(name, limit, record);
  }

  /** Counts a hit until it is decided. Throws `too-many-requests`. */
  async reserve(name: LimitName, source: string, limit: number): Promise<Reservation> {
    const key = `${name}:${source}`;
    for (;;) {
      const record = await this.storage.increment(key, WINDOW_MILLIS, limit, 0, name);
      const turn = this.turns.get(key);
      if (record.slot !== null) return this.reservationOf(key, record.slot);
      if (turn === undefined || turn.waiting.length >= WAITING_MAX) throw this.tooMany(name, limit, record);
      await new Promise<void>((resolve) => turn.waiting.push(resolve));
    }
  }

  private reservationOf(key: string, slot: number): Reservation {
    const turn = this.turns.get(key) ?? { inFlight: 0, waiting: [] };
    this.turns.set(key, turn);
    turn.inFlight += 1;
    let decided = false;
    const decide = (): boolean => {
      const first = !decided;
      decided = true;
      return first;
    };
    return {
      refund: async () => {
        if (!decide()) return;
        try {
          await this.storage.refund(key, slot);
        } finally {
          this.leave(key, turn, 1);
        }
      },
      keep: () => {
        if (decide()) this.leave(key, turn, 0);
      },
    };
  }

  /** `freed` hits became possible. The last one out wakes everybody: nobody is left who could. */
  private leave(key: string, turn: Turn, freed: number): void {
    turn.inFlight -= 1;
    if (turn.inFlight === 0) this.turns.delete(key);
    const woken = turn.waiting.splice(0, turn.inFlight === 0 ? turn.waiting.length : freed);
    for (const wake of woken) wake();
  }

  /** RFC 6585 §4, with the fields of draft-ietf-httpapi-ratelimit-headers: what the policy is and what is left of it. */
  private tooMany(name: LimitName, limit: number, record: LimitRecord): Fault {
    this.metrics.increment(HTTP_METRICS.http_rate_limited_total, { bucket: name });
    return new Fault(REQUEST_FAULTS['too-many-requests'], {
      headers: {
        'Retry-After': String(record.timeToBlockExpire),
        'RateLimit': `"${name}";r=0;t=${record.timeToBlockExpire}`,
        'RateLimit-Policy': `"${name}";q=${limit};w=${WINDOW_MILLIS / 1000}`,
      },
    });
  }
}
