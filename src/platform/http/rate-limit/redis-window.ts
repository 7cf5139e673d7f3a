import type { Count } from './limit-storage.js';
import { SLOT_MILLIS, SLOTS } from './sliding-window.js';

/** What a key of Redis holds: a field a slot of a second, its value the hits in it. */
export interface RedisWindow {
  /** The slot that hits are counted in now: of a clock that stepped back (a failover) the newest that has any. */
  readonly newest: number;
  /** Hits by slot, of the window that ends with `newest`. */
  readonly hits: ReadonlyMap<number, number>;
  readonly used: number;
  /** Fields that have left the window. */
  readonly stale: readonly string[];
}

/**
 * A field that lies a whole window ahead of the clock is of a time that turned out to be wrong: were it kept, who is refused
 * by it would wait for that time.
 *
 * @param flat the answer to HGETALL: name, value, name, value, …
 */
export function windowIn(flat: readonly string[], nowMillis: number): RedisWindow {
  const current = Math.floor(nowMillis / SLOT_MILLIS);
  // Less than none: something was taken back of a slot that was lost with a Redis that started anew.
  const fields = Array.from({ length: flat.length / 2 }, (_, index) => ({ slot: Number(flat[2 * index]), count: Math.max(0, Number(flat[2 * index + 1])) }));
  const newest = Math.max(current, ...fields.filter(({ slot, count }) => count > 0 && slot < current + SLOTS).map(({ slot }) => slot));
  const isStale = (slot: number): boolean => slot <= newest - SLOTS || slot >= current + SLOTS;
  const hits = new Map(fields.filter(({ slot }) => !isStale(slot)).map(({ slot, count }) => [slot, count]));
  const used = [...hits.values()].reduce((sum, count) => sum + count, 0);
  return { newest, hits, used, stale: fields.filter(({ slot }) => isStale(slot)).map(({ slot }) => String(slot)) };
}

/** Of a hit that was counted in the newest slot, in a window as it was before it. */
export function admittedTo({ newest, hits, used }: RedisWindow, cost: number, nowMillis: number): Count {
  const after = new Map(hits).set(newest, (hits.get(newest) ?? 0) + cost);
  return { used: used + cost, slot: newest, waitMillis: millisUntilAtMost(used + cost - 1, newest, after, nowMillis) };
}

/**
 * Of a hit that was refused and taken back. What is beyond the limit is hits of others on their way out, for none such
 * was admitted: it lies in the newest slots, and nobody waits for it.
 */
export function refusedBy({ newest, hits, used }: RedisWindow, limit: number, cost: number, nowMillis: number): Count {
  const left = new Map(hits);
  let excess = Math.max(0, used - limit);
  for (let slot = newest; excess > 0 && slot > newest - SLOTS; slot -= 1) {
    const count = left.get(slot) ?? 0;
    left.set(slot, count - Math.min(count, excess));
    excess -= Math.min(count, excess);
  }
  return { used: Math.min(used, limit), slot: null, waitMillis: millisUntilAtMost(limit - cost, newest, left, nowMillis) };
}

/** Until the window holds at most so many hits; 0 when it does already. */
function millisUntilAtMost(target: number, newest: number, hits: ReadonlyMap<number, number>, nowMillis: number): number {
  let left = [...hits.values()].reduce((sum, count) => sum + count, 0);
  for (let slot = newest - SLOTS + 1; slot <= newest && left > target; slot += 1) {
    left -= hits.get(slot) ?? 0;
    if (left <= target) return (slot + SLOTS) * SLOT_MILLIS - nowMillis;
  }
  return 0;
}
