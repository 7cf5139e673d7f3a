/**
 * A count of hits in the last minute that is exact where it matters: no 60 s, wherever they begin, ever hold more
 * hits than the limit. Time is cut into slots of a second; the window is the current slot and the 60 before it, so it
 * spans 60 to 61 s, and errs by at most one second on the strict side.
 *
 * A fixed window lets twice the limit through around its edge; a list of hit times (the stock throttler) costs the
 * limit in time and memory on every hit. This costs one addition, and 61 counters per key.
 */
/** Also of the stores that replicas share: they cut time in the same way. */
export const SLOT_MILLIS = 1000;
export const SLOTS = 61;

export class SlidingWindow {
  private readonly counts = new Uint32Array(SLOTS);
  private newest: number;
  private sum = 0;

  constructor(nowMillis: number) {
    this.newest = Math.floor(nowMillis / SLOT_MILLIS);
  }

  /** Hits in the window that ends now. */
  total(nowMillis: number): number {
    this.advance(nowMillis);
    return this.sum;
  }

  /** Counts a hit now, or what costs as much as so many, and returns the slot that it was counted in, for `remove`. */
  add(nowMillis: number, cost = 1): number {
    this.advance(nowMillis);
    this.counts[this.newest % SLOTS]! += cost;
    this.sum += cost;
    return this.newest;
  }

  /** Takes back a hit; nothing if it has left the window meanwhile. */
  remove(slot: number, nowMillis: number, cost = 1): void {
    this.advance(nowMillis);
    const index = slot % SLOTS;
    if (slot <= this.newest - SLOTS || slot > this.newest || this.counts[index]! < cost) return;
    this.counts[index]! -= cost;
    this.sum -= cost;
  }

  /** Milliseconds until the window holds at most so many hits; 0 when it does already. Linear in the slots. */
  millisUntilAtMost(hits: number, nowMillis: number): number {
    this.advance(nowMillis);
    let left = this.sum;
    for (let slot = this.newest - SLOTS + 1; slot <= this.newest && left > hits; slot += 1) {
      left -= this.counts[((slot % SLOTS) + SLOTS) % SLOTS]!;
      if (left <= hits) return (slot + SLOTS) * SLOT_MILLIS - nowMillis;
    }
    return 0;
  }

  /** Forgets the slots that have left the window. A clock that steps back counts in the newest slot. */
  private advance(nowMillis: number): void {
    const slot = Math.floor(nowMillis / SLOT_MILLIS);
    const steps = Math.min(slot - this.newest, SLOTS);
    for (let step = 1; step <= steps; step += 1) {
      const index = (this.newest + step) % SLOTS;
      this.sum -= this.counts[index]!;
      this.counts[index] = 0;
    }
    if (steps === SLOTS) this.sum = 0;
    if (slot > this.newest) this.newest = slot;
  }
}
