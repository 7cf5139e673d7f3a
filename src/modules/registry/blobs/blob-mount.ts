import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { BlobRepository } from '../persistence/blob.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { DamagedBlobs } from './damaged-blobs.js';
import { Quotas } from './quotas.js';

/** A blob that one repository shows becomes visible in another, and no byte is sent. */
@Injectable()
export class BlobMount {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly blobs: BlobRepository,
    private readonly access: RepositoryAccess,
    private readonly policy: PolicyDecision,
    private readonly damaged: DamagedBlobs,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly quotas: Quotas,
  ) {}

  /**
   * From wherever the principal may pull it when `from` is null. False: there is no such blob there, or the principal may not
   * pull it, which is not told apart. The client uploads it then. Its source counts as used, as for who asked whether it is
   * there. Fault: token-too-narrow.
   */
  async mount(principal: Principal, name: string, digest: ContentDigest, from: string | null): Promise<boolean> {
    const projectId = await this.access.require(principal, 'push', name);
    const uid = formatContentDigest(digest);
    const source = from ?? (await this.sourceOf(principal, uid));
    if (source === null || !(await this.access.permitsMount(principal, name, source))) return false;
    const sourceProjectId = await this.access.require(principal, 'pull', source);
    const shown = await this.uow.read(principal, (reading) => this.blobs.shownIn(reading, source, sourceProjectId, uid));
    if (shown === null || !(await this.damaged.isStored(digest, shown))) return false;
    const newId = this.randomness.uuidv7(this.clock.nowMillis());
    const isMounted = await this.uow.run(principal, async (tx) => {
      await this.blobs.hold(tx, uid);
      if ((await this.blobs.touch(tx, source, sourceProjectId, uid)) === null) return false;
      const { repositoryId, grownTo } = await this.blobs.showIn(tx, { newId, name, projectId }, uid, principal.id);
      this.quotas.demand(grownTo);
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
      crashPoint('registry.mount.before-commit');
      return true;
    });
    if (isMounted) crashPoint('registry.mount.after-commit');
    return isMounted;
  }

  /** A repository that shows the blob, of those that the principal may pull from and that the token, if it is one, was made for. */
  private async sourceOf(principal: Principal, digest: string): Promise<string | null> {
    const filter = await this.policy.filter(principal, REGISTRY_PERMISSIONS['registry:pull']);
    return this.uow.read(principal, (reading) => this.blobs.showing(reading, digest, filter, this.access.pullableNames(principal)));
  }
}
