import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Approvals } from '#modules/rbac/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type ManifestState, mayBecome } from '../domain/manifest-state.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { LifecycleRepository, type ManifestPlace, type Standing } from '../persistence/lifecycle.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { type Evaluation, EvaluationOfManifests } from './evaluation.js';
import { Inventory } from './inventory.js';

/** What somebody can make of a manifest; between the other two states an evaluation decides. */
export type DeclaredState = Exclude<ManifestState, 'quarantined' | 'verified'>;

const PERMISSIONS: Readonly<Record<DeclaredState, Permission>> = {
  released: REGISTRY_PERMISSIONS['registry:release'],
  deprecated: REGISTRY_PERMISSIONS['registry:release'],
  revoked: REGISTRY_PERMISSIONS['registry:revoke'],
};

export interface Transition {
  readonly to: DeclaredState;
  /** For people, and for who is warned or refused. */
  readonly reason: string;
  readonly expected: ExpectedVersion;
  /** To be approved, where the policy asks for that. */
  readonly request: ApprovableRequest | null;
}

/** What somebody answers for. */
@Injectable()
export class Lifecycle {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly lifecycle: LifecycleRepository,
    private readonly policies: PolicyRepository,
    private readonly evaluation: EvaluationOfManifests,
    private readonly inventory: Inventory,
    private readonly approvals: Approvals,
    private readonly audit: AuditLog,
  ) {}

  /** Holds the manifest against the policy now. Faults: those of the permission, manifest-unknown. */
  async evaluate(principal: Principal, repositoryId: string, digest: string): Promise<Evaluation> {
    const place = await this.inventory.place(principal, REGISTRY_PERMISSIONS['registry:release'], repositoryId, digest);
    return this.evaluation.evaluate(principal, place, true);
  }

  /**
   * Makes it what it is told to be. What is released was verified under the policy as it stands. Faults: those of the permission, manifest-unknown, precondition-failed, transition-refused.
   */
  async transition(principal: Principal, repositoryId: string, digest: string, transition: Transition): Promise<Standing> {
    const place = await this.inventory.place(principal, PERMISSIONS[transition.to], repositoryId, digest);
    return this.uow.run(principal, async (tx) => {
      const policy = await this.policies.hold(tx, place.projectId);
      const standing = await this.lifecycle.lock(tx, repositoryId, digest);
      if (standing === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      requireVersion(standing, transition.expected);
      requireSuccession(standing, transition.to, policy.version);
      if (transition.to === 'released' && policy.demands.releaseFourEyes) await this.requireSecondPerson(tx, principal, place, standing, transition);
      await this.lifecycle.setState(tx, place, transition.to, transition.reason);
      await this.record(tx, principal, place, standing, transition);
      return { ...standing, state: transition.to, version: standing.version + 1 };
    });
  }

  private async requireSecondPerson(tx: Tx, principal: Principal, { projectId, repository, digest }: ManifestPlace, { version }: Standing, { request }: Transition): Promise<void> {
    await this.approvals.require(tx, principal, request, {
      permission: REGISTRY_PERMISSIONS['registry:release'].name,
      projectId,
      target: { type: 'manifest', uid: digest, version },
      summary: `Release ${repository}@${digest}`,
      always: true,
    });
  }

  private async record(tx: Tx, actor: Principal, { projectId, repositoryId, digest }: ManifestPlace, { state, version }: Standing, { to, reason }: Transition): Promise<void> {
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.manifest.transition'],
      outcome: 'success',
      actor,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
      facts: { digest, from: state, to, reason, version: version + 1 },
    });
  }
}

/** Fault: transition-refused. */
function requireSuccession({ state, evaluatedVersion, isEvidence }: Standing, to: DeclaredState, policyVersion: number): void {
  if (!mayBecome(state, to)) throw new Fault(REGISTRY_FAULTS['transition-refused'], { detail: `What is ${state} does not become ${to}.`, members: { state } });
  if (isEvidence && to !== 'revoked') throw new Fault(REGISTRY_FAULTS['transition-refused'], { detail: 'A signature or report is not released: it is given out with what it is about.', members: { state } });
  if (state === 'verified' && to === 'released' && evaluatedVersion !== policyVersion) {
    throw new Fault(REGISTRY_FAULTS['transition-refused'], { detail: 'The policy, its keys or what refers to the manifest changed since it was verified: have it evaluated again.', members: { state } });
  }
}
