import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { ManifestRepository } from '../persistence/manifest.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { TagRepository } from '../persistence/tag.repository.js';
import { RepositoryAccess } from '../repository-access.js';

/** Manifests go with the tags that point to them; what they named is collected later, unless another names it. */
@Injectable()
export class ManifestDeletion {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly repositories: RepositoryRepository,
    private readonly manifests: ManifestRepository,
    private readonly tags: TagRepository,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
  ) {}

  /** Fault: manifest-unknown. */
  async delete(principal: Principal, name: string, digest: ContentDigest): Promise<void> {
    const projectId = await this.access.require(principal, 'delete', name, REGISTRY_FAULTS['manifest-unknown']);
    const uid = formatContentDigest(digest);
    await this.uow.run(principal, async (tx) => {
      const repositoryId = await this.repositories.find(tx, name, projectId);
      if (repositoryId === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      const tags = await this.tags.removeAllOf(tx, repositoryId, uid);
      if (!(await this.manifests.remove(tx, repositoryId, uid))) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.manifest.delete'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [
          { type: 'manifest', uid },
          { type: 'repository', uid: repositoryId },
        ],
        facts: { digest: uid, tags },
      });
    });
  }
}
