import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { Role } from './domain/role.js';
import { RoleRepository } from './persistence/role.repository.js';
import { PolicyDecision } from './policy-decision.js';

/** What there is to bind. Roles belong to no project: who may see them in some project may see them all. */
@Injectable()
export class Roles {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly roles: RoleRepository,
    private readonly policy: PolicyDecision,
  ) {}

  async get(principal: Principal, id: string): Promise<Role> {
    await this.policy.requireSomewhere(principal, RBAC_PERMISSIONS['roles:read']);
    const role = await this.uow.run(principal, (tx) => this.roles.find(tx, id));
    if (role === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return role;
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<Role>> {
    await this.policy.requireSomewhere(principal, RBAC_PERMISSIONS['roles:read']);
    return this.uow.run(principal, (tx) => this.roles.list(tx, page));
  }
}
