import type { AssuranceLevel } from '#pure/principal/principal.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from './access-token.js';
import { LEEWAY_SECONDS } from './canonical-claims.js';

interface SessionLimits {
  /** From the last refresh on: a session that nobody uses ends. Longer than an access token, or nobody could come back in time. */
  readonly idleSeconds: number;
  /** From the proof of who it is on, whatever is refreshed. */
  readonly totalSeconds: number;
}

const HOUR = 3600;

/** How long a session that can be refreshed goes on: what NIST SP 800-63B-4 §2.1.3, §2.2.3 and §2.3.3 say at most; idleness at aal1, of which it says nothing, is ours. */
export const SESSION_LIMITS: Readonly<Record<AssuranceLevel, SessionLimits>> = {
  aal1: { idleSeconds: 24 * HOUR, totalSeconds: 30 * 24 * HOUR },
  aal2: { idleSeconds: HOUR, totalSeconds: 24 * HOUR },
  aal3: { idleSeconds: HOUR / 4, totalSeconds: 12 * HOUR },
};

/** One that cannot is good for one access token, which it must outlive by what clocks differ. */
export const SINGLE_TOKEN_SECONDS = ACCESS_TOKEN_LIFETIME_SECONDS + LEEWAY_SECONDS;
