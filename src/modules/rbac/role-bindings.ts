import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Fact } from '#pure/policy/facts.js';
import { shows, spansProjects } from '#pure/policy/row-filter.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { BREAK_GLASS, BUILTIN_ROLES, OWNER } from './domain/builtin-roles.js';
import { isGuardian } from './domain/guardian.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { type BINDING_ATTRIBUTES, RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { Role } from './domain/role.js';
import { isLive, type RoleBinding } from './domain/role-binding.js';
import { allowsEverything, type Rule } from './domain/rule.js';
import type { EffectiveRole } from './domain/separation.js';
import { fingerprintOf, gainsOf, type Grant } from './grant-authority.js';
import { type Escalation, Granting, type Grantor } from './granting.js';
import type { Approvable } from './joint-need.js';
import { Owners } from './owners.js';
import { type BindingFilter, RoleBindingRepository } from './persistence/role-binding.repository.js';
import { RoleRepository } from './persistence/role.repository.js';
import { enforce, PolicyDecision } from './policy-decision.js';
import { Separations } from './separations.js';

export interface BindingRequest {
  readonly subjectId: string;
  /** By id or name. */
  readonly roleId: string;
  /** Null: global. A project that the caller has resolved. */
  readonly projectId: string | null;
  readonly expiresAt: Date | null;
}

/** Why an owner is made without anybody who grants it. */
export type OwnerOccasion = 'bootstrap' | 'recovery';

/**
 * Who has which role. Every change takes the lock on the policy version first and decides by what it then reads, so
 * that what was decided is still true at the commit; and moves the version, so that every replica notices.
 */
@Injectable()
export class RoleBindings {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly counters: VersionCounters,
    private readonly bindings: RoleBindingRepository,
    private readonly roles: RoleRepository,
    private readonly owners: Owners,
    private readonly granting: Granting,
    private readonly separations: Separations,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Faults: invalid-request for an unknown role or subject, self-binding, grant-exceeds-own or insufficient-scope for
   * what the grantor does not have, separation-of-duties, already-bound. A third owner takes a second person.
   */
  async bind(principal: Principal, request: IdempotentRequest | null, wanted: BindingRequest, approvable: ApprovableRequest | null = null): Promise<RoleBinding> {
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const value = await this.bindIn(tx, principal, wanted, approvable);
        return { resourceId: value.id, value };
      },
      // Gone in the meantime: the key's first answer stands for a resource that is no longer there.
      async (tx, id) => found(await this.bindings.find(tx, id)),
    );
  }

  /** Faults: not-found, last-owner, and for an owner's binding, or one that denies, those of granting its opposite. */
  async unbind(principal: Principal, id: string, approvable: ApprovableRequest | null = null): Promise<void> {
    await this.uow.run(principal, (tx) => this.unbindIn(tx, principal, id, approvable));
  }

  /** For who reads bindings in a transaction and then changes some: as they were read they stay until it ends. */
  async serialise(tx: Tx): Promise<void> {
    await this.counters.bump(tx, 'policy');
  }

  /** `unbind` as a part of what is done in this transaction. */
  async unbindIn(tx: Tx, principal: Principal, id: string, approvable: Approvable): Promise<void> {
    const grantor = await this.granting.open(tx, principal);
    const binding = found(await this.bindings.find(tx, id));
    // Who may not see what it is about is not told that it is there.
    if (!this.granting.permits(grantor, RBAC_PERMISSIONS['role-bindings:read'], binding.projectId)) throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
    this.granting.require(grantor, RBAC_PERMISSIONS['role-bindings:delete'], binding.projectId);
    const escalated = await this.#requireAuthorityToUnbind(tx, grantor, binding, approvable);
    if (binding.roleId === OWNER) await this.owners.requireEnoughWithout(tx, binding.subjectId);
    await this.bindings.delete(tx, id);
    await this.audit.append(tx, eventOf('rbac.role-binding.delete', principal, binding, escalated ? { escalated } : {}));
  }

  async get(principal: Principal, id: string): Promise<RoleBinding> {
    const filter = await this.policy.filter(principal, RBAC_PERMISSIONS['role-bindings:read']);
    const binding = found(await this.uow.run(principal, (tx) => this.bindings.find(tx, id)));
    if (!shows(filter, binding.projectId, attributesOf(binding))) throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
    return binding;
  }

  /**
   * Those in scopes where the principal may see bindings; global ones only for who may see them globally. Who sees
   * more than one project's is recorded, before they are given.
   */
  async list(principal: Principal, wanted: BindingFilter, page: PageRequest): Promise<Page<RoleBinding>> {
    const filter = await this.policy.filter(principal, RBAC_PERMISSIONS['role-bindings:read']);
    const listed = await this.uow.read(principal, (reading) => this.bindings.list(reading, wanted, filter, page));
    if (spansProjects(filter)) {
      await this.audit.record({ kind: RBAC_EVENTS['rbac.role-binding.list.across-projects'], outcome: 'success', actor: principal });
    }
    return listed;
  }

  /** Without a grantor: the first start, or the recovery command. Does nothing for who is an owner already. */
  async bindFirstOwner(tx: Tx, principalId: string, occasion: OwnerOccasion = 'bootstrap'): Promise<void> {
    await this.counters.bump(tx, 'policy');
    if ((await this.bindings.owners(tx)).includes(principalId)) return;
    const actor = systemPrincipal(occasion);
    await this.#insert(tx, actor, { subjectId: principalId, roleId: OWNER, projectId: null, expiresAt: null }, { [occasion]: true });
  }

  /**
   * Principals who are owners and can log in. Who is about to end an account asks this in its transaction, after
   * `VersionCounters.bump(tx, 'policy')`: only under that lock does the answer hold until the commit.
   */
  async activeOwners(tx: Tx): Promise<readonly string[]> {
    return this.owners.active(tx);
  }

  /**
   * Whoever can prove to be the subject has all that it may: to hand out such a proof is to grant every role of it, and
   * of a sealed account what it may do once it is opened. To be called first in the transaction: what it locks keeps the roles of both as they are until it ends. Roles that either
   * is given later are the business of who gives them.
   */
  async requireAuthorityOver(tx: Tx, principal: Principal, subjectId: string): Promise<void> {
    const grantor = await this.granting.open(tx, principal);
    const live = (await this.bindings.heldBy(tx, subjectId)).filter((held) => isLive(held, grantor.nowMillis));
    const sealed = (await this.bindings.isSealed(tx, subjectId)) ? [{ rules: BUILTIN_ROLES[BREAK_GLASS].rules, projectId: null, expiresAtMillis: null }] : [];
    for (const held of [...live, ...sealed]) enforce(this.granting.mayGrant(grantor, held));
  }

  /** Whether the account is above those who administer accounts: its roles say what others may do, or it is sealed for emergencies. */
  async isGuardian(tx: Tx, subjectId: string): Promise<boolean> {
    const now = this.clock.nowMillis();
    const live = (await this.bindings.heldBy(tx, subjectId)).filter((held) => isLive(held, now));
    return isGuardian(live.flatMap(({ rules }) => rules)) || this.bindings.isSealed(tx, subjectId);
  }

  /** Ids of the roles that a principal has now, in any scope, each once; those among them that it has by inheritance. */
  async rolesOf(tx: Tx, principalId: string): Promise<readonly string[]> {
    const now = this.clock.nowMillis();
    const live = (await this.bindings.heldBy(tx, principalId)).filter((held) => isLive(held, now));
    return [...new Set(live.map((held) => held.definedIn))];
  }

  /** `bind` as a part of what is done in this transaction. */
  async bindIn(tx: Tx, principal: Principal, asked: BindingRequest, approvable: Approvable): Promise<RoleBinding> {
    const grantor = await this.granting.begin(tx, principal, RBAC_PERMISSIONS['role-bindings:create'], asked.projectId);
    const graph = await this.roles.lineage(tx, asked.roleId);
    const role = graph.resolve(asked.roleId);
    if (role === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/role', 'unknown', 'There is no such role.');
    const wanted = { ...asked, roleId: role.id };
    this.#requireSensible(wanted, role);
    // Even of what one has: a role that ends would become one that does not.
    if (grantor.selves.includes(wanted.subjectId)) throw new Fault(RBAC_FAULTS['self-binding']);
    const rules = graph.effective(role.id);
    const target = { type: 'role', uid: role.id, version: role.version };
    const escalation = escalationTo(target, wanted.projectId, `Give the role ${role.name} (${fingerprintOf(rules)}) to ${wanted.subjectId}`, approvable);
    const escalated = await this.granting.requireGrant(tx, grantor, grantOf(wanted, rules), escalation);
    const isOwners = role.id === OWNER || allowsEverything(rules);
    // Who went beyond what they have was approved for this very deed already.
    const isSecond = isOwners && !escalated && (await this.owners.requireConsentToAnother(tx, principal, wanted.subjectId, approvable));
    await this.#requireSeparation(tx, wanted.subjectId, graph.effectiveRole(role.id));
    await this.#makeRoom(tx, principal, wanted);
    return this.#insert(tx, principal, wanted, { ...(isSecond ? { bootstrap: true } : {}), ...(escalated ? { escalated } : {}) });
  }

  /**
   * Whether `bind` would let the principal give the role, there and for so long, to somebody who has nothing yet: for who
   * promises it, and once more for who keeps the promise. What takes a second person is not promised. Returns the role's id.
   */
  async requireGrantable(tx: Tx, principal: Principal, asked: Omit<BindingRequest, 'subjectId'>): Promise<string> {
    const grantor = await this.granting.begin(tx, principal, RBAC_PERMISSIONS['role-bindings:create'], asked.projectId);
    const graph = await this.roles.lineage(tx, asked.roleId);
    const role = graph.resolve(asked.roleId);
    if (role === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/role', 'unknown', 'There is no such role.');
    this.#requireSensible(asked, role);
    const rules = graph.effective(role.id);
    enforce(this.granting.mayGrant(grantor, grantOf(asked, rules)));
    if (role.id === OWNER || allowsEverything(rules)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/role', 'not-promised', 'Owners are made by a binding, which may take a second person.');
    return role.id;
  }

  /** The decision by what is true in this transaction, under the lock that keeps it so: for what one begins and another finishes later. */
  async requireStill(tx: Tx, principal: Principal, permission: Permission): Promise<void> {
    this.granting.require(await this.granting.open(tx, principal), permission, null);
  }

  #requireSensible(wanted: Omit<BindingRequest, 'subjectId'>, role: Role): void {
    if (role.id === BREAK_GLASS) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/role', 'not-bindable', 'A sealed account gets this role in an emergency, and nobody else.');
    if (role.unlimited && wanted.projectId !== null) {
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/scope', 'global-only', 'This role is bound globally.');
    }
    if (role.unlimited && wanted.expiresAt !== null) {
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/expiresAt', 'not-supported', 'This role is bound without an end.');
    }
    if (wanted.expiresAt !== null && wanted.expiresAt.getTime() <= this.clock.nowMillis()) {
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/expiresAt', 'past', 'An instant in the future.');
    }
  }

  /**
   * To take a role away that denies something is to grant that, until the binding would have ended by itself; and
   * owners are unmade only by who could make them.
   */
  async #requireAuthorityToUnbind(tx: Tx, grantor: Grantor, binding: RoleBinding, approvable: Approvable): Promise<boolean> {
    const rules = (await this.roles.lineage(tx, binding.roleId)).effective(binding.roleId);
    const grant = grantOf(binding, binding.roleId === OWNER ? rules : gainsOf(rules, []));
    const target = { type: 'role-binding', uid: binding.id, version: null };
    return this.granting.requireGrant(tx, grantor, grant, escalationTo(target, binding.projectId, `Take the role ${binding.roleId} (${fingerprintOf(rules)}) from ${binding.subjectId}`, approvable));
  }

  async #requireSeparation(tx: Tx, subjectId: string, role: EffectiveRole): Promise<void> {
    const now = this.clock.nowMillis();
    const held = (await this.bindings.heldBy(tx, subjectId)).filter((each) => isLive(each, now));
    await this.separations.requireForSubject(tx, held, role);
  }

  /** The same binding, if it has expired, gives way, and the ledger says so; if it is live, it stands. */
  async #makeRoom(tx: Tx, principal: Principal, wanted: BindingRequest): Promise<void> {
    const same = await this.bindings.findSame(tx, wanted);
    if (same === null) return;
    if (same.expiresAt === null || this.clock.nowMillis() < same.expiresAt.getTime()) throw new Fault(RBAC_FAULTS['already-bound']);
    await this.bindings.delete(tx, same.id);
    await this.audit.append(tx, eventOf('rbac.role-binding.delete', principal, same, { expired: true }));
  }

  async #insert(tx: Tx, actor: Principal, wanted: BindingRequest, facts: AuditEvent['facts'] & object): Promise<RoleBinding> {
    const now = this.clock.now();
    const binding: RoleBinding = { ...wanted, id: this.randomness.uuidv7(now.getTime()), createdAt: now, createdBy: actor.id };
    await this.bindings.insert(tx, binding);
    await this.audit.append(tx, eventOf('rbac.role-binding.create', actor, binding, facts));
    return binding;
  }
}

const attributesOf = ({ roleId: role, subjectId, createdBy, expiresAt }: RoleBinding): Record<keyof typeof BINDING_ATTRIBUTES, Fact> => ({ role, subjectId, createdBy, expiresAt });

function found<T>(value: T | null): T {
  if (value === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return value;
}

function escalationTo(target: Escalation['target'], projectId: string | null, summary: string, request: Approvable): Escalation {
  return { permission: RBAC_PERMISSIONS['roles:bind'], projectId, target, summary, request };
}

function grantOf({ projectId, expiresAt }: Pick<BindingRequest, 'projectId' | 'expiresAt'>, rules: readonly Rule[]): Grant {
  return { rules, projectId, expiresAtMillis: expiresAt?.getTime() ?? null };
}

function eventOf(
  code: 'rbac.role-binding.create' | 'rbac.role-binding.delete',
  actor: Principal,
  binding: RoleBinding,
  facts: AuditEvent['facts'] & object,
): AuditEvent {
  const { id, subjectId, roleId, projectId, expiresAt } = binding;
  return {
    kind: RBAC_EVENTS[code],
    outcome: 'success',
    actor,
    ...(projectId === null ? {} : { projectId }),
    targets: [
      { type: 'role-binding', uid: id },
      { type: 'principal', uid: subjectId },
    ],
    facts: { role: roleId, scope: projectId === null ? 'global' : 'project', ...(expiresAt === null ? {} : { expiresAtMillis: expiresAt.getTime() }), ...facts },
  };
}
