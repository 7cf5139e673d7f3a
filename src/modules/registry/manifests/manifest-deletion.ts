import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { subjectOfTag } from '../domain/evidence.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { ManifestRepository } from '../persistence/manifest.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { TagRepository } from '../persistence/tag.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { requireMovable, Tags } from './tags.js';

/** In the manifest's own entry, which has no room for more; each tag has one of its own. */
const TAGS_TOLD_MAX = 50;

/** Manifests go with the tags that point to them; what they named is collected later, unless another names it. */
@Injectable()
export class ManifestDeletion {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly repositories: RepositoryRepository,
    private readonly manifests: ManifestRepository,
    private readonly lifecycle: LifecycleRepository,
    private readonly policies: PolicyRepository,
    private readonly tags: TagRepository,
    private readonly tagDeeds: Tags,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Faults: manifest-unknown; tag-immutable when a tag that points to it is; denied when it was revoked, by who may not revoke:
   * pushed again it would be a new one, and given out. What it was about has to be verified anew.
   */
  async delete(principal: Principal, name: string, digest: ContentDigest): Promise<void> {
    const projectId = await this.access.require(principal, 'delete', name, REGISTRY_FAULTS['manifest-unknown']);
    const uid = formatContentDigest(digest);
    const mayRevoke = await this.access.may(principal, REGISTRY_PERMISSIONS['registry:revoke'], projectId);
    await this.uow.run(principal, async (tx) => {
      const repositoryId = await this.repositories.find(tx, name, projectId);
      if (repositoryId === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      const policy = await this.policies.of(tx, projectId);
      const removedTags = await this.tags.removeAllOf(tx, repositoryId, uid);
      const tags = removedTags.map((tag) => tag.name);
      for (const tag of tags) requireMovable(policy, tag);
      const removed = await this.manifests.remove(tx, repositoryId, uid);
      if (removed === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      if (removed.state === 'revoked' && !mayRevoke) throw new Fault(REGISTRY_FAULTS.denied, { detail: 'The manifest is revoked: who may not revoke it may not have it forgotten that it was.' });
      const about = [removed.subject, ...tags.map(subjectOfTag)].filter((subject) => subject !== null);
      if (about.length > 0) await this.lifecycle.markDue(tx, repositoryId, about);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.manifest.delete'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [
          { type: 'manifest', uid },
          { type: 'repository', uid: repositoryId },
        ],
        facts: { digest: uid, tagCount: tags.length, tags: tags.slice(0, TAGS_TOLD_MAX) },
      });
      await this.tagDeeds.recordGone(tx, principal, REGISTRY_EVENTS['registry.tag.remove'], { projectId, repositoryId, repository: name, digest: uid }, removedTags);
      crashPoint('registry.unname.before-commit');
    });
    crashPoint('registry.unname.after-commit');
  }
}
