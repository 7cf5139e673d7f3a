import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { RoleBinding } from './domain/role-binding.js';
import { repointed } from './domain/repointed.js';
import { JointNeed } from './joint-need.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { RoleRepository } from './persistence/role.repository.js';
import { PolicyDecision } from './policy-decision.js';
import { RoleBindings } from './role-bindings.js';

/** A subject with roles that were given in a project; who has them globally works there too and is none of its members. */
export interface ProjectMember {
  readonly subjectId: string;
  readonly bindings: readonly RoleBinding[];
}

export interface MemberRole {
  /** Id or name. */
  readonly role: string;
  readonly expiresAt: Date | null;
}

/**
 * Who works in a project: its role bindings by subject, given and taken by the one engine that does that, with all its
 * refusals, and all of a change in one transaction.
 */
@Injectable()
export class ProjectMembers {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly bindings: RoleBindings,
    private readonly rows: RoleBindingRepository,
    private readonly roles: RoleRepository,
    private readonly policy: PolicyDecision,
    private readonly approvals: Approvals,
    private readonly audit: AuditLog,
  ) {}

  /** In order of creation of the subjects. */
  async list(principal: Principal, projectId: string, page: PageRequest): Promise<Page<ProjectMember>> {
    await this.policy.require(principal, RBAC_PERMISSIONS['role-bindings:read'], projectId);
    return this.uow.run(principal, async (tx) => {
      const { items, next } = await this.rows.subjectsIn(tx, projectId, page);
      const bindings = await this.rows.ofSubjectsIn(tx, projectId, items);
      return { items: items.map((subjectId) => ({ subjectId, bindings: bindings.filter((each) => each.subjectId === subjectId) })), next };
    });
  }

  async get(principal: Principal, projectId: string, subjectId: string): Promise<ProjectMember> {
    await this.policy.require(principal, RBAC_PERMISSIONS['role-bindings:read'], projectId);
    return this.uow.run(principal, (tx) => this.#known(tx, projectId, subjectId));
  }

  /**
   * From now on the subject has these roles in the project, and no others. What it has already until the same instant
   * stays as it is. Faults: those of binding and unbinding, with pointers into the list of roles.
   */
  async put(principal: Principal, projectId: string, subjectId: string, wanted: readonly MemberRole[], approvable: ApprovableRequest | null): Promise<ProjectMember> {
    await this.policy.require(principal, RBAC_PERMISSIONS['role-bindings:create'], projectId);
    // Whoever took their own roles away first would be refused by what they had lost.
    if (subjectId === principal.id) throw new Fault(RBAC_FAULTS['self-binding']);
    return this.uow.run(principal, async (tx) => {
      await this.bindings.serialise(tx);
      const meant = await this.#resolved(tx, wanted);
      const has = await this.rows.ofSubjectsIn(tx, projectId, [subjectId]);
      const isMeant = ({ roleId, expiresAt }: RoleBinding): boolean => meant.some((each) => each.roleId === roleId && each.expiresAt?.getTime() === expiresAt?.getTime());
      const joint = new JointNeed(approvable);
      const stays = new Set(has.filter(isMeant).map(({ roleId }) => roleId));
      for (const binding of has.filter((each) => !isMeant(each))) await this.bindings.unbindIn(tx, principal, binding.id, joint);
      for (const [index, { roleId, expiresAt }] of meant.entries()) {
        if (!stays.has(roleId)) await repointed(inRoles(index), () => this.bindings.bindIn(tx, principal, { subjectId, roleId, projectId, expiresAt }, joint));
      }
      await this.#requireWhole(tx, principal, projectId, joint, '/roles');
      await this.#record(tx, 'rbac.project.member.set', principal, projectId, subjectId, meant.map(({ roleId }) => roleId));
      return this.#known(tx, projectId, subjectId);
    });
  }

  /** Takes every role away that the subject was given in the project. Faults: not-found, those of unbinding. */
  async remove(principal: Principal, projectId: string, subjectId: string, approvable: ApprovableRequest | null): Promise<void> {
    await this.policy.require(principal, RBAC_PERMISSIONS['role-bindings:delete'], projectId);
    await this.uow.run(principal, async (tx) => {
      await this.bindings.serialise(tx);
      const { bindings } = await this.#known(tx, projectId, subjectId);
      const joint = new JointNeed(approvable);
      for (const { id } of bindings) await this.bindings.unbindIn(tx, principal, id, joint);
      await this.#requireWhole(tx, principal, projectId, joint, 'path:subjectId');
      await this.#record(tx, 'rbac.project.member.remove', principal, projectId, subjectId, []);
    });
  }

  /** A second person for all of it: nothing of the change has been committed yet. */
  async #requireWhole(tx: Tx, principal: Principal, projectId: string, joint: JointNeed, pointer: string): Promise<void> {
    const need = joint.whole({ type: 'project', uid: projectId, version: null });
    if (need === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'out-of-range', 'More roles than one approval can name: change fewer at once.');
    if (need !== null) await this.approvals.require(tx, principal, joint.request, need);
  }

  /** Two names of one role are one role, and would be bound twice. */
  async #resolved(tx: Tx, wanted: readonly MemberRole[]): Promise<readonly { readonly roleId: string; readonly expiresAt: Date | null }[]> {
    const meant: { readonly roleId: string; readonly expiresAt: Date | null }[] = [];
    for (const [index, { role, expiresAt }] of wanted.entries()) {
      const found = await this.roles.find(tx, role);
      if (found === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/roles/${index}/role`, 'unknown', 'There is no such role.');
      if (meant.some(({ roleId }) => roleId === found.id)) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/roles/${index}/role`, 'duplicate', 'Each role once.');
      meant.push({ roleId: found.id, expiresAt });
    }
    return meant;
  }

  async #known(tx: Tx, projectId: string, subjectId: string): Promise<ProjectMember> {
    const bindings = await this.rows.ofSubjectsIn(tx, projectId, [subjectId]);
    if (bindings.length === 0) throw new Fault(REQUEST_FAULTS['not-found']);
    return { subjectId, bindings };
  }

  async #record(tx: Tx, code: 'rbac.project.member.set' | 'rbac.project.member.remove', actor: Principal, projectId: string, subjectId: string, roles: readonly string[]): Promise<void> {
    await this.audit.append(tx, {
      kind: RBAC_EVENTS[code],
      outcome: 'success',
      actor,
      projectId,
      targets: [{ type: 'project', uid: projectId }, { type: 'principal', uid: subjectId }],
      facts: { roles },
    });
  }
}

/** The subject stands in the path, and the scope is the project's. */
const inRoles = (index: number) => (pointer: string): string => (pointer === '/subjectId' ? 'path:subjectId' : `/roles/${index}${pointer === '/scope' ? '/role' : pointer}`);
