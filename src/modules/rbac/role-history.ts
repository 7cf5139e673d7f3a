import { Injectable } from '@nestjs/common';
import { type Reading, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { Role, RoleVersion } from './domain/role.js';
import { type RoleDiff, roleDiff } from './domain/role-diff.js';
import { RoleRepository } from './persistence/role.repository.js';
import { PolicyDecision } from './policy-decision.js';

/** What there is to bind, and was. Roles belong to no project: who may see them in some project may see them all. */
@Injectable()
export class RoleHistory {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly roles: RoleRepository,
    private readonly policy: PolicyDecision,
  ) {}

  /** By id or name, as in every method. */
  async get(principal: Principal, reference: string): Promise<Role> {
    return this.#read(principal, async (reading) => this.roles.find(reading, reference));
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<Role>> {
    return this.#read(principal, (reading) => this.roles.list(reading, page));
  }

  /** The newest first. Of a role that is gone too, by its id; a builtin one has never had but this one. */
  async versions(principal: Principal, reference: string, { after, limit }: PageRequest): Promise<Page<RoleVersion>> {
    return this.#read(principal, async (reading) => {
      const role = await this.roles.find(reading, reference);
      if (role?.builtin) return { items: [versionOf(role)], next: null };
      const page = await this.roles.versions(reading, role?.id ?? reference, after === null ? null : Number(after), limit);
      return role === null && page.items.length === 0 ? null : page;
    });
  }

  async version(principal: Principal, reference: string, version: number): Promise<RoleVersion> {
    return this.#read(principal, (reading) => this.#version(reading, reference, version));
  }

  async diff(principal: Principal, reference: string, from: number, to: number): Promise<RoleDiff> {
    return this.#read(principal, async (reading) => {
      const [before, after] = [await this.#version(reading, reference, from), await this.#version(reading, reference, to)];
      return before === null || after === null ? null : roleDiff(before, after);
    });
  }

  async #version(reading: Reading, reference: string, version: number): Promise<RoleVersion | null> {
    const role = await this.roles.find(reading, reference);
    if (role?.builtin) return version === role.version ? versionOf(role) : null;
    return this.roles.version(reading, role?.id ?? reference, version);
  }

  async #read<T>(principal: Principal, read: (reading: Reading) => Promise<T | null>): Promise<T> {
    await this.policy.requireSomewhere(principal, RBAC_PERMISSIONS['roles:read']);
    const value = await this.uow.read(principal, read);
    if (value === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return value;
  }
}

/** A builtin role is as its release says, and nobody made it. */
function versionOf({ name, description, rules, parents, version, createdAt }: Role): RoleVersion {
  return { name, description, rules, parents, version, createdAt, createdBy: 'release' };
}
