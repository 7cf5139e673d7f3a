/**
 * What may be kept for a while, the least recently used dropped first. Time is the caller's, in milliseconds of a clock
 * that does not jump.
 */
export class BoundedCache<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly untilMillis: number }>();

  constructor(
    private readonly entriesMax: number,
    private readonly lifeMillis: number,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, nowMillis: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.untilMillis <= nowMillis) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V, nowMillis: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMillis: nowMillis + this.lifeMillis });
    if (this.#entries.size > this.entriesMax) this.#entries.delete(this.#entries.keys().next().value!);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Nobody asks any more for what nobody uses: only a look at everything finds it. */
  dropExpired(nowMillis: number): void {
    for (const [key, { untilMillis }] of this.#entries) if (untilMillis <= nowMillis) this.#entries.delete(key);
  }
}
