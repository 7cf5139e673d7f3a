import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { digestOf } from '#pure/digest/digest.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { type Role, ROLES_MAX } from './domain/role.js';
import { readDraft, requireShallow, type RoleDraft } from './domain/role-draft.js';
import type { Rule } from './domain/rule.js';
import { fingerprintOf, gainsOf } from './grant-authority.js';
import { type Escalation, Granting, type Grantor, holdsRole } from './granting.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { RoleRepository } from './persistence/role.repository.js';
import { Separations } from './separations.js';

/**
 * What roles say. A role belongs to no project and may be bound anywhere, so who writes a rule into one must have it
 * everywhere and for ever; of a role that is bound, every change is a grant to whoever has it, by whatever heir.
 */
@Injectable()
export class Roles {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly roles: RoleRepository,
    private readonly granting: Granting,
    private readonly separations: Separations,
    private readonly catalogue: PermissionCatalogue,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: invalid-request, role-name-taken, role-limit, grant-exceeds-own or insufficient-scope for what the author does not have. */
  async create(principal: Principal, request: IdempotentRequest | null, draft: RoleDraft, approvable: ApprovableRequest | null = null): Promise<Role> {
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const grantor = await this.granting.begin(tx, principal, RBAC_PERMISSIONS['roles:create'], null);
        const graph = await this.roles.all(tx);
        const content = readDraft(draft, graph, this.catalogue.all());
        if (graph.roles.filter(({ builtin }) => !builtin).length >= ROLES_MAX) throw new Fault(RBAC_FAULTS['role-limit']);
        const now = this.clock.now();
        const role: Role = { id: this.randomness.uuidv7(now.getTime()), ...content, builtin: false, unlimited: false, version: 1, createdAt: now, updatedAt: now };
        const after = graph.with(role);
        requireShallow(after, role);
        const escalated = await this.#requireContent(tx, grantor, [], after.effective(role.id), escalationTo({ type: 'role', uid: role.name, version: null }, role, after.effective(role.id), approvable));
        await this.roles.insert(tx, role, principal.id);
        await this.#record(tx, 'rbac.role.create', principal, role, escalated);
        return { resourceId: role.id, value: role };
      },
      // Gone in the meantime: the key's first answer stands for a resource that is no longer there.
      async (tx, id) => found(await this.roles.find(tx, id)),
    );
  }

  /**
   * The whole of it, at once for everybody who has it. Faults: not-found, builtin-role, precondition-failed,
   * invalid-request, role-cycle, role-name-taken, holds-role, grant-exceeds-own, separation-of-duties.
   */
  async replace(principal: Principal, reference: string, expected: ExpectedVersion, draft: RoleDraft, approvable: ApprovableRequest | null = null): Promise<Role> {
    return this.uow.run(principal, async (tx) => {
      const grantor = await this.granting.begin(tx, principal, RBAC_PERMISSIONS['roles:update'], null);
      const graph = await this.roles.all(tx);
      const role = custom(graph.resolve(reference));
      requireVersion(role, expected);
      const changed: Role = { ...role, ...readDraft(draft, graph, this.catalogue.all()), version: role.version + 1, updatedAt: this.clock.now() };
      const after = graph.with(changed);
      requireShallow(after, changed);
      const escalated = await this.#requireChange(tx, grantor, role, graph.effective(role.id), after.effective(role.id), approvable);
      await this.roles.update(tx, changed, principal.id);
      await this.separations.requireForHolders(tx, after, after.heirs(role.id).map(({ id }) => id));
      await this.#record(tx, 'rbac.role.update', principal, changed, escalated);
      return changed;
    });
  }

  /** Nothing changes for anybody: only what nobody has, nor inherits, goes. Its versions stay. Faults: not-found, builtin-role, precondition-failed, role-in-use. */
  async delete(principal: Principal, reference: string, expected: ExpectedVersion): Promise<void> {
    await this.uow.run(principal, async (tx) => {
      await this.granting.begin(tx, principal, RBAC_PERMISSIONS['roles:delete'], null);
      const role = custom(await this.roles.find(tx, reference));
      requireVersion(role, expected);
      await this.roles.delete(tx, role.id);
      await this.#record(tx, 'rbac.role.delete', principal, role, false);
    });
  }

  /** Who has the role, directly or by an heir, changes it only with a second person: even what they take from it, they could want gone. */
  async #requireChange(tx: Tx, grantor: Grantor, role: Role, before: readonly Rule[], after: readonly Rule[], request: ApprovableRequest | null): Promise<boolean> {
    const escalation = escalationTo({ type: 'role', uid: role.id, version: role.version }, role, after, request);
    if (!holdsRole(grantor, role.id)) return this.#requireContent(tx, grantor, before, after, escalation);
    await this.granting.requireEscalation(tx, grantor, RBAC_FAULTS['holds-role'], escalation);
    return true;
  }

  async #requireContent(tx: Tx, grantor: Grantor, before: readonly Rule[], after: readonly Rule[], escalation: Escalation): Promise<boolean> {
    return this.granting.requireGrant(tx, grantor, { rules: gainsOf(before, after), projectId: null, expiresAtMillis: null }, escalation);
  }

  async #record(tx: Tx, code: 'rbac.role.create' | 'rbac.role.update' | 'rbac.role.delete', actor: Principal, role: Role, escalated: boolean): Promise<void> {
    const { id, version, name, description, rules, parents } = role;
    const facts = { version, rules: rules.length, parents: parents.length, contentDigest: digestOf(canonicalJsonBytes({ name, description, rules, parents })) };
    await this.audit.append(tx, { kind: RBAC_EVENTS[code], outcome: 'success', actor, targets: [{ type: 'role', uid: id }], facts: { ...facts, ...(escalated ? { escalated } : {}) } });
  }
}

/** Of a role that is still to be made there is no id that a repeated request would know: its name stands for it. */
function escalationTo(target: Escalation['target'], { name }: Role, rules: readonly Rule[], request: ApprovableRequest | null): Escalation {
  const summary = `Have the role ${name} say what its author does not have, or who has it change it (${fingerprintOf(rules)})`;
  return { permission: RBAC_PERMISSIONS['roles:escalate'], projectId: null, target, summary, request };
}

function custom(role: Role | null | undefined): Role {
  const existing = found(role ?? null);
  if (existing.builtin) throw new Fault(RBAC_FAULTS['builtin-role']);
  return existing;
}

function found<T>(value: T | null): T {
  if (value === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return value;
}
