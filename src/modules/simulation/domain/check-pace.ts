/** All turns of one order, which those of others come between: nobody's client waits for longer. */
export const ORDER_MILLIS_MAX = 30_000;
/** From then on the pace of an order tells when it will be read: before, one program that is slow says too little. */
export const PACE_KNOWN_MILLIS = 3_000;

/**
 * Whether an order will not be read in time, at the pace at which it has been: then it is refused now, and neither its
 * client nor the others wait for what would be thrown away. Programs count by their text, since some of a batch may be a
 * thousand times the size of others.
 */
export function isTooSlow(textRead: number, textOfAll: number, spentMillis: number): boolean {
  if (spentMillis <= PACE_KNOWN_MILLIS) return false;
  return spentMillis * textOfAll > ORDER_MILLIS_MAX * textRead;
}
