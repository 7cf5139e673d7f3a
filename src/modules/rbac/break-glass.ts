import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import { isAtLeast, type Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
import { BREAK_GLASS_MILLIS, type BreakGlassAccount, type BreakGlassUse } from './domain/break-glass.js';
import { BREAK_GLASS } from './domain/builtin-roles.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { isLive } from './domain/role-binding.js';
import { BreakGlassRepository } from './persistence/break-glass.repository.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { enforce, insufficientAssurance, PolicyDecision } from './policy-decision.js';
import { PrincipalStanding } from './principal-standing.js';

/**
 * Accounts for an emergency. They hold no role until their holder says why, with a second factor; then they may do nearly
 * everything for an hour, loudly: an alert is raised, every entry of theirs says so, and nobody uses the account again
 * before somebody else has looked at what was done. They make nothing that would outlive the hour: no credential, no
 * role, no decision; and touch neither the record nor who watches it.
 */
@Injectable()
export class BreakGlass {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly counters: VersionCounters,
    private readonly rows: BreakGlassRepository,
    private readonly bindings: RoleBindingRepository,
    private readonly approvals: Approvals,
    private readonly policy: PolicyDecision,
    private readonly standing: PrincipalStanding,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Takes a second person once there are two owners. Faults: invalid-request for who is no active person, holds-roles, already-enrolled. */
  async enroll(principal: Principal, request: ApprovableRequest | null, id: string): Promise<BreakGlassAccount> {
    await this.policy.require(principal, RBAC_PERMISSIONS['break-glass:enroll'], null);
    return this.uow.run(principal, async (tx) => {
      await this.counters.bump(tx, 'policy');
      const isThere = (await this.standing.isPerson(tx, id)) && (await this.standing.isActive(tx, id));
      if (!isThere) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/principalId', 'unknown', 'There is no such person.');
      await this.#requireNoRoles(tx, id);
      const account = { id, enrolledAt: this.clock.now(), enrolledBy: principal.id };
      if (!(await this.rows.enroll(tx, account))) throw new Fault(RBAC_FAULTS['already-enrolled']);
      await this.approvals.require(tx, principal, request, {
        permission: 'break-glass:enroll',
        projectId: null,
        target: { type: 'principal', uid: id, version: null },
        summary: `Let ${id} do nearly everything for an hour in an emergency`,
      });
      await this.standing.setSealed(tx, id, true);
      await this.audit.append(tx, { kind: RBAC_EVENTS['rbac.break-glass.enroll'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }] });
      return account;
    });
  }

  /** Ends what is open, too. */
  async remove(principal: Principal, id: string): Promise<void> {
    await this.policy.require(principal, RBAC_PERMISSIONS['break-glass:enroll'], null);
    await this.uow.run(principal, async (tx) => {
      await this.counters.bump(tx, 'policy');
      if (!(await this.rows.remove(tx, id))) throw new Fault(REQUEST_FAULTS['not-found']);
      await this.#unbind(tx, id);
      await this.standing.setSealed(tx, id, false);
      await this.audit.append(tx, { kind: RBAC_EVENTS['rbac.break-glass.remove'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }] });
    });
  }

  /**
   * For this account, which says why, and for this session alone: its others end at once, and this one with the hour.
   * Who has lost that session asks again from another while the hour lasts: it goes on there, no longer than before.
   * Faults: insufficient-assurance below aal2, forbidden for who is not enrolled, holds-roles, break-glass-unreviewed.
   */
  async open(principal: Principal, reason: string): Promise<BreakGlassUse> {
    await this.policy.require(principal, RBAC_PERMISSIONS['break-glass:open'], null);
    if (!isAtLeast(principal.assurance, 'aal2')) enforce(insufficientAssurance('aal2'));
    return this.uow.run(principal, async (tx) => {
      await this.counters.bump(tx, 'policy');
      if (!(await this.rows.isEnrolled(tx, principal.id))) throw new Fault(REQUEST_FAULTS.forbidden);
      const last = await this.rows.unreviewed(tx, principal.id);
      if (last !== null) return this.#goOn(tx, principal, last, reason);
      await this.#unbind(tx, principal.id);
      await this.#requireNoRoles(tx, principal.id);
      return this.#begin(tx, principal, reason);
    });
  }

  /** By somebody else, when it is over; takes a second person once there are two owners. Faults: not-found, approver-not-independent, break-glass-running, break-glass-reviewed. */
  async review(principal: Principal, request: ApprovableRequest | null, id: string, findings: string): Promise<BreakGlassUse> {
    await this.policy.require(principal, RBAC_PERMISSIONS['break-glass:review'], null);
    return this.uow.run(principal, async (tx) => {
      const use = await this.rows.lockUse(tx, id);
      if (use === null) throw new Fault(REQUEST_FAULTS['not-found']);
      if (use.principalId === principal.id) throw new Fault(RBAC_FAULTS['approver-not-independent']);
      if (use.reviewedAt !== null) throw new Fault(RBAC_FAULTS['break-glass-reviewed']);
      const now = this.clock.now();
      if (now < use.endsAt) throw new Fault(RBAC_FAULTS['break-glass-running']);
      const target = { type: 'break-glass', uid: id, version: null };
      await this.approvals.require(tx, principal, request, { permission: 'break-glass:review', projectId: null, target, summary: `Call the emergency ${id} of ${use.principalId} looked at, so that the account can be used again` });
      await this.rows.review(tx, id, principal.id, now, findings);
      await this.audit.append(tx, { kind: RBAC_EVENTS['rbac.break-glass.review'], outcome: 'success', actor: principal, targets: [{ type: 'break-glass', uid: id }, { type: 'user', uid: use.principalId }] });
      return { ...use, reviewedBy: principal.id, reviewedAt: now, findings };
    });
  }

  async accounts(principal: Principal, page: PageRequest): Promise<Page<BreakGlassAccount>> {
    await this.policy.require(principal, RBAC_PERMISSIONS['break-glass:read'], null);
    return this.uow.run(principal, (tx) => this.rows.accounts(tx, page));
  }

  /** The newest first. */
  async uses(principal: Principal, page: PageRequest): Promise<Page<BreakGlassUse>> {
    await this.policy.require(principal, RBAC_PERMISSIONS['break-glass:read'], null);
    return this.uow.run(principal, (tx) => this.rows.uses(tx, page));
  }

  /** The hour that is running, in the session that asks; the entry has its reason, the use the first one. */
  async #goOn(tx: Tx, principal: Principal, use: BreakGlassUse, reason: string): Promise<BreakGlassUse> {
    const binding = await this.bindings.findSame(tx, { subjectId: principal.id, roleId: BREAK_GLASS, projectId: null });
    const isRunning = this.clock.now() < use.endsAt && binding !== null;
    if (!isRunning || principal.holdsBreakGlass) throw new Fault(RBAC_FAULTS['break-glass-unreviewed']);
    await this.standing.beginBreakGlass(tx, { principalId: principal.id, sessionId: principal.sessionId, useId: use.id, endsAt: use.endsAt });
    await this.#record(tx, principal, { ...use, reason }, { type: 'role-binding', uid: binding.id }, { resumed: true });
    return use;
  }

  async #begin(tx: Tx, principal: Principal, reason: string): Promise<BreakGlassUse> {
    const openedAt = this.clock.now();
    const endsAt = new Date(openedAt.getTime() + BREAK_GLASS_MILLIS);
    const [id, bindingId] = [this.randomness.uuidv7(openedAt.getTime()), this.randomness.uuidv7(openedAt.getTime())];
    const use = { id, principalId: principal.id, reason, openedAt, endsAt, reviewedBy: null, reviewedAt: null, findings: null };
    await this.rows.insertUse(tx, use);
    await this.bindings.insert(tx, { id: bindingId, subjectId: principal.id, roleId: BREAK_GLASS, projectId: null, expiresAt: endsAt, createdAt: openedAt, createdBy: BREAK_GLASS });
    await this.standing.beginBreakGlass(tx, { principalId: principal.id, sessionId: principal.sessionId, useId: id, endsAt });
    await this.#record(tx, principal, use, { type: 'role-binding', uid: bindingId }, {});
    return use;
  }

  async #record(tx: Tx, principal: Principal, { id, endsAt, reason }: BreakGlassUse, binding: { readonly type: string; readonly uid: string }, facts: { readonly resumed?: true }): Promise<void> {
    await this.audit.append(tx, {
      kind: RBAC_EVENTS['rbac.break-glass.open'],
      outcome: 'success',
      actor: { ...principal, breakGlassId: id },
      targets: [{ type: 'break-glass', uid: id }, binding],
      facts: { endsAtMillis: endsAt.getTime(), ...facts },
      // Written by a person in a hurry: names of others may stand in it.
      personal: { subject: principal.id, note: reason },
    });
  }

  async #requireNoRoles(tx: Tx, id: string): Promise<void> {
    const now = this.clock.nowMillis();
    if ((await this.bindings.heldBy(tx, id)).some((held) => isLive(held, now))) throw new Fault(RBAC_FAULTS['holds-roles']);
  }

  /** What an earlier hour gave. */
  async #unbind(tx: Tx, id: string): Promise<void> {
    const same = await this.bindings.findSame(tx, { subjectId: id, roleId: BREAK_GLASS, projectId: null });
    if (same !== null) await this.bindings.delete(tx, same.id);
  }
}
