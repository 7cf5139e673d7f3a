import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Reading, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { contentDigestOf, formatContentDigest, isSameDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import type { Reference } from '#pure/oci/tag.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { ManifestRepository, type StoredManifest } from '../persistence/manifest.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { PullJournal } from './pull-journal.js';
import { TagSeals } from './tag-seals.js';

const UNKNOWN = REGISTRY_FAULTS['manifest-unknown'];

/** Manifests, for who may pull them; by tag, what the tag was last moved to by us. */
@Injectable()
export class ManifestPull {
  private readonly logger = new Logger('registry');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly manifests: ManifestRepository,
    private readonly seals: TagSeals,
    private readonly access: RepositoryAccess,
    private readonly journal: PullJournal,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** What a pull would give, without its bytes. */
  async describe(principal: Principal, name: string, reference: Reference): Promise<StoredManifest> {
    const projectId = await this.access.require(principal, 'pull', name, UNKNOWN);
    return this.uow.read(principal, (reading) => this.find(reading, name, projectId, reference));
  }

  /** The manifest, byte for byte as it was pushed. One entry for each subject, digest and minute says so. */
  async get(principal: Principal, name: string, reference: Reference): Promise<{ readonly manifest: StoredManifest; readonly bytes: Buffer }> {
    const projectId = await this.access.require(principal, 'pull', name, UNKNOWN);
    const found = await this.uow.read(principal, async (reading) => {
      const manifest = await this.find(reading, name, projectId, reference);
      return { manifest, bytes: await this.manifests.bytes(reading, manifest.repositoryId, manifest.digest) };
    });
    const { manifest, bytes } = found;
    const digest = parseContentDigest(manifest.digest)!; // The column's check.
    if (bytes === null) throw new Fault(UNKNOWN);
    if (!isSameDigest(contentDigestOf(bytes, digest.algorithm), digest)) throw await this.damaged(manifest, projectId);
    if (this.journal.isDue(principal.id, manifest.digest, this.clock.nowMillis())) await this.record(principal, projectId, manifest);
    return { manifest, bytes };
  }

  private async find(reading: Reading, name: string, projectId: string, reference: Reference): Promise<StoredManifest> {
    if ('digest' in reference) {
      const manifest = await this.manifests.byDigest(reading, name, projectId, formatContentDigest(reference.digest));
      if (manifest === null) throw new Fault(UNKNOWN);
      return manifest;
    }
    const found = await this.manifests.byTag(reading, name, projectId, reference.tag);
    if (found === null) throw new Fault(UNKNOWN);
    if (!this.seals.isWhole(found.tag)) throw await this.damaged(found.manifest, projectId);
    return found.manifest;
  }

  private async record(actor: Principal, projectId: string, { repositoryId, digest }: StoredManifest): Promise<void> {
    await this.audit.record({
      kind: REGISTRY_EVENTS['registry.manifest.pull'],
      outcome: 'success',
      actor,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
      facts: { digest },
    });
  }

  /** Neither a manifest whose bytes were changed nor a tag that was moved past us is given to anybody. */
  private async damaged({ repositoryId, digest }: StoredManifest, projectId: string): Promise<Fault> {
    this.logger.error('a manifest or tag is not what was pushed', { digest, repository: repositoryId });
    await this.audit.record({
      kind: REGISTRY_EVENTS['registry.digest.mismatch'],
      outcome: 'failure',
      actor: null,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
    });
    return new Fault(UNKNOWN);
  }
}
