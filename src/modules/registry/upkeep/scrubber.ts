import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { freeMemory } from '#platform/system/free-memory.js';
import { contentDigestOf, formatContentDigest, isSameDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { BlobStore, DamagedBlob, type ListedBlob } from '../blobs/blob-store.js';
import { DamagedBlobs } from '../blobs/damaged-blobs.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import { TagSeals } from '../manifests/tag-seals.js';
import { type Place, ScrubRepository, START } from '../persistence/scrub.repository.js';
import { BlobRemoval } from './blob-removal.js';

const SCRUBBER = systemPrincipal('registry-scrub');

/** What was pushed or read over within it is not read again: a small store would be read all day. */
const REST_MILLIS = 24 * 60 * 60 * 1000;
/** A push has its row within one transaction of its file. */
const ORPHAN_AGE_MILLIS = 24 * 60 * 60 * 1000;
const PAGE = 500;
/** Of manifests, each up to 4 MiB. */
const MANIFEST_PAGE = 20;

/** What a look at everything but the bytes of blobs has found. */
export interface ScrubFindings {
  readonly orphans: number;
  readonly orphanBytes: number;
  readonly manifests: number;
  readonly tags: number;
  readonly damaged: number;
}

/**
 * Finds damage before a client does. Blobs are read whole, the one that was verified longest ago first, at a rate that
 * leaves the disk to others: where it stands is in their rows (`verified_at`), so that any process goes on where any
 * other was stopped. A file that is missing is damage like any other; a file that no row knows is an orphan, and goes.
 * Manifests and tags stand in rows, and are compared with their digests and seals.
 *
 * It runs in processes with the role `api`: those have the directory, the right to read the rows of the registry, and the key
 * under which blobs are sealed. The login of the ledger would need the whole registry granted to it.
 */
@Injectable()
export class Scrubber {
  private readonly logger = new Logger('registry-scrub');
  private readonly bytesPerSecond: number;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly scrubs: ScrubRepository,
    private readonly store: BlobStore,
    private readonly damaged: DamagedBlobs,
    private readonly removal: BlobRemoval,
    private readonly seals: TagSeals,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    config: Config,
  ) {
    this.bytesPerSecond = config.registry.scrubBytesPerSecond;
  }

  /** Reads blobs until none is due, or it is told to stop. Returns how many. */
  async blobs(signal: AbortSignal): Promise<number> {
    if (this.bytesPerSecond === 0) return 0;
    for (let read = 0; ; read += 1) {
      const due = signal.aborted ? null : await this.uow.run(SCRUBBER, (tx) => this.scrubs.claim(tx, REST_MILLIS));
      if (due === null) return read;
      const isWhole = await this.isWhole(due.digest, due.sizeBytes, signal);
      if (isWhole === null) return read;
      if (!isWhole) await this.damaged.report(parseContentDigest(due.digest)!, due.uploadId);
      else if (due.isDamaged) await this.damaged.recover(parseContentDigest(due.digest)!, due.uploadId);
      else await this.uow.run(SCRUBBER, (tx) => this.scrubs.verified(tx, due.digest));
      this.metrics.increment(REGISTRY_METRICS.registry_scrubbed_blobs_total, { outcome: isWhole ? 'whole' : 'damaged' });
    }
  }

  /** Everything but the bytes of blobs, from start to end. */
  async rows(): Promise<ScrubFindings> {
    const orphans = await this.orphans();
    const manifests = await this.manifests();
    const tags = await this.tags();
    return { ...orphans, manifests: manifests.read, tags: tags.read, damaged: manifests.damaged + tags.damaged };
  }

  /** Null when it was stopped before it knew. A file that goes while it is read is one whose blob was collected. */
  private async isWhole(digest: string, sizeBytes: number, signal: AbortSignal): Promise<boolean | null> {
    const blob = await this.store.open(parseContentDigest(digest)!);
    if (blob === null) return false;
    try {
      if (blob.sizeBytes !== sizeBytes) return false;
      for await (const chunk of blob.read(null)) {
        const { length } = chunk;
        freeMemory(chunk);
        this.metrics.increment(REGISTRY_METRICS.registry_scrubbed_bytes_total, {}, length);
        await sleep((length / this.bytesPerSecond) * 1000, undefined, { signal, ref: false }).catch(() => {});
        if (signal.aborted) return null;
      }
      return true;
    } catch (cause) {
      if (cause instanceof DamagedBlob) return false;
      throw cause;
    } finally {
      await blob.close();
    }
  }

  /** Files that no row has known for a day: of pushes that were refused or cut off at their last step. */
  private async orphans(): Promise<{ readonly orphans: number; readonly orphanBytes: number }> {
    const oldest = this.clock.nowMillis() - ORPHAN_AGE_MILLIS;
    let found = { orphans: 0, orphanBytes: 0 };
    let after = '';
    for (let page = await this.store.list(after, PAGE); page.length > 0; page = await this.store.list(after, PAGE)) {
      after = formatContentDigest(page.at(-1)!.digest);
      const gone = await this.removeUnknown(page.filter(({ modifiedAtMillis }) => modifiedAtMillis < oldest));
      found = { orphans: found.orphans + gone.length, orphanBytes: found.orphanBytes + gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
    }
    return found;
  }

  private async removeUnknown(files: readonly ListedBlob[]): Promise<readonly { readonly sizeBytes: number }[]> {
    if (files.length === 0) return [];
    const listed = files.map(({ digest, storedBytes }) => ({ digest: formatContentDigest(digest), storedBytes }));
    const doomed = await this.uow.run(SCRUBBER, async (tx) => {
      const orphans = await this.scrubs.adopt(tx, listed);
      if (orphans.length === 0) return orphans;
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.scrub.orphans'],
        outcome: 'success',
        actor: SCRUBBER,
        facts: { count: orphans.length, digests: orphans.map(({ digest }) => digest) },
      });
      return orphans;
    });
    await this.removal.remove(doomed);
    return doomed;
  }

  private manifests(): Promise<Checked> {
    return this.each(MANIFEST_PAGE, (after, limit) => this.uow.read(SCRUBBER, (reading) => this.scrubs.manifests(reading, after, limit)), async ({ repositoryId, name, bytes }) => {
      const digest = parseContentDigest(name)!;
      return isSameDigest(contentDigestOf(bytes, digest.algorithm), digest) || this.report('manifest', name, repositoryId);
    });
  }

  private tags(): Promise<Checked> {
    return this.each(PAGE, (after, limit) => this.uow.read(SCRUBBER, (reading) => this.scrubs.tags(reading, after, limit)), async (tag) =>
      this.seals.isWhole(tag) || this.report('tag', `${tag.repositoryId}:${tag.name}`, tag.repositoryId));
  }

  private async each<T extends Place>(limit: number, read: (after: Place, limit: number) => Promise<readonly T[]>, isWhole: (item: T) => Promise<boolean>): Promise<Checked> {
    let checked = { read: 0, damaged: 0 };
    for (let page = await read(START, limit); page.length > 0; page = page.length < limit ? [] : await read(page.at(-1)!, limit)) {
      for (const item of page) checked = { read: checked.read + 1, damaged: checked.damaged + ((await isWhole(item)) ? 0 : 1) };
    }
    return checked;
  }

  private async report(type: string, uid: string, repositoryId: string): Promise<false> {
    this.logger.error('a manifest or tag is not what was pushed', { digest: uid, repository: repositoryId });
    await this.audit.record({
      kind: REGISTRY_EVENTS['registry.digest.mismatch'],
      outcome: 'failure',
      actor: SCRUBBER,
      targets: [
        { type, uid },
        { type: 'repository', uid: repositoryId },
      ],
    });
    return false;
  }
}

interface Checked {
  readonly read: number;
  readonly damaged: number;
}
