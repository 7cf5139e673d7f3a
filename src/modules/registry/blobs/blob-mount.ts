import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { BlobRepository } from '../persistence/blob.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { Quotas } from './quotas.js';

/** A blob that one repository shows becomes visible in another, and no byte is sent. */
@Injectable()
export class BlobMount {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly blobs: BlobRepository,
    private readonly repositories: RepositoryRepository,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly quotas: Quotas,
  ) {}

  /**
   * False: there is no such blob in `from`, or the principal may not pull it there, which is not told apart. The client
   * uploads it then. Its source counts as used, as for who asked whether it is there.
   */
  async mount(principal: Principal, name: string, digest: ContentDigest, from: string): Promise<boolean> {
    const projectId = await this.access.require(principal, 'push', name);
    if (!(await this.access.permits(principal, 'pull', from))) return false;
    const sourceProjectId = await this.access.require(principal, 'pull', from);
    const uid = formatContentDigest(digest);
    const newId = this.randomness.uuidv7(this.clock.nowMillis());
    return this.uow.run(principal, async (tx) => {
      await this.blobs.hold(tx, uid);
      if ((await this.blobs.touch(tx, from, sourceProjectId, uid)) === null) return false;
      const repositoryId = await this.repositories.findOrMake(tx, { newId, name, projectId });
      this.quotas.demand(await this.blobs.showIn(tx, repositoryId, uid, principal.id));
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.blob.mount'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [
          { type: 'blob', uid },
          { type: 'repository', uid: repositoryId },
        ],
        facts: { digest: uid },
      });
      return true;
    });
  }
}
