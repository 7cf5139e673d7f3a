import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { BlobRepository } from '../persistence/blob.repository.js';
import { ManifestRepository } from '../persistence/manifest.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { RepositoryAccess } from '../repository-access.js';

/** A blob disappears from a repository at once; its bytes wait until no repository shows it. */
@Injectable()
export class BlobDeletion {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly blobs: BlobRepository,
    private readonly repositories: RepositoryRepository,
    private readonly manifests: ManifestRepository,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
  ) {}

  /** Faults: blob-unknown, blob-in-use. */
  async delete(principal: Principal, name: string, digest: ContentDigest): Promise<void> {
    const projectId = await this.access.require(principal, 'delete', name, REGISTRY_FAULTS['blob-unknown']);
    const uid = formatContentDigest(digest);
    await this.uow.run(principal, async (tx) => {
      const repositoryId = await this.repositories.find(tx, name, projectId);
      // First it goes: a manifest that is about to name it holds the row, and is waited for.
      if (repositoryId === null || !(await this.blobs.hide(tx, repositoryId, uid))) throw new Fault(REGISTRY_FAULTS['blob-unknown']);
      if (await this.manifests.isNamed(tx, repositoryId, uid)) throw new Fault(REGISTRY_FAULTS['blob-in-use']);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.blob.delete'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [
          { type: 'blob', uid },
          { type: 'repository', uid: repositoryId },
        ],
        facts: { digest: uid },
      });
      crashPoint('registry.hide.before-commit');
    });
    crashPoint('registry.hide.after-commit');
  }
}
