import type { Clock } from '#platform/system/clock.js';
import { type Admission, type Count, type CounterStore, LimitStorage, secondsOf } from './limit-storage.js';
import { MemoryCounters } from './memory-limit-storage.js';

/** From counting together to counting alone, and back. */
export interface SharingReport {
  lost(error: unknown): void;
  regained(): void;
}

export interface SharedLimitOptions {
  readonly shared: CounterStore;
  readonly clock: Clock;
  /** What the shared store may know of a key, an address being personal; null while it cannot be said: then this process counts alone. */
  readonly nameOf: (key: string) => string | null;
  /** The longest that a hit waits for the shared store. */
  readonly patienceMillis: number;
  readonly report: SharingReport;
}

/** While the store is away it is asked so often whether it is back, by nobody's request. */
const RETRY_MILLIS = 500;
/** A refusal of the shared store is believed for so long without asking again: so much a flood costs it. */
const REFUSAL_MILLIS = 1_000;
const REFUSALS_MAX = 10_000;

interface Refusal extends Count {
  readonly atMillis: number;
}

/**
 * Limits that hold for all replicas together while they can be counted together.
 *
 * Each hit is counted here first and then there. Whoever is over the limit here is over it everywhere, so a flood is
 * refused without a word to the shared store. When that fails or is slower than `patienceMillis`, the count of
 * this process decides alone, at the same limits, until a probe finds it back: nobody's request waits for it meanwhile.
 */
export class SharedLimitStorage extends LimitStorage {
  private readonly local: MemoryCounters;
  private readonly refusals = new Map<string, Refusal>();
  private probe: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(private readonly options: SharedLimitOptions) {
    super();
    this.local = new MemoryCounters(options.clock);
  }

  /** Whether this process counts alone. */
  get isAlone(): boolean {
    return this.probe !== null;
  }

  override async take(key: string, limit: number, cost: number): Promise<Admission> {
    const remembered = this.refusalOf(key, cost);
    if (remembered !== null) return refused(remembered);
    const here = this.local.takeNow(key, limit, cost);
    if (here.slot === null) return refused(here);
    const there = await this.takeThere(key, limit, cost);
    if (there === null) return admitted(here, async () => this.local.giveBack(key, here.slot!, cost));
    if (there.slot === null) {
      this.local.giveBackNow(key, here.slot, cost);
      // Where there is no room for much there may be room for less: only the refusal of the least says something of others.
      if (cost === 1) this.remember(key, there);
      return refused(there);
    }
    return admitted(there, () => this.giveBack(key, here.slot!, there.slot!, cost));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.probe !== null) clearTimeout(this.probe);
    await this.options.shared.close();
  }

  private async giveBack(key: string, hereSlot: number, thereSlot: number, cost: number): Promise<void> {
    this.local.giveBackNow(key, hereSlot, cost);
    this.refusals.delete(key);
    const name = this.options.nameOf(key);
    if (name === null || this.isAlone) return;
    await this.inTime(this.options.shared.giveBack(name, thereSlot, cost)).catch((error: unknown) => this.lose(error));
  }

  /** Null when the shared store does not say. */
  private async takeThere(key: string, limit: number, cost: number): Promise<Count | null> {
    const name = this.options.nameOf(key);
    if (name === null || this.isAlone) return null;
    try {
      return await this.inTime(this.options.shared.take(name, limit, cost));
    } catch (error) {
      this.lose(error);
      return null;
    }
  }

  /**
   * In two halves, and a turn of the event loop behind them: where this process was too busy to read an answer that has
   * been there all the time, it was not the store that was late.
   */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const { patienceMillis } = this.options;
    const giveUp = (): unknown => setImmediate(() => reject(new Error(`no answer within ${patienceMillis} ms`)));
    let timer = setTimeout(() => (timer = setTimeout(giveUp, patienceMillis / 2)), patienceMillis / 2);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private lose(error: unknown): void {
    if (this.isAlone || this.isClosed) return;
    this.options.report.lost(error);
    this.probeLater();
  }

  private probeLater(): void {
    this.probe = setTimeout(() => {
      this.inTime(this.options.shared.ping()).then(
        () => {
          this.probe = null;
          if (!this.isClosed) this.options.report.regained();
        },
        () => (this.isClosed ? undefined : this.probeLater()),
      );
    }, RETRY_MILLIS).unref();
  }

  private refusalOf(key: string, cost: number): Refusal | null {
    const refusal = cost === 1 ? this.refusals.get(key) : undefined;
    if (refusal === undefined) return null;
    const age = this.options.clock.monotonicMillis() - refusal.atMillis;
    if (age < Math.min(REFUSAL_MILLIS, refusal.waitMillis)) return { ...refusal, waitMillis: refusal.waitMillis - age };
    this.refusals.delete(key);
    return null;
  }

  private remember(key: string, count: Count): void {
    if (this.refusals.size >= REFUSALS_MAX) this.refusals.delete(this.refusals.keys().next().value!);
    this.refusals.set(key, { ...count, atMillis: this.options.clock.monotonicMillis() });
  }
}

function admitted({ used, waitMillis }: Count, takeBack: () => Promise<void>): Admission {
  return { isRefused: false, used, waitSeconds: secondsOf(waitMillis), takeBack };
}

function refused({ used, waitMillis }: Count): Admission {
  return { isRefused: true, used, waitSeconds: secondsOf(waitMillis), takeBack: () => Promise.resolve() };
}
