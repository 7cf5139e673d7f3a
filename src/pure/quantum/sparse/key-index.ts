const EMPTY = -1;

/**
 * Where each key stands in a list of keys of two words: open addressing, at most half full, so that a search looks at
 * 1.5 places on average. Keys are never taken out one by one; the index is made again when the list is.
 */
export class KeyIndex {
  private table = new Int32Array(16);
  private shift = 28;
  private size = 16;

  constructor(private low: Int32Array, private high: Int32Array) {}

  /** Indexes the first `count` keys of the lists, with room for `roomFor` in all. */
  rebuild(low: Int32Array, high: Int32Array, count: number, roomFor: number): void {
    this.low = low;
    this.high = high;
    const bits = Math.max(4, 32 - Math.clz32(2 * roomFor - 1));
    this.size = 2 ** bits;
    this.shift = 32 - bits;
    if (this.table.length < this.size) this.table = new Int32Array(this.size);
    this.table.fill(EMPTY, 0, this.size);
    for (let at = 0; at < count; at++) this.insert(at);
  }

  /** How many keys fit before it must be made again. */
  get room(): number {
    return this.size / 2;
  }

  /** Adds the key at a place of the lists, which is not indexed yet. */
  insert(at: number): void {
    const { table } = this;
    const mask = this.size - 1;
    let place = this.start(this.low[at] as number, this.high[at] as number);
    while ((table[place] as number) !== EMPTY) place = (place + 1) & mask;
    table[place] = at;
  }

  /** The place of a key in the lists, or -1. */
  find(low: number, high: number): number {
    const { table, low: lows, high: highs } = this;
    const mask = this.size - 1;
    for (let place = this.start(low, high); ; place = (place + 1) & mask) {
      const at = table[place] as number;
      if (at === EMPTY || (lows[at] === low && highs[at] === high)) return at;
    }
  }

  /** Fibonacci hashing: the upper bits of a product with an odd number near 2^32/φ depend on all bits of the key. */
  private start(low: number, high: number): number {
    return Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> this.shift;
  }
}
