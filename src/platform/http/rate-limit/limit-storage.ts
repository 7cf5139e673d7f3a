import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '#platform/system/clock.js';
import { SlidingWindow } from './sliding-window.js';

/** The answer of `@nestjs/throttler`'s storage, and what is needed to take the hit back. */
export interface LimitRecord {
  readonly totalHits: number;
  /** Seconds until a hit is possible again; 0 when one is. */
  readonly timeToExpire: number;
  readonly isBlocked: boolean;
  readonly timeToBlockExpire: number;
  /** Where the hit was counted; null when it was refused, since a refused hit is not counted. */
  readonly slot: number | null;
}

/**
 * The counters behind every limit, in the frame of `@nestjs/throttler`: registered as its storage, used by the
 * pipeline. The stock storage keeps one time per hit and searches them all on every hit; its guard counts per route.
 */
export abstract class LimitStorage implements ThrottlerStorage {
  /** Counts one hit of the key unless `limit` of them lie in the last minute. `ttlMillis` must be a minute. */
  abstract increment(key: string, ttlMillis: number, limit: number, blockDurationMillis: number, name: string): Promise<LimitRecord>;
  /** Takes back a hit that turned out not to count. */
  abstract refund(key: string, slot: number): Promise<void>;
}

/** Keys that are kept: 61 counters of 4 bytes and the map's entry are about 450 bytes, so 22 MiB in all. */
const KEYS_MAX = 50_000;
export const WINDOW_MILLIS = 60_000;

/** Counters of this process. When there are too many keys, the one that was used longest ago is forgotten. */
export class MemoryLimitStorage extends LimitStorage {
  private readonly windows = new Map<string, SlidingWindow>();

  constructor(
    private readonly clock: Clock,
    private readonly keysMax = KEYS_MAX,
  ) {
    super();
  }

  override increment(key: string, ttlMillis: number, limit: number): Promise<LimitRecord> {
    if (ttlMillis !== WINDOW_MILLIS) throw new RangeError('limits are counted per minute');
    const now = this.clock.monotonicMillis();
    const window = this.windowOf(key, now);
    const hits = window.total(now);
    if (hits < limit) {
      const slot = window.add(now);
      return Promise.resolve({ totalHits: hits + 1, timeToExpire: 0, isBlocked: false, timeToBlockExpire: 0, slot });
    }
    const waitSeconds = Math.max(1, Math.ceil(window.millisUntilBelow(limit, now) / 1000));
    return Promise.resolve({ totalHits: hits, timeToExpire: waitSeconds, isBlocked: true, timeToBlockExpire: waitSeconds, slot: null });
  }

  override refund(key: string, slot: number): Promise<void> {
    this.windows.get(key)?.remove(slot, this.clock.monotonicMillis());
    return Promise.resolve();
  }

  /** Number of keys that are kept, for tests and metrics. */
  get size(): number {
    return this.windows.size;
  }

  /** A map iterates in the order of insertion, so putting a key in again at each use keeps the oldest use first. */
  private windowOf(key: string, now: number): SlidingWindow {
    const known = this.windows.get(key);
    const window = known ?? new SlidingWindow(now);
    if (known !== undefined) this.windows.delete(key);
    else if (this.windows.size >= this.keysMax) this.windows.delete(this.windows.keys().next().value!);
    this.windows.set(key, window);
    return window;
  }
}
