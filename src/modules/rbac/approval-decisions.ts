import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import { NO_ROWS } from '#pure/policy/row-filter.js';
import { isAtLeast, type Principal } from '#pure/principal/principal.js';
import { approvalEvent } from './approvals.js';
import { type Approval, type ApprovalMove, type ApprovalState, moved, stateAt } from './domain/approval.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { ApprovalRepository } from './persistence/approval.repository.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { enforce, insufficientAssurance, PolicyDecision } from './policy-decision.js';
import { PrincipalStanding } from './principal-standing.js';

/** Whoever set somebody's credentials may know them for so long: by then their owner has noticed, or has changed them. */
const RESET_COUNTS_MILLIS = 7 * 24 * 3600 * 1000;

const DECISIONS = { approve: 'rbac.approval.approve', reject: 'rbac.approval.reject' } as const;

/** Who sees what waits for a second person, and who may be that person. */
@Injectable()
export class ApprovalDecisions {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly approvals: ApprovalRepository,
    private readonly policy: PolicyDecision,
    private readonly catalogue: PermissionCatalogue,
    private readonly standing: PrincipalStanding,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** The principal's own, and those of scopes where it may see approvals; the newest first. */
  async list(principal: Principal, state: ApprovalState | undefined, page: PageRequest): Promise<Page<Approval>> {
    await this.policy.require(principal, RBAC_PERMISSIONS['approvals:follow'], null);
    const read = RBAC_PERMISSIONS['approvals:read'];
    // Whose token is not for it, sees what everybody sees: their own.
    const visible = principal.scopes.has(read.scope) ? await this.policy.filter(principal, read) : NO_ROWS;
    const filter = { requesterId: principal.id, ownIn: principal.projectId, visible, now: this.clock.now(), ...(state === undefined ? {} : { state }) };
    const { items, next } = await this.uow.read(principal, (reading) => this.approvals.list(reading, filter, page));
    return { items: items.map((approval) => this.#now(approval)), next };
  }

  async get(principal: Principal, id: string): Promise<Approval> {
    await this.policy.require(principal, RBAC_PERMISSIONS['approvals:follow'], null);
    return this.#now(await this.#visible(principal, id));
  }

  /**
   * Faults: insufficient-assurance below aal2, not-found, forbidden, approver-lacks-permission for who could not do it
   * themselves, approver-not-independent, approval-settled.
   */
  async approve(principal: Principal, id: string): Promise<Approval> {
    return this.#decide(principal, id, 'approve', null);
  }

  /** As `approve`: who says no speaks as the second person too. */
  async reject(principal: Principal, id: string, reason: string | null): Promise<Approval> {
    return this.#decide(principal, id, 'reject', reason);
  }

  /** Only by who asked. Faults: not-found, forbidden, approval-settled. */
  async withdraw(principal: Principal, id: string): Promise<void> {
    await this.policy.require(principal, RBAC_PERMISSIONS['approvals:withdraw'], null);
    const { requesterId } = await this.#visible(principal, id);
    if (requesterId !== principal.id) throw new Fault(REQUEST_FAULTS.forbidden, { detail: 'Only who asked for it withdraws it; who decides rejects it.' });
    await this.uow.run(principal, async (tx) => {
      const approval = await this.#locked(tx, id, 'withdraw');
      await this.approvals.decide(tx, id, { state: 'withdrawn', decidedBy: principal.id, decidedAt: this.clock.now(), reason: null });
      await this.audit.append(tx, approvalEvent('rbac.approval.withdraw', principal, approval));
    });
  }

  async #decide(principal: Principal, id: string, move: 'approve' | 'reject', reason: string | null): Promise<Approval> {
    // Before anything is looked up: whoever has only a password is told the same of every id.
    if (!isAtLeast(principal.assurance, 'aal2')) enforce(insufficientAssurance('aal2'));
    const approval = await this.#visible(principal, id);
    await this.policy.require(principal, RBAC_PERMISSIONS['approvals:decide'], approval.projectId);
    await this.#requireOwnPermission(principal, approval);
    return this.uow.run(principal, async (tx) => {
      await this.#requireIndependence(tx, principal, approval.requesterId);
      const locked = await this.#locked(tx, id, move);
      const decision = { state: moved('pending', move) as 'approved' | 'rejected', decidedBy: principal.id, decidedAt: this.clock.now(), reason };
      await this.approvals.decide(tx, id, decision);
      await this.audit.append(tx, approvalEvent(DECISIONS[move], principal, locked));
      return { ...locked, ...decision };
    });
  }

  /**
   * A person, not a program; not the one who asked; nor anybody of whom these could be the hands: an account that they
   * made, or set the credentials of; nor who set the credentials of the one who asked, or gave a program its own, and could have asked with them; and
   * nobody in an emergency, who is alone by then. Of a program the person who answers for it has asked. Who only made the
   * account of who asked may decide: somebody made everybody's.
   */
  async #requireIndependence(tx: Tx, approver: Principal, requesterId: string): Promise<void> {
    const guarantor = await this.standing.guarantorOf(tx, requesterId);
    const requesters = guarantor === null ? [requesterId] : [requesterId, guarantor.id];
    const since = this.clock.nowMillis() - RESET_COUNTS_MILLIS;
    let depends = requesters.includes(approver.id) || approver.breakGlassId !== undefined || approver.kind !== 'user' || !(await this.standing.isPerson(tx, approver.id));
    for (const requester of requesters) {
      depends ||= (await this.standing.isBeholdenTo(tx, approver.id, requester, since)) || (await this.standing.wasResetBy(tx, requester, approver.id, since));
    }
    if (depends) throw new Fault(RBAC_FAULTS['approver-not-independent']);
  }

  /** Nobody lends a right that they do not have. What needs a stronger login than theirs to be done needs it here. */
  async #requireOwnPermission(principal: Principal, { permission, projectId }: Approval): Promise<void> {
    const known = this.#permissionNamed(permission);
    if (known === undefined) throw new Fault(RBAC_FAULTS['approver-lacks-permission']);
    try {
      await this.policy.require(principal, known, projectId);
    } catch (error) {
      if (!(error instanceof Fault) || error.kind.status >= 500 || error.kind.status === 401) throw error;
      throw new Fault(RBAC_FAULTS['approver-lacks-permission'], { cause: error });
    }
  }

  #permissionNamed(name: string): Permission | undefined {
    return this.catalogue.all().find((permission) => permission.name === name);
  }

  /** One's own, or one of a scope where one may see them; every other is as if there were none. */
  async #visible(principal: Principal, id: string): Promise<Approval> {
    const approval = await this.uow.run(principal, (tx) => this.approvals.find(tx, id));
    if (approval === null) throw new Fault(REQUEST_FAULTS['not-found']);
    const isOwn = approval.requesterId === principal.id && (principal.projectId === null || principal.projectId === approval.projectId);
    if (isOwn || (await this.#permits(principal, RBAC_PERMISSIONS['approvals:read'], approval.projectId))) return approval;
    throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
  }

  async #permits(principal: Principal, permission: Permission, projectId: string | null): Promise<boolean> {
    try {
      await this.policy.require(principal, permission, projectId);
      return true;
    } catch (error) {
      if (error instanceof Fault && error.kind.status < 500) return false;
      throw error;
    }
  }

  /** Held until the transaction ends, and open to the move. */
  async #locked(tx: Tx, id: string, move: ApprovalMove): Promise<Approval> {
    const approval = await this.approvals.lock(tx, id);
    // Pruned since it was read, long after its end.
    if (approval === null) throw new Fault(REQUEST_FAULTS['not-found']);
    const state = stateAt(approval, this.clock.nowMillis());
    if (moved(state, move) === null) throw new Fault(RBAC_FAULTS['approval-settled'], { members: { state } });
    return approval;
  }

  #now(approval: Approval): Approval {
    return { ...approval, state: stateAt(approval, this.clock.nowMillis()) };
  }
}
