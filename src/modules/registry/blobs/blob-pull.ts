import { Injectable, Logger } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import { type ByteRange, parseRange } from '#pure/oci/upload-range.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import { BlobRepository } from '../persistence/blob.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { BlobStore, DamagedBlob, type OpenBlob } from './blob-store.js';
import { DamagedBlobs } from './damaged-blobs.js';

const UNKNOWN = REGISTRY_FAULTS['blob-unknown'];

/** Bytes of a blob that are about to be sent. The caller reads them to their end or says `return`. */
export interface PulledBlob {
  /** Of the whole blob. */
  readonly sizeBytes: number;
  /** What is sent of it; null: all. */
  readonly range: ByteRange | null;
  /** Checked, and the memory of each the caller's own. */
  readonly chunks: AsyncIterableIterator<Buffer>;
}

/** Reading a blob: rows say whether it may be seen, then the bytes are read, each checked before it is sent. */
@Injectable()
export class BlobPull {
  private readonly logger = new Logger('registry');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly blobs: BlobRepository,
    private readonly store: BlobStore,
    private readonly access: RepositoryAccess,
    private readonly damaged: DamagedBlobs,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Bytes of the blob. Absent, foreign and not shown by this repository are one answer. Who is told of a blob does not
   * push it: so that it is still there when a manifest names it, it counts as used from now on (`touched_at`).
   */
  async size(principal: Principal, name: string, digest: ContentDigest): Promise<number> {
    const projectId = await this.access.require(principal, 'pull', name, UNKNOWN);
    const text = formatContentDigest(digest);
    const shown = await this.uow.run(principal, (tx) => this.blobs.touch(tx, name, projectId, text));
    if (shown === null || !(await this.damaged.isStored(digest, shown))) throw new Fault(UNKNOWN);
    return shown.sizeBytes;
  }

  /**
   * The blob, or the part that `rangeHeader` asks for. The first chunk is read before anything is answered, so that what is
   * damaged from the start is 404 and is pushed again; damage behind it breaks the connection off, before a wrong byte.
   */
  async open(principal: Principal, name: string, digest: ContentDigest, rangeHeader: string | undefined): Promise<PulledBlob> {
    const projectId = await this.access.require(principal, 'pull', name, UNKNOWN);
    const shown = await this.uow.read(principal, (reading) => this.blobs.shownIn(reading, name, projectId, formatContentDigest(digest)));
    if (shown === null) throw new Fault(UNKNOWN);
    const { sizeBytes, uploadId } = shown;
    const range = parseRange(rangeHeader, sizeBytes);
    if (range === 'unsatisfiable') throw new Fault(REGISTRY_FAULTS['range-unsatisfiable'], { headers: { 'Content-Range': `bytes */${sizeBytes}` } });
    const blob = await this.store.open(digest);
    if (blob === null || blob.sizeBytes !== sizeBytes) {
      await blob?.close();
      await this.damaged.report(digest, uploadId);
      throw new Fault(UNKNOWN);
    }
    const chunks = await this.begun(this.reported(blob, range, uploadId));
    this.metrics.increment(REGISTRY_METRICS.registry_sent_bytes_total, {}, range === null ? sizeBytes : range.last - range.first + 1);
    return { sizeBytes, range, chunks };
  }

  private async begun(chunks: AsyncGenerator<Buffer>): Promise<AsyncIterableIterator<Buffer>> {
    try {
      const first = await chunks.next();
      return following(first, chunks);
    } catch (cause) {
      if (cause instanceof DamagedBlob) throw new Fault(UNKNOWN);
      throw cause;
    }
  }

  private async *reported(blob: OpenBlob, range: ByteRange | null, uploadId: string | null): AsyncGenerator<Buffer> {
    try {
      yield* blob.read(range);
    } catch (cause) {
      if (cause instanceof DamagedBlob) await this.damaged.report(cause.digest, uploadId).catch((error: unknown) => this.logger.error('damage could not be recorded', { error }));
      throw cause;
    } finally {
      await blob.close();
    }
  }
}

/** What was asked once already goes on. It is begun: of a generator that is not, `return` runs nothing, and its file stays open. */
function following(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncIterableIterator<Buffer> {
  let known: IteratorResult<Buffer> | null = first;
  return {
    next() {
      const result = known;
      known = null;
      return result === null ? rest.next() : Promise.resolve(result);
    },
    return: () => rest.return(undefined),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
