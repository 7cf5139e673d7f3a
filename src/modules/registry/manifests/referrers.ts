import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { ManifestRepository, type Referrer } from '../persistence/manifest.repository.js';
import { RepositoryAccess } from '../repository-access.js';

/** What is about a manifest, which itself need not be there: signatures, bills of materials, reports. */
@Injectable()
export class Referrers {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly manifests: ManifestRepository,
    private readonly access: RepositoryAccess,
  ) {}

  /** In the order of their digests, those behind `after`. A repository that is not there has none. */
  async list(principal: Principal, name: string, subject: ContentDigest, artifactType: string | null, after: string, limit: number): Promise<readonly Referrer[]> {
    const projectId = await this.access.require(principal, 'pull', name);
    return this.uow.read(principal, (reading) => this.manifests.referrers(reading, name, projectId, formatContentDigest(subject), artifactType, after, limit));
  }
}
