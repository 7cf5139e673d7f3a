import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crashPoint } from '#platform/system/crash-points.js';
import { type ContentDigest, DIGEST_ALGORITHMS, type DigestAlgorithm, parseContentDigest } from '#pure/oci/content-digest.js';
import { BlobFiles, type ListedFile, type StoredFile } from './blob-files.js';
import { makeDirectory, readAt, syncDirectory, unlessAbsent } from './durable-files.js';

/**
 * `blobs/<algorithm>/<2 hex>/<hex>` below a directory on the file system of the spool, so that a rename is enough.
 * Directories 0700, files 0400: a blob is never written again under its name, only replaced.
 */
export class FilesystemBlobFiles extends BlobFiles {
  constructor(private readonly root: string) {
    super();
  }

  /** The order is the proof: the bytes were synced before the name exists, and the name is before anybody is told. */
  override async keep(digest: ContentDigest, path: string): Promise<void> {
    const target = this.pathOf(digest);
    const directory = dirname(target);
    await makeDirectory(directory);
    await rename(path, target);
    crashPoint('registry.store.after-rename');
    await syncDirectory(directory);
  }

  override async open(digest: ContentDigest): Promise<StoredFile | null> {
    const file = await unlessAbsent(open(this.pathOf(digest), 'r'));
    if (file === null) return null;
    try {
      const { size } = await file.stat();
      return { lengthBytes: size, read: (position, lengthBytes) => readAt(file, position, lengthBytes), close: () => file.close() };
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  override async length(digest: ContentDigest): Promise<number | null> {
    return (await unlessAbsent(stat(this.pathOf(digest))))?.size ?? null;
  }

  override async remove(digest: ContentDigest): Promise<void> {
    await unlessAbsent(unlink(this.pathOf(digest)));
  }

  override async list(after: string, limit: number): Promise<readonly ListedFile[]> {
    const listed: ListedFile[] = [];
    for (const algorithm of Object.keys(DIGEST_ALGORITHMS) as DigestAlgorithm[]) {
      const root = join(this.root, 'blobs', algorithm);
      for (const shard of await namesIn(root)) {
        // Every name in the shard begins with it, so a shard that ends before `after` holds nothing behind it.
        if (`${algorithm}:${shard}\uffff` <= after) continue;
        for (const hex of await namesIn(join(root, shard))) {
          const digest = parseContentDigest(`${algorithm}:${hex}`);
          if (digest === null || `${algorithm}:${hex}` <= after) continue;
          const found = await unlessAbsent(stat(join(root, shard, hex)));
          if (found !== null) listed.push({ digest, lengthBytes: found.size, modifiedAtMillis: found.mtimeMs });
          if (listed.length === limit) return listed;
        }
      }
    }
    return listed;
  }

  private pathOf({ algorithm, hex }: ContentDigest): string {
    return join(this.root, 'blobs', algorithm, hex.slice(0, 2), hex);
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return ((await unlessAbsent(readdir(directory))) ?? []).sort();
}
