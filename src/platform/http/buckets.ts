/**
 * The buckets that unauthenticated calls are counted in, by name. `source` is the one that all routes share and is
 * configured; each other name is a route (or a family) that clients must be able to fetch while the shared one is
 * exhausted, because they cannot make an authenticated call without it or because it is a small public file.
 * The number is calls per minute and source; `exempt` is never counted.
 */
export const NAMED_BUCKETS = {
  /** Liveness and readiness probes: counting them would let a flood of probes turn the server off. */
  health: 'exempt',
  /** Keys change every few weeks; a verifier that starts a fleet of processes behind one NAT fetches them together. */
  jwks: 300,
  /** Every container client opens with an unauthenticated GET /v2/ and is answered by a challenge: one a command. */
  'registry-challenge': 600,
  /** Where container clients get their tokens: only those that get none are counted, and a robot with a stale key asks on and on. */
  'registry-token': 60,
  /** A monitor polls once a second or two; a witness a few times a minute. */
  checkpoint: 300,
  /** Verifying a log from scratch reads each full tile once: one tile stands for 256 entries. */
  tiles: 1200,
  /** A handful of people give one share each; what comes faster is no person. */
  unseal: 30,
  /** Verifier keys: fetched once and kept. */
  vkeys: 300,
} as const satisfies Record<string, number | 'exempt'>;

export type BucketName = keyof typeof NAMED_BUCKETS;
