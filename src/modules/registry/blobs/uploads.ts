import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { leaveToCommit, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import { formatReceived } from '#pure/oci/upload-range.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import { BlobRepository } from '../persistence/blob.repository.js';
import { UploadRepository, type UploadStanding } from '../persistence/upload.repository.js';
import type { StoredUsage } from '../persistence/usage.repository.js';
import { BlobRemoval } from '../upkeep/blob-removal.js';
import { RepositoryAccess } from '../repository-access.js';
import { BlobStore, type Rejection } from './blob-store.js';
import { BLOB_BYTES_MAX, type Bound, Quotas } from './quotas.js';

/** A client pushes three to six layers at a time; fifty lets a build farm share one account. */
export const OPEN_UPLOADS_MAX = 50;
/** Long enough for a person to come back to a broken push the next morning. */
export const UPLOAD_LIFETIME_MILLIS = 24 * 60 * 60 * 1000;

/** Why the store took nothing, in the registry's words. */
const REFUSALS: Readonly<Record<Rejection, keyof typeof REGISTRY_FAULTS>> = {
  'digest-mismatch': 'digest-invalid',
  'too-large': 'size-invalid',
  'broken-off': 'blob-upload-invalid',
  'out-of-order': 'upload-out-of-order',
  'no-space': 'storage-full',
};

/** Somebody has to make room, or the collector has to find some: sooner than in a minute it is not worth asking. */
const FULL_RETRY_SECONDS = '60';

/** Which upload somebody means. */
export interface UploadReference {
  readonly name: string;
  readonly uploadId: string;
}

/** Bytes on their way in, read once, from start to end or to the refusal. */
export interface ReceivedPiece extends UploadReference {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of the range that the client said, where it said one. */
  readonly first: number | null;
  /** `Content-Length`, when the client said one. */
  readonly declaredBytes: number | null;
}

/** Bytes that are durable, and are to be shown. */
interface StoredUpload extends UploadReference {
  readonly projectId: string;
  /** There is a row of it. */
  readonly isOpen: boolean;
}

/** How bytes become a blob: first durable, then, in one transaction with its entry in the ledger, visible. */
@Injectable()
export class Uploads {
  private readonly logger = new Logger('registry');

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
    private readonly removal: BlobRemoval,
    private readonly quotas: Quotas,
  ) {}

  /** Opens an upload. Nothing becomes visible by it. */
  async open(principal: Principal, name: string): Promise<string> {
    const projectId = await this.access.require(principal, 'push', name);
    const id = this.randomness.uuidv7(this.clock.nowMillis());
    await this.uow.run(principal, async (tx) => {
      const opening = this.uploads.open(tx, { id, projectId, repository: name, openedBy: principal.id }, UPLOAD_LIFETIME_MILLIS, OPEN_UPLOADS_MAX);
      leaveToCommit(tx, opening);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.upload.open'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [{ type: 'upload', uid: id }],
      });
      if (!(await opening)) throw new Fault(REGISTRY_FAULTS['uploads-exhausted'], { headers: { 'Retry-After': '60' } });
    });
    this.metrics.increment(REGISTRY_METRICS.registry_uploads_total, { outcome: 'opened' });
    return id;
  }

  /** Bytes that have come and are kept: where a client that was cut off goes on. */
  async received(principal: Principal, upload: UploadReference): Promise<number> {
    await this.standingOf(principal, upload);
    return this.store.received(upload.uploadId);
  }

  /** Takes a piece. Resolves to the bytes of the upload so far; what breaks off keeps what came. */
  async append(principal: Principal, piece: ReceivedPiece): Promise<number> {
    const { usage } = await this.standingOf(principal, piece);
    const bound = await this.boundOf(principal, usage, piece);
    const received = await this.store.append({ ...piece, bytesMax: bound.bytesMax });
    return typeof received === 'number' ? received : this.refuse(received, piece, bound);
  }

  /** Takes the last piece, or nothing more, and shows the blob. A refusal leaves the upload open, so that the right bytes can be sent. */
  async finish(principal: Principal, piece: ReceivedPiece, digest: ContentDigest): Promise<void> {
    const { projectId, usage } = await this.standingOf(principal, piece);
    const bound = await this.boundOf(principal, usage, piece);
    const stored = await this.store.finish({ ...piece, bytesMax: bound.bytesMax }, digest);
    if (typeof stored === 'string') return this.refuse(stored, piece, bound);
    await this.shown(principal, { ...piece, projectId, isOpen: true }, digest, stored.sizeBytes);
  }

  /** A blob in one request: nothing is opened that could be gone on with, and a refusal leaves nothing. */
  async put(principal: Principal, piece: Omit<ReceivedPiece, 'uploadId' | 'first'>, digest: ContentDigest): Promise<void> {
    const projectId = await this.access.require(principal, 'push', piece.name);
    const uploadId = this.randomness.uuidv7(this.clock.nowMillis());
    const whole = { ...piece, uploadId, first: null };
    const usage = await this.quotas.standing(principal, projectId);
    const bound = await this.quotas.bound(principal, { uploadId: null, announcedBytes: announced(piece), received: () => Promise.resolve(0), usage });
    const stored = await this.store.finish({ ...whole, bytesMax: bound.bytesMax }, digest);
    if (typeof stored === 'string') {
      await this.store.discard(uploadId);
      return this.refuse(stored, whole, bound);
    }
    await this.shown(principal, { ...whole, projectId, isOpen: false }, digest, stored.sizeBytes);
  }

  /** Ends an upload that nobody wants any more. */
  async cancel(principal: Principal, upload: UploadReference): Promise<void> {
    const { projectId } = await this.standingOf(principal, upload);
    await this.uow.run(principal, async (tx) => {
      if (!(await this.uploads.end(tx, upload.uploadId))) throw new Fault(REGISTRY_FAULTS['blob-upload-unknown']);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.upload.cancel'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [{ type: 'upload', uid: upload.uploadId }],
      });
    });
    await this.store.discard(upload.uploadId);
  }

  /** Rights are asked at each piece: they may have been taken away since the upload was opened. */
  private async standingOf(principal: Principal, { name, uploadId }: UploadReference): Promise<UploadStanding> {
    const standing = await this.uow.read(principal, (reading) => this.uploads.standing(reading, { id: uploadId, repository: name, openedBy: principal.id }));
    if (standing === null) throw new Fault(REGISTRY_FAULTS['blob-upload-unknown']);
    await this.access.require(principal, 'push', name);
    return standing;
  }

  /** What announces more than it may have is refused before it is read. */
  private boundOf(principal: Principal, usage: StoredUsage, piece: ReceivedPiece): Promise<Bound> {
    return this.quotas.bound(principal, { uploadId: piece.uploadId, announcedBytes: announced(piece), received: () => this.store.received(piece.uploadId), usage });
  }

  private async refuse(rejection: Rejection, { name, uploadId }: UploadReference, bound: Bound): Promise<never> {
    this.metrics.increment(REGISTRY_METRICS.registry_uploads_total, { outcome: 'refused' });
    if (rejection === 'too-large') throw bound.refusal();
    if (rejection === 'no-space') this.logger.error('there is no room for blobs: a push was refused');
    throw new Fault(REGISTRY_FAULTS[REFUSALS[rejection]], { headers: await this.headersOf(rejection, name, uploadId) });
  }

  /** What a refusal says besides: where to go on, or when. */
  private async headersOf(rejection: Rejection, name: string, uploadId: string): Promise<Readonly<Record<string, string>>> {
    if (rejection === 'out-of-order') return uploadHeaders(name, uploadId, await this.store.received(uploadId));
    return rejection === 'no-space' ? { 'Retry-After': FULL_RETRY_SECONDS } : {};
  }

  private async shown(principal: Principal, upload: StoredUpload, digest: ContentDigest, sizeBytes: number): Promise<void> {
    crashPoint('registry.push.after-store');
    const uid = formatContentDigest(digest);
    while (!(await this.show(principal, upload, uid, sizeBytes))) await this.removal.settled(uid);
    this.metrics.increment(REGISTRY_METRICS.registry_uploads_total, { outcome: 'stored' });
    this.metrics.increment(REGISTRY_METRICS.registry_received_bytes_total, {}, sizeBytes);
  }

  /**
   * A crash or a refused commit here leaves bytes that no row names: nobody can see them. False: the blob that was here before
   * is being removed, and nothing was done.
   */
  private async show(principal: Principal, upload: StoredUpload, digest: string, sizeBytes: number): Promise<boolean> {
    const newId = this.randomness.uuidv7(this.clock.nowMillis());
    try {
      await this.uow.run(principal, (tx) => this.makeVisible(tx, principal, { ...upload, newId }, digest, sizeBytes));
    } catch (error) {
      if (error instanceof BlobLeaving) return false;
      throw error;
    }
    crashPoint('registry.push.after-commit');
    return true;
  }

  /** The three statements are sent together: each sees what those before it have done, and whoever holds the blob's row is waited for by the first. */
  private async makeVisible(tx: Tx, principal: Principal, { name, uploadId, projectId, isOpen, newId }: StoredUpload & { readonly newId: string }, digest: string, sizeBytes: number): Promise<void> {
    const [isKept, isEnded, { repositoryId, grownTo }] = await Promise.all([
      this.blobs.keep(tx, { digest, sizeBytes, uploadId }),
      isOpen ? this.uploads.end(tx, uploadId) : true,
      this.blobs.showIn(tx, { newId, name, projectId }, digest, principal.id),
    ]);
    if (!isKept) throw new BlobLeaving();
    if (!isEnded) throw new Fault(REGISTRY_FAULTS['blob-upload-unknown']);
    this.quotas.demand(grownTo);
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
  }
}

/** Takes a transaction back that came too early: the blob's row is one that is about to go. */
class BlobLeaving extends Error {
  override readonly name = 'BlobLeaving';
}

/** What an upload's answers say of it: where to go on, and from which byte. */
export function uploadHeaders(name: string, uploadId: string, receivedBytes: number): Record<string, string> {
  return { Location: `/v2/${name}/blobs/uploads/${uploadId}`, 'Docker-Upload-UUID': uploadId, Range: formatReceived(receivedBytes) };
}

/** What announces more than any blob may have is refused before anything is asked. */
function announced({ declaredBytes }: Pick<ReceivedPiece, 'declaredBytes'>): number {
  if ((declaredBytes ?? 0) > BLOB_BYTES_MAX) throw new Fault(REGISTRY_FAULTS['size-invalid']);
  return declaredBytes ?? 0;
}
