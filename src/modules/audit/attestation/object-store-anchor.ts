import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { ObjectStoreConfig } from '#platform/config/config.js';
import { s3ClientOf } from '#platform/object-store/s3-client.js';
import type { Checkpoint } from '#pure/transparency-log/checkpoint.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { type Anchor, type AnchoredCheckpoint, AnchorFailure } from './anchor.js';
import { largestVouched } from './anchored-note.js';

const TIMEOUT_MILLIS = 10_000;
/** Objects that are looked at for one of ours: somebody may have put others there. */
const CANDIDATES = 5;
const LISTED_MAX = 100;
const DIGITS = 16;

/**
 * Notes as objects of a bucket, best one with an object lock: then not even its owner changes them.
 *
 * Stores list names in ascending order and know no other. A name therefore begins with what is left to 2^53 - 1, so
 * that the largest tree comes first, and the last checkpoint is found by one listing however many there are.
 */
export class ObjectStoreAnchor implements Anchor {
  readonly name = 'object-store';
  readonly isLocal = false;
  private readonly client: S3Client;

  constructor(
    store: ObjectStoreConfig,
    private readonly bucket: string,
  ) {
    this.client = s3ClientOf(store, 1);
  }

  async last(keys: readonly VerifierKey[]): Promise<Checkpoint | null> {
    const notes = await Promise.all(keys.map((key) => this.newest(key)));
    return largestVouched(notes.flat(), keys);
  }

  /** Only where there is none of this size. One that is there is the same, or the next look at `last` tells that it is not. */
  async put({ keyId, size, published }: AnchoredCheckpoint): Promise<void> {
    const Key = `checkpoints/${keyId}/${nameOf(size)}`;
    try {
      if (await this.isThere(Key)) return;
      await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body: published, ContentType: 'text/plain; charset=utf-8', IfNoneMatch: '*' }), bounded());
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412) return;
      throw failureOf(error);
    }
  }

  /** Asked first, since not every store knows `If-None-Match`. */
  private async isThere(Key: string): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key }), bounded());
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
      throw error;
    }
  }

  private async newest({ keyId }: VerifierKey): Promise<string[]> {
    try {
      const listing = await this.client.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: `checkpoints/${keyId}/`, MaxKeys: LISTED_MAX }), bounded());
      return await Promise.all((listing.Contents ?? []).slice(0, CANDIDATES).map(async ({ Key }) => {
        const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key, Range: 'bytes=0-262143' }), bounded());
        return (await Body?.transformToString()) ?? '';
      }));
    } catch (error) {
      throw failureOf(error);
    }
  }
}

/** `9007199254740974-17`: what is left, so that it sorts, and the size, so that people read it. */
function nameOf(size: number): string {
  return `${String(Number.MAX_SAFE_INTEGER - size).padStart(DIGITS, '0')}-${size}`;
}

function bounded(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MILLIS) };
}

function failureOf(cause: unknown): AnchorFailure {
  if (!(cause instanceof S3ServiceException)) return new AnchorFailure('the object store cannot be reached', { cause });
  return new AnchorFailure(`the object store answered with ${cause.$metadata.httpStatusCode ?? 'an error'} (${cause.name})`, { cause });
}
