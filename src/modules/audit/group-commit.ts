/**
 * Group commit: what arrives within a few milliseconds shares one transaction, and whoever waits is answered once that
 * transaction is durable. At 64 callers it measured 2 to 3 times the rate of one insert an event, at half the latency.
 *
 * One batch is written at a time; while it is, the next one fills. A batch that fails fails for all who are in it.
 */
export interface GroupCommitOptions {
  /** Items a transaction, at most. */
  readonly batchMax: number;
  /** How long the first of a batch waits for company, in milliseconds. */
  readonly lingerMillis: number;
  /** Items that may wait, those being written included; beyond it `add` refuses. */
  readonly waitingMax: number;
}

export const GROUP_COMMIT: GroupCommitOptions = { batchMax: 500, lingerMillis: 5, waitingMax: 10_000 };

export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

export class GroupCommit<T> {
  /** Owned by `add` and `drain`; items leave it before their write begins. */
  private readonly queue: Waiting<T>[] = [];
  private writing = 0;
  private timer: NodeJS.Timeout | null = null;
  private drained: Promise<void> | null = null;

  /** @param write makes a batch durable, or throws and leaves none of it behind. */
  constructor(
    private readonly write: (batch: readonly T[]) => Promise<void>,
    private readonly options: GroupCommitOptions = GROUP_COMMIT,
  ) {}

  /** Resolves when the item is durable. Rejects with `QueueFull` at once, or with what the write threw. */
  add(item: T): Promise<void> {
    if (this.queue.length + this.writing >= this.options.waitingMax) {
      return Promise.reject(new QueueFull(`${this.options.waitingMax} items wait already`));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      this.arm();
    });
  }

  /** Writes what waits without lingering; resolves when nothing waits any more. For shutdown. */
  async flush(): Promise<void> {
    while (this.queue.length > 0 || this.drained !== null) await this.startDraining();
  }

  private arm(): void {
    if (this.drained !== null) return; // the running drain takes this item along
    if (this.queue.length >= this.options.batchMax) void this.startDraining();
    else this.timer ??= setTimeout(() => void this.startDraining(), this.options.lingerMillis);
  }

  private startDraining(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.drained ??= this.drain().finally(() => {
      this.drained = null;
      if (this.queue.length > 0) this.arm();
    });
    return this.drained;
  }

  /** Never throws: every failure belongs to those who wait for it. */
  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, this.options.batchMax);
      this.writing = batch.length;
      try {
        await this.write(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        for (const { reject } of batch) reject(cause);
      } finally {
        this.writing = 0;
      }
    }
  }
}
