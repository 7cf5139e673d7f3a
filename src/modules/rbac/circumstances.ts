import { requestTrail } from '#platform/system/request-context.js';
import type { Circumstances } from '#pure/policy/facts.js';
import type { Principal } from '#pure/principal/principal.js';

/** Who asks, and how, as conditions see it. In background work there is no address. */
export function circumstancesOf({ id, kind, projectId, assurance }: Principal, nowMillis: number): Circumstances {
  return {
    subject: { id, kind, projectId },
    env: { ip: requestTrail()?.source.ipAddress ?? null, acr: assurance, nowMillis },
  };
}
