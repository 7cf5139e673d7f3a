/**
 * Geometry of the tree of RFC 6962 §2.1. Sizes and indices are safe integers: beyond 2^32 the bitwise operators of
 * JavaScript wrap, so this code divides.
 */

/** A complete subtree: 2^height leaves, the first at index * 2^height. */
export interface Subtree {
  readonly height: number;
  readonly index: number;
}

/** Leaves `start` to `end - 1`; `start` is a multiple of the smallest power of two that is at least as large as the range. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** Refuses what is no size or index before geometry is computed with it. */
export function assertCount(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be an integer from 0 to 2^53 - 1`);
}

/** The largest power of two below `size` (RFC 6962 §2.1, k); `size` is at least 2. */
export function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** A range as complete subtrees, left to right: one for each bit of its length. */
export function subtreesOf(range: LeafRange): Subtree[] {
  const subtrees: Subtree[] = [];
  let { start } = range;
  for (let width = floorPowerOfTwo(range.end - start); width >= 1; width /= 2) {
    if (range.end - start < width) continue;
    subtrees.push({ height: Math.log2(width), index: start / width });
    start += width;
  }
  return subtrees;
}

function floorPowerOfTwo(value: number): number {
  let power = 1;
  while (power * 2 <= value) power *= 2;
  return power;
}
