import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { BlobStore, type Rejection } from '../blob-store.js';
import type { Digest } from '../domain/digest.js';

/** Reads of this size keep a 1 GiB blob below two thousand system calls a second at the speed of one SHA-256 core. */
const READ_BYTES = 256 * 1024;

/**
 * `blobs/<algorithm>/<2 hex>/<hex>` and `uploads/<uuid>` below one directory, so that a rename never crosses a file
 * system. Directories 0700, files 0400 once whole: a blob is never written again under its name, only replaced.
 */
@Injectable()
export class FilesystemBlobStore extends BlobStore {
  private readonly root: string;

  constructor(
    config: Config,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {
    super();
    this.root = join(config.dataDirectory, 'registry');
  }

  override async put(digest: Digest, bytes: AsyncIterable<Uint8Array>, limitBytes: number): Promise<{ sizeBytes: number } | Rejection> {
    const spool = await this.spoolPath();
    const file = await open(spool, 'wx', 0o400);
    let kept = false;
    try {
      const outcome = await spoolTo(file, digest, bytes, limitBytes);
      if (typeof outcome === 'string') return outcome;
      await file.sync();
      crashPoint('registry.store.after-sync');
      await this.publish(spool, digest);
      kept = true;
      return outcome;
    } finally {
      await file.close();
      if (!kept) await unlink(spool).catch(() => {}); // The sweep takes what cannot be unlinked now.
    }
  }

  override async size(digest: Digest): Promise<number | null> {
    try {
      return (await stat(this.pathOf(digest))).size;
    } catch (cause) {
      if (isAbsent(cause)) return null;
      throw cause;
    }
  }

  override async open(digest: Digest): ReturnType<BlobStore['open']> {
    let file: FileHandle;
    try {
      file = await open(this.pathOf(digest), 'r');
    } catch (cause) {
      if (isAbsent(cause)) return null;
      throw cause;
    }
    try {
      const { size } = await file.stat();
      return { sizeBytes: size, stream: file.createReadStream({ highWaterMark: READ_BYTES }) };
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  override async sweep(ageMillis: number): Promise<number> {
    const directory = join(this.root, 'uploads');
    const names = await readdir(directory).catch((cause: unknown) => (isAbsent(cause) ? [] : Promise.reject(cause)));
    const oldest = this.clock.nowMillis() - ageMillis;
    let removed = 0;
    for (const name of names) {
      const path = join(directory, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (mtimeMs >= oldest) continue;
      await unlink(path).then(() => (removed += 1), () => {}); // Another replica's sweep was faster.
    }
    return removed;
  }

  /** The order is the proof: the bytes are synced before the name exists, the name before anybody is told. */
  private async publish(spool: string, digest: Digest): Promise<void> {
    const path = this.pathOf(digest);
    const directory = dirname(path);
    await makeDirectory(directory);
    await rename(spool, path);
    crashPoint('registry.store.after-rename');
    await syncDirectory(directory);
  }

  private pathOf(digest: Digest): string {
    return join(this.root, 'blobs', digest.algorithm, digest.hex.slice(0, 2), digest.hex);
  }

  private async spoolPath(): Promise<string> {
    const directory = join(this.root, 'uploads');
    await makeDirectory(directory);
    return join(directory, this.randomness.uuidv7(this.clock.nowMillis()));
  }
}

/** Writes while hashing. The limit is checked before a chunk is written: a liar costs no more disk than an honest one. */
async function spoolTo(file: FileHandle, digest: Digest, bytes: AsyncIterable<Uint8Array>, limitBytes: number): Promise<{ sizeBytes: number } | Rejection> {
  const hash = createHash(digest.algorithm);
  let sizeBytes = 0;
  const chunks = bytes[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await chunks.next();
    } catch {
      return 'broken-off'; // The sender's failure, not the storage's.
    }
    if (next.done === true) break;
    sizeBytes += next.value.byteLength;
    if (sizeBytes > limitBytes) {
      await chunks.return?.();
      return 'too-large';
    }
    hash.update(next.value);
    await writeWhole(file, next.value);
  }
  return hash.digest('hex') === digest.hex ? { sizeBytes } : 'digest-mismatch';
}

/** A write may take less than it was given (POSIX write(2)), for one when the disk is nearly full. */
async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.byteLength - offset);
    offset += bytesWritten;
  }
}

/** Makes the directory and makes its name durable: each level that is new is synced into the one above it. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** A new name is durable once its directory is (fsync(2), NOTES); syncing the file alone does not do it. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Also when a part of the path is a file: there are no such bytes either way. */
function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}
