import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crashPoint } from '#platform/system/crash-points.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { type ContentDigest, DIGEST_ALGORITHMS, type DigestAlgorithm, parseContentDigest } from '#pure/oci/content-digest.js';
import { BlobFiles, type FileInDoubt, type ListedFile, type StoredFile } from './blob-files.js';
import { hasCode, makeDirectory, readAt, syncDirectory, unlessAbsent } from './durable-files.js';

/** Nobody's link is followed out of the store, and nobody who reads waits for the other end of a pipe. */
const READ_FILES_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const RANDOM_BYTES = 8;

/**
 * `blobs/<algorithm>/<2 hex>/<hex>` below a directory on the file system of the spool, so that a rename is enough.
 * Directories 0700, files 0400: a blob is never written again under its name, only replaced. What stands there and is no
 * file that we can read is no blob.
 */
export class FilesystemBlobFiles extends BlobFiles {
  private readonly randomness = new SystemRandomness();

  constructor(private readonly root: string) {
    super();
  }

  /** The order is the proof: the bytes were synced before the name exists, and the name is before anybody is told. */
  override async keep(digest: ContentDigest, path: string): Promise<void> {
    const target = this.pathOf(digest);
    const directory = dirname(target);
    if ((await unlessAbsent(this.replace(target, path).then(() => true))) === null) {
      // What takes names away needs this directory, also on a disk that is full: it is there before there is a name.
      if (await makeDirectory(directory)) await makeDirectory(this.aside);
      await this.replace(target, path);
    }
    crashPoint('registry.store.after-rename');
    await syncDirectory(directory);
  }

  override async open(digest: ContentDigest): Promise<StoredFile | null> {
    const file = (await openFile(this.pathOf(digest))) ?? ((await this.giveBack(digest)) ? await openFile(this.pathOf(digest)) : null);
    if (file === null) return null;
    return { lengthBytes: file.lengthBytes, read: (position, lengthBytes) => readAt(file.handle, position, lengthBytes), close: () => file.handle.close() };
  }

  override async length(digest: ContentDigest): Promise<number | null> {
    const path = this.pathOf(digest);
    return (await lengthOf(path)) ?? ((await this.giveBack(digest)) ? lengthOf(path) : null);
  }

  /**
   * No call of POSIX removes a name only if it means a certain file. So the name is taken to a place of our own, where
   * nobody replaces it, and looked at again there; what is not meant gets its name back, unless a newer file has it by
   * now. It is looked at before too, so that a file that is wanted loses its name only when it comes between the two. A
   * crash between leaves the file aside: who asks for it, or removes it in our place, gives the name back first.
   */
  override async remove(digest: ContentDigest, isDoomed: (file: FileInDoubt) => Promise<boolean>): Promise<boolean> {
    const target = this.pathOf(digest);
    await this.giveBack(digest);
    const isMeant = await judge(target, isDoomed);
    if (isMeant !== true) return isMeant === null;
    await makeDirectory(this.aside);
    const path = join(this.aside, `${nameOf(digest)}.${this.randomness.bytes(RANDOM_BYTES).toString('hex')}`);
    if ((await unlessAbsent(rename(target, path).then(() => true))) === null) return true;
    crashPoint('registry.removal.after-rename');
    if ((await judge(path, isDoomed)) !== true) {
      await restoreName(path, target);
      return false;
    }
    crashPoint('registry.removal.before-unlink');
    await unlessAbsent(unlink(path));
    crashPoint('registry.removal.after-unlink');
    return true;
  }

  /** Gives names back that a crash has taken longer ago than this: a rename is a change of the file (`ctime`). */
  override async restore(ageMillis: number, nowMillis: number): Promise<number> {
    let restored = 0;
    for (const name of await namesIn(this.aside)) {
      const digest = digestOf(name);
      const path = join(this.aside, name);
      const found = await unlessAbsent(lstat(path));
      if (digest === null || found === null || found.ctimeMs > nowMillis - ageMillis) continue;
      await restoreName(path, this.pathOf(digest));
      restored += 1;
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
          const found = await unlessAbsent(lstat(join(root, shard, hex)));
          if (found?.isFile() === true) listed.push({ digest, lengthBytes: found.size, modifiedAtMillis: found.mtimeMs });
          if (listed.length === limit) return listed;
        }
      }
    }
    return listed;
  }

  /** A directory under the name is in the way of a rename: whoever put it there finds it aside. */
  private async replace(target: string, path: string): Promise<void> {
    try {
      await rename(path, target);
    } catch (cause) {
      if (!hasCode(cause, 'EISDIR')) throw cause;
      await makeDirectory(this.aside);
      await rename(target, join(this.aside, `found-${this.randomness.bytes(RANDOM_BYTES).toString('hex')}`));
      await rename(path, target);
    }
  }

  /** What was taken aside under this digest, and not given back since. False when there is none. */
  private async giveBack(digest: ContentDigest): Promise<boolean> {
    const names = (await namesIn(this.aside)).filter((name) => name.startsWith(`${nameOf(digest)}.`));
    for (const name of names) await restoreName(join(this.aside, name), this.pathOf(digest));
    return names.length > 0;
  }

  private get aside(): string {
    return join(this.root, 'removed');
  }

  private pathOf({ algorithm, hex }: ContentDigest): string {
    return join(this.root, 'blobs', algorithm, hex.slice(0, 2), hex);
  }
}

/** Of a file aside, before the dot that its random part stands behind. */
function nameOf({ algorithm, hex }: ContentDigest): string {
  return `${algorithm}-${hex}`;
}

function digestOf(name: string): ContentDigest | null {
  return parseContentDigest(name.split('.', 1)[0]!.replace('-', ':'));
}

/** Null for what is none: a directory, a pipe, a link, or a file that we may not read where we may look. */
async function openFile(path: string): Promise<{ readonly handle: FileHandle; readonly lengthBytes: number; readonly modifiedAtMillis: number } | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ_FILES_ONLY);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return null;
    // Of a directory that is closed to us nothing is known, and every file in it would seem lost.
    if (hasCode(cause, 'EACCES', 'EPERM') && (await isSeen(path))) return null;
    throw cause;
  }
  const found = await handle.stat().catch(() => null);
  if (found?.isFile() === true) return { handle, lengthBytes: found.size, modifiedAtMillis: found.mtimeMs };
  await handle.close();
  return null;
}

function isSeen(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}

async function lengthOf(path: string): Promise<number | null> {
  const found = await unlessAbsent(lstat(path));
  return found?.isFile() === true ? found.size : null;
}

/** Null when there is no such file (any more). */
async function judge(path: string, isDoomed: (file: FileInDoubt) => Promise<boolean>): Promise<boolean | null> {
  const file = await openFile(path);
  if (file === null) return null;
  const { handle, lengthBytes, modifiedAtMillis } = file;
  try {
    return await isDoomed({ lengthBytes, modifiedAtMillis, read: (position, wanted) => readAt(handle, position, wanted), close: () => Promise.resolve() });
  } finally {
    await handle.close();
  }
}

/** A second name, which fails where there is one: that is then of a newer file with the same bytes. Another who does it at once does no harm. */
async function restoreName(path: string, target: string): Promise<void> {
  await makeDirectory(dirname(target));
  await link(path, target).catch((cause: unknown) => {
    if (!hasCode(cause, 'EEXIST', 'ENOENT')) throw cause;
  });
  await syncDirectory(dirname(target));
  await unlessAbsent(unlink(path));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return ((await unlessAbsent(readdir(directory))) ?? []).sort();
}
