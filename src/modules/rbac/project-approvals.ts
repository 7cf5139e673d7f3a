import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { ApprovalRepository } from './persistence/approval.repository.js';
import { PolicyDecision } from './policy-decision.js';

const PERMISSION = RBAC_PERMISSIONS['projects:approvals'];

/** Whether a project's gravest deeds take a second person. */
@Injectable()
export class ProjectApprovals {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly approvals: ApprovalRepository,
    private readonly asking: Approvals,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Switching it on takes nobody else. Switching it off does as soon as the installation has two owners, whatever the
   * project says: what one person could switch off would bind nobody. Faults: those of the permission, not-found.
   */
  async set(principal: Principal, request: ApprovableRequest | null, projectId: string, required: boolean): Promise<void> {
    await this.policy.require(principal, PERMISSION, projectId);
    await this.uow.run(principal, async (tx) => {
      const before = await this.approvals.lockRequirement(tx, projectId);
      if (before === null) throw new Fault(REQUEST_FAULTS['not-found']);
      if (before.required && !required) {
        const target = { type: 'project', uid: projectId, version: null };
        await this.asking.require(tx, principal, request, { permission: PERMISSION.name, projectId: null, target, summary: `Let one person alone do everything in the project ${before.slug}` });
      }
      await this.approvals.setRequirement(tx, projectId, required);
      await this.audit.append(tx, { kind: RBAC_EVENTS['rbac.project.approvals'], outcome: 'success', actor: principal, projectId, targets: [{ type: 'project', uid: projectId }], facts: { required } });
    });
  }
}
