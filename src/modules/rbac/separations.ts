import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { HeldRole } from './domain/role-binding.js';
import type { RoleGraph } from './domain/role-graph.js';
import { type EffectiveRole, isConflict, type Pair, pairsOf, type Separation, SEPARATIONS_MAX } from './domain/separation.js';
import { Granting } from './granting.js';
import { RoleRepository } from './persistence/role.repository.js';
import { SeparationRepository } from './persistence/separation.repository.js';
import { PolicyDecision } from './policy-decision.js';

export interface SeparationRequest {
  /** By id or name. */
  readonly roles: readonly [string, string];
  readonly reason: string;
}

/**
 * Which roles must not be held together. The pairs hold over all scopes and by inheritance; what is refused is the
 * change after which somebody would hold both, whether it gives a role, changes one, or makes the pair.
 */
@Injectable()
export class Separations {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly separations: SeparationRepository,
    private readonly roles: RoleRepository,
    private readonly granting: Granting,
    private readonly approvals: Approvals,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: invalid-request for a role that is not there or twice the same, separation-of-duties while somebody holds both, separation-exists, separation-limit. */
  async create(principal: Principal, request: IdempotentRequest | null, wanted: SeparationRequest): Promise<Separation> {
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        await this.granting.begin(tx, principal, RBAC_PERMISSIONS['separations:create'], null);
        const graph = await this.roles.all(tx);
        const [one, other] = wanted.roles.map((reference, index) => roleId(graph, reference, index)) as [string, string];
        if (one === other) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/roles/1', 'duplicate', 'two roles');
        if ((await this.separations.all(tx)).length >= SEPARATIONS_MAX) throw new Fault(RBAC_FAULTS['separation-limit']);
        const now = this.clock.now();
        const value: Separation = { id: this.randomness.uuidv7(now.getTime()), roles: one < other ? [one, other] : [other, one], reason: wanted.reason, createdAt: now, createdBy: principal.id };
        await this.separations.insert(tx, value);
        await this.#requireApart(tx, pairsOf([value]), graph, null);
        await this.#record(tx, 'rbac.separation.create', principal, value);
        return { resourceId: value.id, value };
      },
      async (tx, id) => found(await this.separations.find(tx, id)),
    );
  }

  /** To let two roles be held together is to take a control away: with two owners, the second one agrees. */
  async delete(principal: Principal, id: string, request: ApprovableRequest | null = null): Promise<void> {
    await this.uow.run(principal, async (tx) => {
      await this.granting.begin(tx, principal, RBAC_PERMISSIONS['separations:delete'], null);
      const separation = found(await this.separations.find(tx, id));
      const permission = RBAC_PERMISSIONS['separations:delete'].name;
      await this.approvals.require(tx, principal, request, { permission, projectId: null, target: { type: 'separation', uid: id, version: null }, summary: `Let the roles ${separation.roles.join(' and ')} be held together again` });
      await this.separations.delete(tx, id);
      await this.#record(tx, 'rbac.separation.delete', principal, separation);
    });
  }

  async get(principal: Principal, id: string): Promise<Separation> {
    await this.policy.requireSomewhere(principal, RBAC_PERMISSIONS['separations:read']);
    return found(await this.uow.run(principal, (tx) => this.separations.find(tx, id)));
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<Separation>> {
    await this.policy.requireSomewhere(principal, RBAC_PERMISSIONS['separations:read']);
    return this.uow.run(principal, (tx) => this.separations.list(tx, page));
  }

  /** Refuses that one subject holds this role beside what it holds now. Under the lock on the policy's version. */
  async requireForSubject(tx: Tx, held: readonly HeldRole[], role: EffectiveRole): Promise<void> {
    if (isConflict(pairsOf(await this.separations.all(tx)), [...boundRoles(held), role])) throw new Fault(RBAC_FAULTS['separation-of-duties']);
  }

  /** Refuses what any holder of these roles, or of others beside them, would hold. Under the lock on the policy's version. */
  async requireForHolders(tx: Tx, graph: RoleGraph, changed: readonly string[]): Promise<void> {
    await this.#requireApart(tx, pairsOf(await this.separations.all(tx)), graph, changed);
  }

  async #requireApart(tx: Tx, pairs: readonly Pair[], graph: RoleGraph, among: readonly string[] | null): Promise<void> {
    const roles = graph.roles.map(({ id }) => graph.effectiveRole(id));
    for (const { first, second } of pairs) {
      const [ones, others] = [roles.filter(first), roles.filter(second)].map((side) => side.map(({ id }) => id)) as [string[], string[]];
      const isTouched = among === null || among.some((id) => ones.includes(id) || others.includes(id));
      if (isTouched && (await this.separations.isHeldTogether(tx, ones, others, among, this.clock.now()))) throw new Fault(RBAC_FAULTS['separation-of-duties']);
    }
  }

  async #record(tx: Tx, code: 'rbac.separation.create' | 'rbac.separation.delete', actor: Principal, { id, roles }: Separation): Promise<void> {
    await this.audit.append(tx, { kind: RBAC_EVENTS[code], outcome: 'success', actor, targets: [{ type: 'separation', uid: id }, ...roles.map((uid) => ({ type: 'role', uid }))] });
  }
}

/** What somebody holds, role by role, out of the parts that each consists of. */
function boundRoles(held: readonly HeldRole[]): readonly EffectiveRole[] {
  const parts = Map.groupBy(held, ({ roleId }) => roleId);
  return [...parts].map(([id, of]) => ({ id, lineage: of.map(({ definedIn }) => definedIn), rules: of.flatMap(({ rules }) => rules) }));
}

function roleId(graph: RoleGraph, reference: string, index: number): string {
  const role = graph.resolve(reference);
  if (role === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/roles/${index}`, 'unknown', 'There is no such role.');
  return role.id;
}

function found<T>(value: T | null): T {
  if (value === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return value;
}
