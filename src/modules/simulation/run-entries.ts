import type { AuditEvent, AuditEventKind } from '#pure/audit-event/audit-event.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import type { EndingJob } from './persistence/claim.repository.js';

/** Who does what workers do. */
export const WORKER = systemPrincipal('simulation-worker');

/** The claim was lost meanwhile: the transaction is undone and the caller has no more say in the job. */
export class ClaimLost extends Error {}

export function eventOf(job: EndingJob, kind: AuditEventKind, facts: NonNullable<AuditEvent['facts']>): AuditEvent {
  return {
    kind,
    outcome: kind === SIMULATION_EVENTS['simulation.fail'] ? 'failure' : 'success',
    actor: WORKER,
    projectId: job.projectId,
    targets: [{ type: 'simulation', uid: job.id }],
    facts: { programDigest: job.programDigest, submittedBy: job.submittedBy, ...facts },
  };
}
