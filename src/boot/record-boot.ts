import type { AuditLog } from '#modules/audit/index.js';
import { HEALTH_EVENTS, type RuntimeStanding } from '#modules/health/index.js';
import { systemPrincipal } from '#pure/principal/principal.js';

const BOOT = systemPrincipal('boot');

/**
 * The start in the ledger: what runs from now on, what holds it, and each stage with its measurement. Where it cannot be
 * recorded nothing is served.
 */
export async function recordBoot(log: Pick<AuditLog, 'record'>, { release, hardening, stages }: Pick<RuntimeStanding, 'release' | 'hardening' | 'stages'>): Promise<void> {
  await log.record({
    kind: HEALTH_EVENTS['server.boot.ready'],
    outcome: 'success',
    actor: BOOT,
    facts: {
      ...(release === null ? {} : { releaseDigest: release.digest, releaseEpoch: release.epoch }),
      node: process.versions.node,
      hardening: Object.keys(hardening).filter((name) => hardening[name]),
      stages: stages.map(({ name, measurement }) => `${name} ${measurement}`),
    },
  });
}
