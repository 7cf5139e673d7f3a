import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { RepositoryAccess } from '../repository-access.js';

/** Repositories, as far as who asks may pull from them. */
@Injectable()
export class Catalog {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly repositories: RepositoryRepository,
    private readonly policy: PolicyDecision,
    private readonly access: RepositoryAccess,
  ) {}

  /** Names behind `after`, sorted. */
  async list(principal: Principal, after: string, limit: number): Promise<readonly string[]> {
    this.access.requireCatalog(principal);
    const filter = await this.policy.filter(principal, REGISTRY_PERMISSIONS['registry:pull']);
    return this.uow.read(principal, (reading) => this.repositories.names(reading, filter, after, limit));
  }
}
