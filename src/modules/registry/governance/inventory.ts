import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import type { ListedManifest, ListedTag, ManifestDetail, NamedPage, Repository } from '../domain/inventory.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { InventoryRepository } from '../persistence/inventory.repository.js';
import type { ManifestPlace } from '../persistence/lifecycle.repository.js';

const PULL = REGISTRY_PERMISSIONS['registry:pull'];

/** What there is, for who may pull it. */
@Injectable()
export class Inventory {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: InventoryRepository,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
  ) {}

  /** Of one project, or of all that the caller may pull from. */
  async repositories(principal: Principal, project: string | null, page: PageRequest): Promise<Page<Repository>> {
    const projectId = project === null ? null : (await this.projects.resolve(principal, project)).id;
    if (projectId !== null) await this.policy.require(principal, PULL, projectId);
    const filter = await this.policy.filter(principal, PULL);
    return this.uow.read(principal, (reading) => this.rows.repositories(reading, filter, projectId, page));
  }

  /** Fault: not-found. */
  async repository(principal: Principal, id: string): Promise<Repository> {
    return this.permitted(principal, PULL, id);
  }

  async manifests(principal: Principal, repositoryId: string, page: PageRequest): Promise<NamedPage<ListedManifest>> {
    await this.permitted(principal, PULL, repositoryId);
    return this.uow.read(principal, (reading) => this.rows.manifests(reading, repositoryId, page));
  }

  /** Fault: not-found. */
  async manifest(principal: Principal, repositoryId: string, digest: string): Promise<ManifestDetail> {
    await this.permitted(principal, PULL, repositoryId);
    const manifest = await this.uow.read(principal, (reading) => this.rows.manifest(reading, repositoryId, digest));
    if (manifest === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return manifest;
  }

  async tags(principal: Principal, repositoryId: string, page: PageRequest): Promise<NamedPage<ListedTag>> {
    await this.permitted(principal, PULL, repositoryId);
    return this.uow.read(principal, (reading) => this.rows.tags(reading, repositoryId, page));
  }

  /** A manifest that something is to be done to. That it is there is asked again by who does it. Fault: not-found. */
  async place(principal: Principal, permission: Permission, repositoryId: string, digest: string): Promise<ManifestPlace> {
    const { projectId, name } = await this.permitted(principal, permission, repositoryId);
    return { projectId, repositoryId, repository: name, digest };
  }

  /** A repository of a project where nothing is permitted is as one that is not there. */
  private async permitted(principal: Principal, permission: Permission, id: string): Promise<Repository> {
    const repository = await this.uow.read(principal, (reading) => this.rows.repository(reading, id));
    if (repository === null) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.policy.require(principal, permission, repository.projectId);
    return repository;
  }
}
