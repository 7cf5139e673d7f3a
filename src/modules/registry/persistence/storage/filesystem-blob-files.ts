import { link, mkdtemp, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crashPoint } from '#platform/system/crash-points.js';
import { type ContentDigest, DIGEST_ALGORITHMS, type DigestAlgorithm, parseContentDigest } from '#pure/oci/content-digest.js';
import { BlobFiles, type FileAside, type ListedFile, type StoredFile } from './blob-files.js';
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

  /**
   * No call of POSIX removes a name only if it means a certain file. So the name is taken to a place of our own first, where
   * nobody replaces it; what is not meant gets its name back, unless a newer file has it by now. A crash between leaves
   * the file there, and `restore` does the rest.
   */
  override async remove(digest: ContentDigest, isDoomed: (file: FileAside) => Promise<boolean>): Promise<boolean> {
    const target = this.pathOf(digest);
    if ((await unlessAbsent(stat(target))) === null) return true;
    await makeDirectory(this.aside);
    const place = await mkdtemp(join(this.aside, 'removed-'));
    const path = join(place, `${digest.algorithm}-${digest.hex}`);
    const isTaken = (await unlessAbsent(rename(target, path).then(() => true))) ?? false;
    const isGone = !isTaken || (await isFit(path, isDoomed));
    if (!isGone) await giveBack(path, target);
    if (isTaken) await unlink(path);
    await rmdir(place);
    return isGone;
  }

  /** Gives names back that a crash has taken longer ago than this. Returns how many. */
  override async restore(ageMillis: number, nowMillis: number): Promise<number> {
    let restored = 0;
    for (const place of await namesIn(this.aside)) {
      const directory = join(this.aside, place);
      const found = await unlessAbsent(stat(directory));
      if (found === null || found.mtimeMs > nowMillis - ageMillis) continue;
      for (const name of await namesIn(directory)) {
        const digest = parseContentDigest(name.replace('-', ':'));
        if (digest !== null) await giveBack(join(directory, name), this.pathOf(digest));
        await unlessAbsent(unlink(join(directory, name)));
        restored += 1;
      }
      await unlessAbsent(rmdir(directory));
    }
    return restored;
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

  private get aside(): string {
    return join(this.root, 'removed');
  }

  private pathOf({ algorithm, hex }: ContentDigest): string {
    return join(this.root, 'blobs', algorithm, hex.slice(0, 2), hex);
  }
}

async function isFit(path: string, isDoomed: (file: FileAside) => Promise<boolean>): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { size, mtimeMs } = await file.stat();
    return await isDoomed({ lengthBytes: size, modifiedAtMillis: mtimeMs, read: (position, lengthBytes) => readAt(file, position, lengthBytes), close: () => Promise.resolve() });
  } finally {
    await file.close();
  }
}

/** A second name, which fails where there is one: that is then of a newer file with the same bytes. */
async function giveBack(path: string, target: string): Promise<void> {
  await link(path, target).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  });
  await syncDirectory(dirname(target));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return ((await unlessAbsent(readdir(directory))) ?? []).sort();
}
