import { type FileHandle, open, unlink } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectStoreConfig } from '#platform/config/config.js';
import { s3ClientOf } from '#platform/object-store/s3-client.js';
import { type ContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { BlobFiles, type FileInDoubt, type ListedFile, type StoredFile } from './blob-files.js';
import { readAt } from './durable-files.js';

/** Of a request, whatever it carries: a part of 32 MiB over a line of 10 Mbit/s takes half of it. */
const TIMEOUT_MILLIS = 60_000;
const ATTEMPTS_MAX = 3;

export interface S3BlobSettings {
  readonly store: ObjectStoreConfig;
  readonly bucket: string;
  /** What is larger goes up in parts. 5 MiB at least, but for the last (S3, "Multipart upload limits"), and 10,000 of them: 320 GiB. */
  readonly partBytes?: number;
}

/**
 * Containers as objects of a bucket, `blobs/<algorithm>/<hex>`. An object is there whole or not at all, under whichever
 * name, which is all that `keep` promises. They are opaque to the store: it is told neither keys nor what they hold.
 */
export class S3BlobFiles extends BlobFiles {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly partBytes: number;

  constructor({ store, bucket, partBytes = 32 * 1024 * 1024 }: S3BlobSettings) {
    super();
    this.client = s3ClientOf(store, ATTEMPTS_MAX);
    this.bucket = bucket;
    this.partBytes = partBytes;
  }

  override async keep(digest: ContentDigest, path: string): Promise<void> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size <= this.partBytes) await this.putWhole(keyOf(digest), await readAt(file, 0, size));
      else await this.putParts(keyOf(digest), file, size);
    } finally {
      await file.close();
    }
    await unlink(path);
  }

  /** Bound to the object that was found: one that replaces it meanwhile is sealed under another key. */
  override async open(digest: ContentDigest): Promise<StoredFile | null> {
    return (await this.find(digest))?.file ?? null;
  }

  override async length(digest: ContentDigest): Promise<number | null> {
    const found = await unlessMissing(this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: keyOf(digest) }), bounded()));
    return found?.ContentLength ?? null;
  }

  /**
   * Of the object that was looked at, and no other (`If-Match`). Stores that do not know the condition on a deletion leave the
   * moment between the look and the deletion open: a push of the same bytes within it is found missing, and pushed again.
   */
  override async remove(digest: ContentDigest, isDoomed: (file: FileInDoubt) => Promise<boolean>): Promise<boolean> {
    const found = await this.find(digest);
    if (found === null) return true;
    if (!(await isDoomed(found.file))) return false;
    try {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: keyOf(digest), ...found.condition }), bounded());
      return true;
    } catch (cause) {
      if (cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 412) return false;
      throw cause;
    }
  }

  /** Nothing is taken aside. */
  override restore(): Promise<number> {
    return Promise.resolve(0);
  }

  /** At most a thousand, which is what stores give at once. */
  override async list(after: string, limit: number): Promise<readonly ListedFile[]> {
    const from = after === '' ? {} : { StartAfter: `blobs/${after.replace(':', '/')}` };
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: 'blobs/', ...from }), bounded());
    return Contents.slice(0, limit).flatMap(({ Key = '', Size = 0, LastModified }) => {
      const digest = parseContentDigest(Key.slice('blobs/'.length).replace('/', ':'));
      return digest === null ? [] : [{ digest, lengthBytes: Size, modifiedAtMillis: LastModified?.getTime() ?? 0 }];
    });
  }

  private async find(digest: ContentDigest): Promise<{ readonly file: FileInDoubt; readonly condition: { readonly IfMatch?: string } } | null> {
    const Key = keyOf(digest);
    const found = await unlessMissing(this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key }), bounded()));
    if (found === null) return null;
    const lengthBytes = found.ContentLength ?? 0;
    const condition = found.ETag === undefined ? {} : { IfMatch: found.ETag };
    const read = async (position: number, wanted: number): Promise<Buffer> => {
      const last = Math.min(lengthBytes, position + wanted) - 1;
      if (last < position) return Buffer.alloc(0);
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key, Range: `bytes=${position}-${last}`, ...condition }), bounded());
      const bytes = await Body?.transformToByteArray();
      return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    };
    return { condition, file: { lengthBytes, modifiedAtMillis: found.LastModified?.getTime() ?? 0, read, close: () => Promise.resolve() } };
  }

  private async putWhole(Key: string, Body: Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body, ContentType: 'application/octet-stream' }), bounded());
  }

  /** One part in memory at a time. What fails is given up, so that the store keeps no parts that nobody asks for. */
  private async putParts(Key: string, file: FileHandle, sizeBytes: number): Promise<void> {
    const target = { Bucket: this.bucket, Key };
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand({ ...target, ContentType: 'application/octet-stream' }), bounded());
    try {
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for (let position = 0; position < sizeBytes; position += this.partBytes) {
        const PartNumber = Parts.length + 1;
        const { ETag } = await this.client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body: await readAt(file, position, this.partBytes) }), bounded());
        Parts.push({ ETag, PartNumber });
      }
      await this.client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }), bounded());
    } catch (cause) {
      await this.client.send(new AbortMultipartUploadCommand({ ...target, UploadId }), bounded()).catch(() => {}); // What is left over, the bucket's lifecycle rule takes.
      throw cause;
    }
  }
}

function keyOf({ algorithm, hex }: ContentDigest): string {
  return `blobs/${algorithm}/${hex}`;
}

function bounded(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MILLIS) };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 404) return null;
    throw cause;
  }
}
