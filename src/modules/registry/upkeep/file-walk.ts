import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { formatContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { BlobStore, type ListedBlob } from '../blobs/blob-store.js';
import { DamagedBlobs } from '../blobs/damaged-blobs.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import type { Looked } from '../domain/scrub.js';
import type { RunFinding } from '../domain/upkeep-run.js';
import { type KnownBlob, ScrubRepository } from '../persistence/scrub.repository.js';
import { BlobRemoval } from './blob-removal.js';

const SCRUBBER = systemPrincipal('registry-scrub');

/** A push has its row within one transaction of its file. */
const ORPHAN_AGE_MILLIS = 24 * 60 * 60 * 1000;
const PAGE = 500;

/**
 * What is stored against what there should be, by two lists in one order, of files and of rows: no byte is read. A file that no
 * row has known for a day is an orphan, of a push that was refused or cut off at its last step, and goes. A row
 * whose file is not there, or is shorter than the blob, is damage, and is marked as such.
 */
@Injectable()
export class FileWalk {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly scrubs: ScrubRepository,
    private readonly store: BlobStore,
    private readonly damaged: DamagedBlobs,
    private readonly removal: BlobRemoval,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** The next stretch of both lists behind `after`, as far as the one that comes less far. */
  async look(after: string): Promise<Looked> {
    // Files first: a blob that is pushed between the two is in the second list only, and is looked for by itself.
    const files = await this.store.list(after, PAGE);
    const known = await this.uow.read(SCRUBBER, (reading) => this.scrubs.known(reading, after, PAGE));
    const ends = [endOf(files.map(({ digest }) => formatContentDigest(digest))), endOf(known.map(({ digest }) => digest))].filter((end) => end !== null).sort();
    const end = ends[0] ?? null;
    const isWithin = (digest: string): boolean => end === null || digest <= end;
    const listed = new Map(files.map((file) => [formatContentDigest(file.digest), file] as const).filter(([digest]) => isWithin(digest)));
    const gone = await this.removeUnknown([...listed.values()]);
    const missing = await this.reportMissing(known.filter(({ digest }) => isWithin(digest)), listed);
    const orphanBytes = gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { next: end, counts: { files: listed.size, orphans: gone.length, orphanBytes, missing: missing.length, damaged: missing.length }, findings: missing };
  }

  private async removeUnknown(files: readonly ListedBlob[]): Promise<readonly { readonly sizeBytes: number }[]> {
    const oldest = this.clock.nowMillis() - ORPHAN_AGE_MILLIS;
    const listed = files.filter(({ modifiedAtMillis }) => modifiedAtMillis < oldest).map(({ digest, storedBytes }) => ({ digest: formatContentDigest(digest), storedBytes }));
    if (listed.length === 0) return [];
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

  private async reportMissing(known: readonly KnownBlob[], listed: ReadonlyMap<string, ListedBlob>): Promise<readonly RunFinding[]> {
    const findings: RunFinding[] = [];
    for (const { digest, sizeBytes, uploadId } of known) {
      if ((listed.get(digest)?.storedBytes ?? -1) >= sizeBytes) continue;
      const content = parseContentDigest(digest)!;
      if (await this.store.isThere(content, sizeBytes)) continue;
      const tags = await this.damaged.report(content, uploadId);
      // Null: it was collected meanwhile, or somebody was faster.
      if (tags !== null) findings.push({ kind: 'missing-file', digest, tags });
    }
    return findings;
  }
}

/** Of a page that is full there may be more behind its last. */
function endOf(page: readonly string[]): string | null {
  return page.length < PAGE ? null : page.at(-1)!;
}
