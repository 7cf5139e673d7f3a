/** How many questions one lookup takes unless told; the rest starts with the next. Bounds the statement, not the callers. */
const KEYS_PER_LOOKUP_MAX = 2000;

interface Waiter<K, V> {
  readonly key: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One lookup for all who ask at the same time, and never an answer from before the question.
 *
 * Who asks while a lookup is in flight waits for the *next* one, since the one in flight may have read the state of
 * before. So every answer comes from a read that started after its question, which is what makes a revocation exact,
 * and N questions at once cost at most two reads. There is no cache and no timer. A failed read fails everybody who
 * was in it and nobody else.
 */
export class CoalescedLookup<K, V> {
  private waiting: Waiter<K, V>[] = [];
  private inFlight = false;

  /** `read` is called with at least one key, without duplicates, and never while it is still running. */
  constructor(
    private readonly read: (keys: readonly K[]) => Promise<V>,
    private readonly keysMax = KEYS_PER_LOOKUP_MAX,
  ) {}

  find(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
      if (!this.inFlight) this.start();
    });
  }

  private start(): void {
    this.inFlight = true;
    // When the loop has heard all sockets that it found readable: the requests of one turn share a read, where the first
    // of them would have one for itself and the others wait for the next. Who is alone waits for nobody.
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    const batch = this.waiting.splice(0, this.keysMax);
    try {
      const value = await this.read([...new Set(batch.map((waiter) => waiter.key))]);
      for (const waiter of batch) waiter.resolve(value);
    } catch (error) {
      for (const waiter of batch) waiter.reject(error);
    }
    this.inFlight = false;
    if (this.waiting.length > 0) this.start();
  }
}
