import { Injectable } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { noteQuota, type Quota, requestTrail } from '#platform/system/request-context.js';
import { HTTP_METRICS, type LimitName } from '../http.metrics.js';
import { type Admission, LimitStorage, WINDOW_MILLIS } from './limit-storage.js';

/** A hit that was counted before it was known whether it would have to be. */
export interface Reservation {
  /** The request turned out not to count against this bucket. */
  refund(): Promise<void>;
  /** It does count. */
  keep(): void;
}

/** The bucket has no room for so long. */
export interface Full {
  readonly waitSeconds: number;
}

export function isFull(answer: Reservation | Full): answer is Full {
  return 'waitSeconds' in answer;
}

interface Turn {
  inFlight: number;
  readonly waiting: (() => void)[];
}

/** Requests of one source that may wait for a turn: more than any client opens, few enough to bound the memory. */
const WAITING_MAX = 1000;
const WINDOW_SECONDS = WINDOW_MILLIS / 1000;

/**
 * The limits of the pipeline. Every hit is counted when it is let in and, where only its end can tell whether it
 * counts, taken back later: counting at the end would let a thousand requests in while none of them has ended.
 *
 * The other side of reserving: a busy client with valid credentials has many requests in flight that will all be
 * taken back. They must not refuse each other, so a hit that finds the bucket full while others of its source are
 * undecided waits until one of them is. At most `limit` credentials of a source are thus being verified at a time,
 * and no valid one is ever refused for it.
 */
@Injectable()
export class RequestLimits {
  private readonly turns = new Map<string, Turn>();

  constructor(
    private readonly storage: LimitStorage,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Counts a hit, or what costs as much as so many, for good: unless the caller finds that it was for nothing, and
   * takes it back with what is returned. Throws `too-many-requests`. What costs more than the whole limit costs all of
   * it: refusing it for ever would make a limit of rates one of sizes.
   */
  async charge(name: LimitName, key: string, limit: number, cost = 1): Promise<() => Promise<void>> {
    const admission = await this.storage.take(`${name}:${key}`, limit, Math.min(cost, limit));
    note(name, limit, admission);
    if (admission.isRefused) throw this.refusal(name, limit, admission.waitSeconds);
    return () => admission.takeBack();
  }

  /** Counts a hit until it is decided. */
  async tryReserve(name: LimitName, source: string, limit: number): Promise<Reservation | Full> {
    const key = `${name}:${source}`;
    for (;;) {
      const admission = await this.storage.take(key, limit, 1);
      const turn = this.turns.get(key);
      if (!admission.isRefused) {
        note(name, limit, admission);
        return this.reservationOf(name, key, admission);
      }
      if (turn === undefined || turn.waiting.length >= WAITING_MAX) {
        note(name, limit, admission);
        return { waitSeconds: admission.waitSeconds };
      }
      await new Promise<void>((resolve) => turn.waiting.push(resolve));
    }
  }

  /** As `tryReserve`, and throws `too-many-requests`. */
  async reserve(name: LimitName, source: string, limit: number): Promise<Reservation> {
    const answer = await this.tryReserve(name, source, limit);
    if (isFull(answer)) throw this.refusal(name, limit, answer.waitSeconds);
    return answer;
  }

  /** Whether a source that was just refused has been as often within a minute as it may ask at all. */
  async goesOn(source: string, limit: number): Promise<boolean> {
    return (await this.storage.take(`refused:${source}`, limit, 1)).isRefused;
  }

  /** What is over its limit, in the words of RFC 6585 §4: the fields of the quota are written with every answer. */
  refusal(name: LimitName, limit: number, waitSeconds: number): Fault {
    this.metrics.increment(HTTP_METRICS.http_rate_limited_total, { bucket: name });
    noteQuota({ name, limit, windowSeconds: WINDOW_SECONDS, remaining: 0, resetSeconds: waitSeconds });
    return new Fault(REQUEST_FAULTS['too-many-requests'], { headers: { 'Retry-After': String(waitSeconds) } });
  }

  private reservationOf(name: LimitName, key: string, admission: Admission): Reservation {
    const turn = this.turns.get(key) ?? { inFlight: 0, waiting: [] };
    this.turns.set(key, turn);
    turn.inFlight += 1;
    const quotas = requestTrail()?.quotas;
    let decided = false;
    const decide = (): boolean => {
      const first = !decided;
      decided = true;
      return first;
    };
    return {
      refund: async () => {
        if (!decide()) return;
        quotas?.delete(name);
        try {
          await admission.takeBack();
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
}

function note(name: LimitName, limit: number, { used, waitSeconds }: Admission): void {
  const quota: Quota = { name, limit, windowSeconds: WINDOW_SECONDS, remaining: Math.max(0, limit - used), resetSeconds: waitSeconds };
  noteQuota(quota);
}
