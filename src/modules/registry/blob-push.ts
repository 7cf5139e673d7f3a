import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobStore, type Rejection } from './blob-store.js';
import { type Digest, formatDigest } from './domain/digest.js';
import { REGISTRY_EVENTS } from './domain/registry.events.js';
import { REGISTRY_FAULTS } from './domain/registry.faults.js';
import { REGISTRY_METRICS } from './domain/registry.metrics.js';
import { REGISTRY_PERMISSIONS } from './domain/registry.permissions.js';
import { BlobRepository } from './persistence/blob.repository.js';
import { UploadRepository } from './persistence/upload.repository.js';
import { RepositoryAccess } from './repository-access.js';

/** Larger than any layer seen in the wild by a factor of about two; S3 takes 5 TiB, most registries 10 GiB. */
export const BLOB_BYTES_MAX = 10 * 1024 ** 3;
/** A client pushes three to six layers at a time; fifty lets a build farm share one account. */
export const OPEN_UPLOADS_MAX = 50;
/** Long enough for a person to come back to a broken push the next morning. */
export const UPLOAD_LIFETIME_MILLIS = 24 * 60 * 60 * 1000;

const PUSH = REGISTRY_PERMISSIONS['registry:push'];

/** Why the store kept nothing, in the registry's words. */
const REFUSALS: Readonly<Record<Rejection, keyof typeof REGISTRY_FAULTS>> = {
  'digest-mismatch': 'digest-invalid',
  'too-large': 'size-invalid',
  'broken-off': 'blob-upload-invalid',
};

/** A blob on its way in. `bytes` is read once, from start to end or to the refusal. */
export interface ReceivedBlob {
  readonly name: string;
  readonly uploadId: string;
  readonly digest: Digest;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** `Content-Length`, when the client said one. */
  readonly declaredBytes: number | null;
}

/** How bytes become a blob: first durable, then, in one transaction with its entry in the ledger, visible. */
@Injectable()
export class BlobPush {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly uploads: UploadRepository,
    private readonly blobs: BlobRepository,
    private readonly store: BlobStore,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly metrics: Metrics,
  ) {}

  /** Opens an upload. Nothing becomes visible by it. */
  async open(principal: Principal, name: string): Promise<string> {
    const projectId = await this.access.require(principal, PUSH, name, REGISTRY_FAULTS['name-unknown']);
    const id = this.randomness.uuidv7(this.clock.nowMillis());
    await this.uow.run(principal, async (tx) => {
      if ((await this.uploads.countOpen(tx, principal.id)) >= OPEN_UPLOADS_MAX) {
        throw new Fault(REGISTRY_FAULTS['uploads-exhausted'], { headers: { 'Retry-After': '60' } });
      }
      await this.uploads.open(tx, { id, projectId, repository: name, openedBy: principal.id }, UPLOAD_LIFETIME_MILLIS);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.upload.open'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [{ type: 'upload', uid: id }],
      });
    });
    this.metrics.increment(REGISTRY_METRICS.registry_uploads_total, { outcome: 'opened' });
    return id;
  }

  /**
   * Takes the whole blob. Rights are asked again: they may have been taken away since the upload was opened. A refusal
   * leaves the upload open, so that the client can send the right bytes.
   */
  async receive(principal: Principal, blob: ReceivedBlob): Promise<void> {
    const upload = { id: blob.uploadId, repository: blob.name, openedBy: principal.id };
    const projectId = await this.uow.run(principal, (tx) => this.uploads.projectOf(tx, upload));
    if (projectId === null) throw new Fault(REGISTRY_FAULTS['blob-upload-unknown']);
    await this.access.require(principal, PUSH, blob.name, REGISTRY_FAULTS['name-unknown']);
    if ((blob.declaredBytes ?? 0) > BLOB_BYTES_MAX) throw refusal('too-large');

    const stored = await this.store.put(blob.digest, blob.bytes, BLOB_BYTES_MAX);
    if (typeof stored === 'string') {
      this.metrics.increment(REGISTRY_METRICS.registry_uploads_total, { outcome: 'refused' });
      throw refusal(stored);
    }
    crashPoint('registry.push.after-store');
    await this.show(principal, blob, projectId, stored.sizeBytes);
    this.metrics.increment(REGISTRY_METRICS.registry_uploads_total, { outcome: 'stored' });
    this.metrics.increment(REGISTRY_METRICS.registry_received_bytes_total, {}, stored.sizeBytes);
  }

  /** A crash or a refused commit here leaves bytes that no row names: nobody can see them. */
  private async show(principal: Principal, blob: ReceivedBlob, projectId: string, sizeBytes: number): Promise<void> {
    const digest = formatDigest(blob.digest);
    const newId = this.randomness.uuidv7(this.clock.nowMillis());
    await this.uow.run(principal, async (tx) => {
      if (!(await this.uploads.end(tx, blob.uploadId))) throw new Fault(REGISTRY_FAULTS['blob-upload-unknown']);
      const repositoryId = await this.blobs.show(tx, { digest, sizeBytes }, { newId, name: blob.name, projectId }, principal.id);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.blob.push'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [
          { type: 'blob', uid: digest },
          { type: 'repository', uid: repositoryId },
        ],
        facts: { digest, sizeBytes },
      });
      crashPoint('registry.push.before-commit');
    });
    crashPoint('registry.push.after-commit');
  }
}

function refusal(rejection: Rejection): Fault {
  return new Fault(REGISTRY_FAULTS[REFUSALS[rejection]]);
}
