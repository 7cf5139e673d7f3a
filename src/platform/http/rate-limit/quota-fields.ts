import type { Quota } from '#platform/system/request-context.js';

/**
 * `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10: lists of structured fields (RFC 9651),
 * an item a policy that the request was counted under. `q` is the quota of `w` seconds, `r` what is left of it, `t` the
 * seconds until there is more. Null where nothing was counted.
 */
export function quotaFields(quotas: Iterable<Quota>): Readonly<Record<string, string>> | null {
  const policies: string[] = [];
  const states: string[] = [];
  for (const { name, limit, windowSeconds, remaining, resetSeconds } of quotas) {
    policies.push(`"${name}";q=${limit};w=${windowSeconds}`);
    states.push(`"${name}";r=${remaining};t=${resetSeconds}`);
  }
  return policies.length === 0 ? null : { 'ratelimit-policy': policies.join(', '), 'ratelimit': states.join(', ') };
}
