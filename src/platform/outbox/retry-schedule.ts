const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long after the attempt before the n-th is made, as the Standard Webhooks specification recommends: over three days in all. */
const WAITS_MILLIS = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR] as const;
export const ATTEMPTS_MAX = WAITS_MILLIS.length;

/** Up to a fifth longer, so that receivers that came back are not met by everybody at once. */
const JITTER = 0.2;
/** What a receiver may ask for at most; what it asks for beyond is its own loss. */
const RETRY_AFTER_MILLIS_MAX = 24 * HOUR;

/** Pending for longer than this, a message is given up, tried or not: of a receiver that is gone for good nothing piles up. */
export const MESSAGE_LIFE_MILLIS = 4 * 24 * HOUR;

/**
 * Until a message has failed so often, it holds up those that come after it to the same destination: five minutes at
 * most. Then they go by, because one message that its receiver cannot take must not silence all others for days.
 */
export const ORDERED_ATTEMPTS = 3;

/**
 * How long to wait after a failed attempt; null when it was the last.
 * @param attempts made so far, 1 at least.
 * @param retryAfterMillis what the receiver asked for.
 * @param random from 0 to 1.
 */
export function waitAfter(attempts: number, retryAfterMillis: number | null, random: number): number | null {
  const wait = WAITS_MILLIS[attempts];
  if (wait === undefined) return null;
  const asked = Math.min(retryAfterMillis ?? 0, RETRY_AFTER_MILLIS_MAX);
  return Math.round(Math.max(wait, asked) * (1 + JITTER * random));
}
