import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import { BlobRepository, type ShownBlob } from '../persistence/blob.repository.js';
import { ScrubRepository } from '../persistence/scrub.repository.js';
import { BlobStore } from './blob-store.js';

const GUARD = systemPrincipal('registry-integrity');

/** Of those that lead to something damaged, as many as an entry has room for. */
export const TAGS_TOLD_MAX = 20;

/**
 * What becomes of a blob whose bytes are not what they were: it is marked, so that every repository says that it has none
 * and the next push heals it, and recorded once, which raises the alert.
 */
@Injectable()
export class DamagedBlobs {
  private readonly logger = new Logger('registry');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly blobs: BlobRepository,
    private readonly scrubs: ScrubRepository,
    private readonly store: BlobStore,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
  ) {}

  /** What every answer that lets somebody leave out an upload asks beside the row: whether there is a file of that length. Reports when not. */
  async isStored(digest: ContentDigest, { sizeBytes, uploadId }: ShownBlob): Promise<boolean> {
    if (await this.store.isThere(digest, sizeBytes)) return true;
    await this.report(digest, uploadId);
    return false;
  }

  /**
   * Of the bytes that this upload brought: those that have come since are others. The tags that lead to them; null when they were
   * reported before, or are gone.
   */
  async report(digest: ContentDigest, uploadId: string | null): Promise<readonly string[] | null> {
    const uid = formatContentDigest(digest);
    const tags = await this.uow.run(GUARD, async (tx) => {
      if (!(await this.blobs.markDamaged(tx, uid, uploadId))) return null;
      const over = await this.scrubs.tagsOver(tx, uid, null, TAGS_TOLD_MAX);
      await this.audit.append(tx, { kind: REGISTRY_EVENTS['registry.digest.mismatch'], outcome: 'failure', actor: GUARD, targets: [{ type: 'blob', uid }], facts: { tags: over } });
      return over;
    });
    if (tags === null) return null;
    this.metrics.increment(REGISTRY_METRICS.registry_blobs_damaged_total);
    this.logger.error('a stored blob is not what was pushed', { digest: uid });
    return tags;
  }

  /** Of a blob that was marked and has been read whole since: somebody has put the bytes back, or the disk under them. */
  async recover(digest: ContentDigest, uploadId: string | null): Promise<void> {
    const uid = formatContentDigest(digest);
    await this.uow.run(GUARD, async (tx) => {
      if (!(await this.blobs.unmarkDamaged(tx, uid, uploadId))) return;
      await this.audit.append(tx, { kind: REGISTRY_EVENTS['registry.digest.recover'], outcome: 'success', actor: GUARD, targets: [{ type: 'blob', uid }] });
    });
  }
}
