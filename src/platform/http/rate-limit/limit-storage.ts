import type { ThrottlerStorage, ThrottlerStorageService } from '@nestjs/throttler';

export const WINDOW_MILLIS = 60_000;

/** What became of a hit. */
export interface Count {
  /** Hits in the window, this one included if it was admitted. */
  readonly used: number;
  /** Where it was counted, for `giveBack`; null when it was refused, since a refused hit is not counted. */
  readonly slot: number | null;
  /** Until this hit would be admitted; of one that was, until the oldest leaves the window. */
  readonly waitMillis: number;
}

/**
 * Where hits are counted: in this process, in Redis, in Postgres. All three are the sliding window of
 * `sliding-window.ts`, held equal by one table of tests. Cutting time is the store's own affair, so that replicas whose
 * clocks differ count alike.
 */
export interface CounterStore {
  /** Counts `cost` hits of the key unless there would be more than `limit` of them in the last minute. Atomic. */
  take(key: string, limit: number, cost: number): Promise<Count>;
  /** Takes back what turned out not to count. Nothing, when it has left the window meanwhile. */
  giveBack(key: string, slot: number, cost: number): Promise<void>;
  /** Resolves when the store can count. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A hit as the pipeline sees it, wherever it was counted. */
export interface Admission {
  readonly isRefused: boolean;
  readonly used: number;
  /** Seconds until it would be admitted; of one that was, until the oldest hit leaves the window. */
  readonly waitSeconds: number;
  /** Of a hit that turned out not to count. Never rejects: what cannot be taken back leaves the window by itself. */
  takeBack(): Promise<void>;
}

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorageService['increment']>>;

/**
 * The counters behind every limit, in the frame of `@nestjs/throttler`: registered as its storage, used by the
 * pipeline. The stock storage keeps one time per hit and searches them all on every hit; its guard counts per route.
 */
export abstract class LimitStorage implements ThrottlerStorage {
  /** Counts `cost` hits of the key unless there would be more than `limit` in the last minute. Never rejects. */
  abstract take(key: string, limit: number, cost: number): Promise<Admission>;

  /** As guards of `@nestjs/throttler` ask. `ttlMillis` must be a minute. */
  async increment(key: string, ttlMillis: number, limit: number, _blockDurationMillis: number, name: string): Promise<ThrottlerRecord> {
    if (ttlMillis !== WINDOW_MILLIS) throw new RangeError('limits are counted per minute');
    const { isRefused, used, waitSeconds } = await this.take(`${name}:${key}`, limit, 1);
    return { totalHits: used, timeToExpire: waitSeconds, isBlocked: isRefused, timeToBlockExpire: isRefused ? waitSeconds : 0 };
  }
}

/** At least one: "0 seconds" would be an invitation to ask at once. */
export function secondsOf(waitMillis: number): number {
  return Math.max(1, Math.ceil(waitMillis / 1000));
}
