import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { onCommit, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { requestTrail } from '#platform/system/request-context.js';
import { type ApprovableRequest, ApprovalNeeded, type ApprovalNeed } from '#pure/approval/approval.js';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { printable } from '#pure/encoding/printable.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { ApproverStanding } from './approver-standing.js';
import { type Approval, APPROVAL_LIFETIME_MILLIS, APPROVALS_PENDING_MAX, approvalHash, shortened } from './domain/approval.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { type Approvable, JointNeed } from './joint-need.js';
import { ApprovalRepository } from './persistence/approval.repository.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';

/**
 * Four eyes, as deeds ask for them. A deed that takes a second person is undone by `ApprovalNeeded`; the pipeline then
 * has `open` note what was asked, in a transaction of its own; and the deed is done when its request comes again with
 * an approval that fits. Who decides, and how, is another file's.
 */
@Injectable()
export class Approvals {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly approvals: ApprovalRepository,
    private readonly bindings: RoleBindingRepository,
    private readonly approvers: ApproverStanding,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * To be called in the deed's transaction, after its rights were checked and before it changes anything. Returns when
   * the deed needs no approval, or when `request` presents one that was approved for exactly this, which it uses up in
   * this transaction: two requests with one approval have one effect. Who approved it must still be somebody who may. Throws `ApprovalNeeded` otherwise, whatever is
   * wrong with the approval that was presented. `request` is null for what did not come as a request; of a part of one
   * it is noted what it asks for, and whoever does the whole requires that.
   */
  async require(tx: Tx, principal: Principal, request: Approvable, need: ApprovalNeed): Promise<void> {
    if (!(await this.#isNeeded(tx, need))) return settle(tx, null);
    if (request instanceof JointNeed) return request.add(need);
    const used = request?.approvalId ? await this.approvals.use(tx, request.approvalId, principal.id, approvalHash(principal.id, request, need), this.clock.now()) : null;
    if (used === null || !(await this.approvers.holds(tx, used))) throw new ApprovalNeeded(need);
    settle(tx, await this.audit.append(tx, approvalEvent('rbac.approval.use', principal, used, { decidedBy: used.decidedBy! })));
  }

  /**
   * Notes that a deed waits, or finds the one that is open for the same request: pending, or approved and not yet used
   * by somebody who still may: another would never be of use. Only the first is recorded. Faults: approvals-waiting.
   */
  async open(principal: Principal, request: ApprovableRequest, need: ApprovalNeed): Promise<Approval> {
    const hash = approvalHash(principal.id, request, need);
    const now = this.clock.now();
    return this.uow.run(principal, async (tx) => {
      await this.approvals.lockRequester(tx, principal.id);
      const known = await this.approvals.findOpen(tx, principal.id, hash, now);
      if (known?.state === 'pending' || (known !== null && (await this.approvers.holds(tx, known)))) return known;
      if (known !== null) await this.approvals.lapse(tx, known.id);
      // What has expired gives way: the index of what is open knows no clock.
      await this.approvals.expire(tx, principal.id, now);
      if ((await this.approvals.countPending(tx, principal.id, now)) >= APPROVALS_PENDING_MAX) throw new Fault(RBAC_FAULTS['approvals-waiting'], { members: { pendingMax: APPROVALS_PENDING_MAX } });
      const approval = this.#asked(principal, request, need, now);
      await this.approvals.insert(tx, hash, approval);
      await this.audit.append(tx, approvalEvent('rbac.approval.request', principal, approval, { expiresAtMillis: approval.expiresAt.getTime() }));
      return approval;
    });
  }

  /**
   * Of a project, what it says of itself. Of the installation, whether there is somebody who could be the second: the
   * bindings of owners are counted, of disabled accounts too, or one owner could disable the other to be alone.
   */
  async #isNeeded(tx: Tx, { projectId, always = false }: ApprovalNeed): Promise<boolean> {
    if (always) return true;
    if (projectId !== null) return this.approvals.areRequired(tx, projectId);
    return (await this.bindings.owners(tx)).length >= 2;
  }

  #asked(principal: Principal, { route }: ApprovableRequest, { permission, projectId, target, summary }: ApprovalNeed, createdAt: Date): Approval {
    return {
      id: this.randomness.uuidv7(createdAt.getTime()),
      requesterId: principal.id,
      route,
      permission,
      projectId,
      target,
      summary: shortened(printable(summary)),
      state: 'pending',
      createdAt,
      expiresAt: new Date(createdAt.getTime() + APPROVAL_LIFETIME_MILLIS),
      decidedBy: null,
      decidedAt: null,
      reason: null,
      usedAt: null,
    };
  }
}

/** For the pipeline, which does not acknowledge a deed that was bound to ask and did not. */
function settle(tx: Tx, eventId: string | null): void {
  const trail = requestTrail();
  if (trail !== undefined) onCommit(tx, () => (trail.approval = { eventId }));
}

/** The summary stays out of the ledger: names in it are chosen by people. */
export function approvalEvent(
  code: `rbac.approval.${'request' | 'approve' | 'reject' | 'withdraw' | 'use'}`,
  actor: Principal,
  { id, requesterId, permission, projectId, target, route }: Approval,
  facts: AuditEvent['facts'] & object = {},
): AuditEvent {
  return {
    kind: RBAC_EVENTS[code],
    outcome: 'success',
    actor,
    ...(projectId === null ? {} : { projectId }),
    targets: [
      { type: 'approval', uid: id },
      { type: target.type, uid: target.uid },
    ],
    facts: { permission, route, requester: requesterId, ...(target.version === null ? {} : { targetVersion: target.version }), ...facts },
  };
}
