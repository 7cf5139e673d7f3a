import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobStore } from './blob-store.js';
import { type Digest, formatDigest } from './domain/digest.js';
import { REGISTRY_FAULTS } from './domain/registry.faults.js';
import { REGISTRY_METRICS } from './domain/registry.metrics.js';
import { REGISTRY_PERMISSIONS } from './domain/registry.permissions.js';
import { BlobRepository } from './persistence/blob.repository.js';
import { RepositoryAccess } from './repository-access.js';

const UNKNOWN = REGISTRY_FAULTS['blob-unknown'];

/** Reading a blob: rows say whether it may be seen, then the bytes are asked for. */
@Injectable()
export class BlobPull {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly blobs: BlobRepository,
    private readonly store: BlobStore,
    private readonly access: RepositoryAccess,
    private readonly metrics: Metrics,
  ) {}

  /** Bytes of the blob. Absent, foreign and not shown by this repository are one answer. */
  async size(principal: Principal, name: string, digest: Digest): Promise<number> {
    const sizeBytes = await this.recordedSize(principal, name, digest);
    // A client that is told of a blob does not push it: of damaged bytes it must not be told.
    if ((await this.store.size(digest)) !== sizeBytes) throw new Fault(UNKNOWN);
    return sizeBytes;
  }

  /**
   * The caller consumes or destroys the stream. Bytes that are gone or of another length than their row says are not
   * sent under its digest: 404, so that clients push them again, which heals.
   */
  async open(principal: Principal, name: string, digest: Digest): Promise<{ readonly sizeBytes: number; readonly stream: Readable }> {
    const sizeBytes = await this.recordedSize(principal, name, digest);
    const opened = await this.store.open(digest);
    if (opened?.sizeBytes === sizeBytes) {
      this.metrics.increment(REGISTRY_METRICS.registry_sent_bytes_total, {}, sizeBytes);
      return opened;
    }
    opened?.stream.destroy();
    throw new Fault(UNKNOWN);
  }

  private async recordedSize(principal: Principal, name: string, digest: Digest): Promise<number> {
    const projectId = await this.access.require(principal, REGISTRY_PERMISSIONS['registry:pull'], name, UNKNOWN);
    const sizeBytes = await this.uow.run(principal, (tx) => this.blobs.sizeIn(tx, name, projectId, formatDigest(digest)));
    if (sizeBytes === null) throw new Fault(UNKNOWN);
    return sizeBytes;
  }
}
