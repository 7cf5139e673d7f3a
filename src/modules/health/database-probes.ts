import type { AuditLog } from '#modules/audit/index.js';
import { beat } from '#platform/database/heartbeat.js';
import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { HEALTH_EVENTS } from './domain/health.events.js';
import { type HealthProbe, ProbeFailure } from './health-probe.js';

const PROBER = systemPrincipal('health');

/** Thrown to undo: what it undoes worked. */
class Undone extends Error {}

/**
 * Whether a deed could be recorded right now: appends an entry by the same path that deeds take, and rolls back.
 * A full disk, a revoked right or a sealed ledger fails here, where `SELECT 1` would answer.
 */
export class LedgerProbe implements HealthProbe {
  readonly name = 'ledger';

  constructor(
    private readonly units: UnitOfWork,
    private readonly audit: AuditLog,
  ) {}

  async check(): Promise<void> {
    try {
      await this.units.run(PROBER, async (tx) => {
        await this.audit.append(tx, { kind: HEALTH_EVENTS['health.probe'], outcome: 'success', actor: PROBER });
        throw new Undone();
      });
    } catch (error) {
      if (!hasUndone(error)) throw new ProbeFailure('no entry could be appended', { cause: error });
    }
  }
}

/** A unit of work may wrap what its work threw. */
function hasUndone(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Undone) return true;
  return false;
}

/** Whether a commit becomes durable: one row a login, so what the tick writes does not grow. */
export class CommitProbe implements HealthProbe {
  constructor(
    readonly name: 'database' | 'sequencer-login' | 'worker-login',
    private readonly units: UnitOfWork,
  ) {}

  async check(): Promise<void> {
    await this.units.run(PROBER, (tx) => beat(tx));
  }
}
