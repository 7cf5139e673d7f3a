import { randomBytes, randomFillSync } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, mkdir, open, realpath, unlink } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { SEAL_KEY_BYTES, SealKey } from './seal-key.js';
import { SealRefusal } from './seal-refusal.js';

/** Group may read (systemd and Kubernetes hand secrets over like that); nobody else may do anything. */
const FORBIDDEN_MODE_BITS = 0o037;

/** Null when there is no such file; a refusal when there is one that must not be trusted. */
export async function readRootKeyFile(path: string): Promise<SealKey | null> {
  let file: FileHandle;
  try {
    // A link at the end of the path could be pointed elsewhere by whoever owns its directory.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw new SealRefusal(`The root key file ${path} is a symbolic link. Point ROOT_KEY_FILE at the file itself (of a Kubernetes secret: DIRECTORY/..data/NAME).`);
    throw new SealRefusal(`The root key file ${path} cannot be read (${code}). Make it readable by this process's user.`, { cause: error });
  }
  try {
    // Checked on the open file, not on the path: what is judged is what is read.
    const fault = untrustworthy(await file.stat());
    if (fault !== null) throw new SealRefusal(`The root key file ${path} ${fault}`);
    return SealKey.takeOver(await readExactly(file, path));
  } finally {
    await file.close();
  }
}

function untrustworthy(stats: Stats): string | null {
  if (!stats.isFile()) return 'is not a regular file.';
  const self = process.getuid?.();
  if (self !== undefined && stats.uid !== 0 && stats.uid !== self) return `belongs to user ${stats.uid}. Give it to this process's user, or to root.`;
  // Windows has no such bits and reports 0o666 for everything.
  if (self !== undefined && (stats.mode & FORBIDDEN_MODE_BITS) !== 0) return 'is open to other users. Run: chmod 600 on it.';
  if (stats.size !== SEAL_KEY_BYTES) return `has ${stats.size} bytes; a root key has exactly ${SEAL_KEY_BYTES}.`;
  return null;
}

async function readExactly(file: FileHandle, path: string): Promise<Buffer> {
  // Not from the pool: a pooled buffer's memory is shared with others and cannot be wiped as one piece.
  const bytes = Buffer.allocUnsafeSlow(SEAL_KEY_BYTES);
  const { bytesRead } = await file.read(bytes, 0, SEAL_KEY_BYTES, 0);
  if (bytesRead === SEAL_KEY_BYTES) return bytes;
  bytes.fill(0);
  throw new SealRefusal(`The root key file ${path} changed while it was read.`);
}

/**
 * Makes a new key where there is no file yet; returns false, and touches nothing, when there is one. Written aside
 * and linked into place, so that another replica sees the whole file or none, and a crash leaves at most the file
 * aside; on disk, with its directory, before this returns, since the database is about to depend on it.
 */
export async function createRootKeyFile(path: string): Promise<boolean> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.new`;
  const file = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  const bytes = Buffer.allocUnsafeSlow(SEAL_KEY_BYTES);
  try {
    randomFillSync(bytes);
    await file.writeFile(bytes);
    await file.sync();
    await link(aside, path);
    await syncDirectory(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    bytes.fill(0);
    await file.close();
    await unlink(aside);
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Whoever takes the data directory (a backup, a volume) would take the key with it. Compared by real paths, so that
 * a link does not hide where the file lies.
 */
export async function liesInside(path: string, directory: string): Promise<boolean> {
  const inside = await nearestRealPath(resolve(path));
  const root = await nearestRealPath(resolve(directory));
  return inside === root || inside.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The real path of what exists of it, with the rest as written. */
async function nearestRealPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(await nearestRealPath(parent), path.slice(parent.length).replace(/^[/\\]+/, ''));
  }
}
