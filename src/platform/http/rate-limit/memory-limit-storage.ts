import type { Clock } from '#platform/system/clock.js';
import { type Admission, type Count, type CounterStore, LimitStorage, secondsOf } from './limit-storage.js';
import { SlidingWindow } from './sliding-window.js';

/** Keys that are kept: 61 counters of 4 bytes and the map's entry are about 450 bytes, so 22 MiB in all. */
const KEYS_MAX = 50_000;

/** Counters of this process. When there are too many keys, the one that was used longest ago is forgotten. */
export class MemoryCounters implements CounterStore {
  private readonly windows = new Map<string, SlidingWindow>();

  constructor(
    private readonly clock: Clock,
    private readonly keysMax = KEYS_MAX,
  ) {}

  take(key: string, limit: number, cost: number): Promise<Count> {
    return Promise.resolve(this.takeNow(key, limit, cost));
  }

  giveBack(key: string, slot: number, cost: number): Promise<void> {
    this.giveBackNow(key, slot, cost);
    return Promise.resolve();
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.windows.clear();
    return Promise.resolve();
  }

  takeNow(key: string, limit: number, cost: number): Count {
    const now = this.clock.monotonicMillis();
    const window = this.windowOf(key, now);
    const used = window.total(now);
    if (used + cost > limit) return { used, slot: null, waitMillis: window.millisUntilAtMost(limit - cost, now) };
    const slot = window.add(now, cost);
    return { used: used + cost, slot, waitMillis: window.millisUntilAtMost(used + cost - 1, now) };
  }

  giveBackNow(key: string, slot: number, cost: number): void {
    this.windows.get(key)?.remove(slot, this.clock.monotonicMillis(), cost);
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

/** The limits of one process that is alone, or that counts for itself. */
export class MemoryLimitStorage extends LimitStorage {
  private readonly counters: MemoryCounters;

  constructor(clock: Clock) {
    super();
    this.counters = new MemoryCounters(clock);
  }

  override take(key: string, limit: number, cost: number): Promise<Admission> {
    const { used, slot, waitMillis } = this.counters.takeNow(key, limit, cost);
    return Promise.resolve({
      isRefused: slot === null,
      used,
      waitSeconds: secondsOf(waitMillis),
      takeBack: () => (slot === null ? Promise.resolve() : this.counters.giveBack(key, slot, cost)),
    });
  }
}
