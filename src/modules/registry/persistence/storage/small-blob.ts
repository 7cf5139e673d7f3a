import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { freeMemory } from '#platform/system/free-memory.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Piece } from '../../blobs/blob-store.js';
import type { ContainerKeys } from './chunk-records.js';
import { hasCode, makeDirectory, writeParts } from './durable-files.js';

/** What the buffers of a socket hold in any case. Configurations, signatures and most layers of text are smaller. */
export const SMALL_BLOB_BYTES_MAX = 64 * 1024;

/** A whole body that was small enough to be held, or its beginning and where the rest comes from. */
export type Gathered = { readonly kind: 'whole'; readonly bytes: Buffer } | { readonly kind: 'broken-off' } | { readonly kind: 'longer'; readonly bytes: AsyncIterable<Uint8Array> };

/** Reads a piece that says that it is small. Bytes are copied: whoever asks for the next is done with the one before. */
export async function gather({ bytes, declaredBytes }: Piece & { readonly declaredBytes: number }): Promise<Gathered> {
  const place = Buffer.allocUnsafeSlow(declaredBytes);
  const pieces = bytes[Symbol.asyncIterator]();
  let filled = 0;
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await pieces.next();
    } catch {
      return { kind: 'broken-off' };
    }
    if (next.done === true) return { kind: 'whole', bytes: place.subarray(0, filled) };
    if (filled + next.value.byteLength > declaredBytes) return { kind: 'longer', bytes: joined([place.subarray(0, filled), next.value], pieces) };
    place.set(next.value, filled);
    filled += next.value.byteLength;
  }
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

interface SmallBlob {
  readonly uploadId: string;
  readonly digest: ContentDigest;
  /** No more than a chunk. */
  readonly bytes: Buffer;
}

/**
 * Writes the container of a blob whose bytes are at hand in one piece, under the upload's name, and returns the path, where
 * it is whole and as durable as after fsync(2). Null: the upload has a file already, which is gone on with as it is. A crash
 * before leaves the beginning of a container, of which nothing was acknowledged.
 */
export async function writeSmallBlob(spool: string, keys: ContainerKeys, { uploadId, digest, bytes }: SmallBlob): Promise<string | null> {
  const path = join(spool, uploadId);
  const file = await openNew(spool, path);
  if (file === null) return null;
  try {
    const chunks = keys.make(uploadId);
    const record = bytes.length === 0 ? [] : chunks.write(bytes, 0);
    await writeParts(file, [keys.finishedHeader(chunks.header, uploadId, formatContentDigest(digest), bytes.length), ...record], 0);
    record.forEach(freeMemory);
  } catch (cause) {
    await unlink(path).catch(() => {}); // Its room is given back, where there was none left.
    throw cause;
  } finally {
    await file.close();
  }
  return path;
}

/** O_SYNC (open(2)): a write is over when bytes and size are on the disk, which saves the step to another thread and back that fsync takes. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_SYNC;

async function openNew(spool: string, path: string): Promise<FileHandle | null> {
  try {
    return await open(path, CREATE, 0o400);
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return null;
    if (!hasCode(cause, 'ENOENT')) throw cause;
    await makeDirectory(spool);
    return open(path, CREATE, 0o400);
  }
}
