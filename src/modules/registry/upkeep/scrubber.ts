import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { freeMemory } from '#platform/system/free-memory.js';
import { contentDigestOf, isSameDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { BlobStore, DamagedBlob } from '../blobs/blob-store.js';
import { DamagedBlobs, TAGS_TOLD_MAX } from '../blobs/damaged-blobs.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import { advanced, BEGINNING, type Looked, PARTS_OF_ALL, PARTS_OF_SCOPE, placeOf, type ScrubPart, type ScrubProgress, type ScrubReport } from '../domain/scrub.js';
import type { RunFinding, RunScope } from '../domain/upkeep-run.js';
import { TagSeals } from '../manifests/tag-seals.js';
import type { TagRow } from '../persistence/manifest.repository.js';
import { type KnownBlob, type Place, ScrubRepository, START, type StoredBytes } from '../persistence/scrub.repository.js';
import { FileWalk } from './file-walk.js';

const SCRUBBER = systemPrincipal('registry-scrub');

/** What was pushed or read over within it is not read again: a small store would be read all day. */
const REST_MILLIS = 24 * 60 * 60 * 1000;
const PAGE = 500;
/** Of manifests, each up to 4 MiB. */
const MANIFEST_PAGE = 20;

/** Keeps how far a run has come. */
export type KeepProgress = (progress: ScrubProgress) => Promise<void>;

/**
 * Finds damage before a client does. Blobs are read whole, the one that was read longest ago first, at a rate that
 * leaves the disk to others: where it stands is in their rows (`verified_at`), so that any process goes on where any
 * other was stopped. A file that is missing is damage like any other, and one that is whole again, since its disk or a
 * backup of it came back, is given out again. Manifests and tags stand in rows, and are compared with their digests and seals.
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
    private readonly files: FileWalk,
    private readonly seals: TagSeals,
    private readonly audit: AuditLog,
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
      if (due === null || (await this.readOver(due, signal)) === null) return read;
    }
  }

  /** Everything but the bytes of blobs, from start to end. */
  async rows(): Promise<ScrubReport> {
    return (await this.pass(null, BEGINNING, () => Promise.resolve(), new AbortController().signal))!.report;
  }

  /** Goes on with a run; null when it was stopped before its end. */
  async pass(scope: RunScope | null, from: ScrubProgress, keep: KeepProgress, signal: AbortSignal): Promise<ScrubProgress | null> {
    const parts = scope === null ? PARTS_OF_ALL : PARTS_OF_SCOPE;
    let progress = from;
    while (progress.cursor !== null) {
      const { part, after } = placeOf(progress.cursor, parts);
      const looked = signal.aborted ? null : await this.look(part, scope, after, signal);
      if (looked === null) return null;
      progress = advanced(progress, part, parts, looked);
      if (progress.cursor !== null) await keep(progress);
    }
    return progress;
  }

  private look(part: ScrubPart, scope: RunScope | null, after: string, signal: AbortSignal): Promise<Looked | null> {
    const parts: Readonly<Record<ScrubPart, () => Promise<Looked | null>>> = {
      files: () => this.files.look(after),
      blobs: () => this.blobsOf(scope!, after, signal),
      manifests: () => this.manifests(scope, after),
      tags: () => this.tags(scope, after),
    };
    return parts[part]();
  }

  /** One at a time: what was read of a large one is not read again after a crash that came much later. */
  private async blobsOf(scope: RunScope, after: string, signal: AbortSignal): Promise<Looked | null> {
    const [blob] = await this.uow.read(SCRUBBER, (reading) => this.scrubs.blobsIn(reading, scope, after, 1));
    if (blob === undefined) return { next: null, counts: {}, findings: [] };
    const isWhole = await this.readOver(blob, signal);
    if (isWhole === null) return null;
    if (isWhole) return { next: blob.digest, counts: { blobs: 1 }, findings: [] };
    const tags = await this.uow.read(SCRUBBER, (reading) => this.scrubs.tagsOver(reading, blob.digest, null, TAGS_TOLD_MAX));
    return { next: blob.digest, counts: { blobs: 1, damaged: 1 }, findings: [{ kind: 'blob', digest: blob.digest, tags }] };
  }

  /** Whether it is whole, with all that follows from it; null when it was stopped before it knew. */
  private async readOver({ digest, sizeBytes, uploadId, isDamaged }: KnownBlob, signal: AbortSignal): Promise<boolean | null> {
    const isWhole = await this.isWhole(digest, sizeBytes, signal);
    if (isWhole === null) return null;
    if (!isWhole) await this.damaged.report(parseContentDigest(digest)!, uploadId);
    else if (isDamaged) await this.damaged.recover(parseContentDigest(digest)!, uploadId);
    else await this.uow.run(SCRUBBER, (tx) => this.scrubs.verified(tx, digest));
    this.metrics.increment(REGISTRY_METRICS.registry_scrubbed_blobs_total, { outcome: isWhole ? 'whole' : 'damaged' });
    return isWhole;
  }

  /** A file that goes while it is read is one whose blob was collected. */
  private async isWhole(digest: string, sizeBytes: number, signal: AbortSignal): Promise<boolean | null> {
    const blob = await this.store.open(parseContentDigest(digest)!);
    if (blob === null) return false;
    try {
      if (blob.sizeBytes !== sizeBytes) return false;
      for await (const chunk of blob.read(null)) {
        const { length } = chunk;
        freeMemory(chunk);
        this.metrics.increment(REGISTRY_METRICS.registry_scrubbed_bytes_total, {}, length);
        // Who asked for it while nothing is read by itself waits for the disk alone.
        if (this.bytesPerSecond > 0) await sleep((length / this.bytesPerSecond) * 1000, undefined, { signal, ref: false }).catch(() => {});
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

  private async manifests(scope: RunScope | null, after: string): Promise<Looked> {
    const place = placeAfter(after);
    const page = await this.uow.read(SCRUBBER, (reading) =>
      scope === null ? this.scrubs.manifests(reading, place, MANIFEST_PAGE) : this.scrubs.manifestsIn(reading, scope, place, MANIFEST_PAGE));
    const changed = page.filter(isChanged);
    const findings: RunFinding[] = [];
    for (const { repositoryId, name } of changed) {
      const tags = await this.uow.read(SCRUBBER, (reading) => this.scrubs.tagsOver(reading, name, repositoryId, TAGS_TOLD_MAX));
      await this.report('manifest', name, repositoryId, tags);
      findings.push({ kind: 'manifest', repositoryId, digest: name, tags });
    }
    return { next: nextOf(page, MANIFEST_PAGE), counts: { manifests: page.length, damaged: changed.length }, findings };
  }

  private async tags(scope: RunScope | null, after: string): Promise<Looked> {
    const place = placeAfter(after);
    const page: readonly TagRow[] = await this.uow.read(SCRUBBER, (reading) => (scope === null ? this.scrubs.tags(reading, place, PAGE) : this.scrubs.tagsIn(reading, scope, place, PAGE)));
    const changed = page.filter((tag) => !this.seals.isWhole(tag));
    for (const { repositoryId, name } of changed) await this.report('tag', `${repositoryId}:${name}`, repositoryId, [name]);
    return { next: nextOf(page, PAGE), counts: { tags: page.length, damaged: changed.length }, findings: changed.map(({ repositoryId, name, digest }) => ({ kind: 'tag', repositoryId, digest, tags: [name] })) };
  }

  private async report(type: string, uid: string, repositoryId: string, tags: readonly string[]): Promise<void> {
    this.logger.error('a manifest or tag is not what was pushed', { digest: uid, repository: repositoryId });
    await this.audit.record({
      kind: REGISTRY_EVENTS['registry.digest.mismatch'],
      outcome: 'failure',
      actor: SCRUBBER,
      targets: [
        { type, uid },
        { type: 'repository', uid: repositoryId },
      ],
      facts: { tags },
    });
  }
}

function isChanged({ name, bytes }: StoredBytes): boolean {
  const digest = parseContentDigest(name)!;
  return !isSameDigest(contentDigestOf(bytes, digest.algorithm), digest);
}

/** `<repository id> <name>`, as `nextOf` has it. */
function placeAfter(after: string): Place {
  const space = after.indexOf(' ');
  return space === -1 ? START : { repositoryId: after.slice(0, space), name: after.slice(space + 1) };
}

function nextOf(page: readonly Place[], limit: number): string | null {
  const last = page.at(-1);
  return last === undefined || page.length < limit ? null : `${last.repositoryId} ${last.name}`;
}
