import { createHash } from 'node:crypto';
import { chmod, link, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Randomness } from '../../system/randomness.js';
import { exists } from './binaries.js';
import { type ServerAccount, isEnterableBy } from './server-account.js';

/** Where a root-owned installation keeps what another account must reach. */
export const REACHABLE_ROOT = '/var/lib/quantonium';

/** Where the embedded server of one data directory lives. */
export interface Home {
  /** Absolute, free of symbolic links. */
  readonly directory: string;
  /** It stands outside the data directory, because the server's account cannot reach that. */
  readonly isElsewhere: boolean;
}

/**
 * Finds or chooses the home. The choice is written into the data directory and kept: were it made anew at each start,
 * a `chmod` on a directory above would bring up an empty database beside the full one.
 */
export async function findHome(dataDirectory: string, account: ServerAccount, randomness: Randomness, reachableRoot = REACHABLE_ROOT): Promise<Home> {
  // Root's own files in it keep their modes; the server's account only has to pass through.
  await makeDirectory(dataDirectory, account.identity === null ? CLOSED : PASSABLE);
  const root = await realpath(dataDirectory);
  const note = join(root, 'postgres.location');
  const noted = (await readNote(note)) ?? (await writeNote(note, await chooseLocation(root, account, randomness, reachableRoot), randomness));
  const isElsewhere = noted !== INSIDE;
  const directory = isElsewhere ? noted : join(root, 'postgres');
  if (isElsewhere && !(await exists(directory)) && (await exists(`${note}.used`))) {
    throw new Error(`the database of this data directory was in ${directory}, which is gone: restore it, or remove ${note} and ${note}.used to begin with an empty one`);
  }
  await makeDirectory(directory, account.identity === null ? CLOSED : PASSABLE);
  if (!(await isEnterableBy(account, directory))) {
    throw new Error(`the account that Postgres runs as can no longer reach ${directory}: open the directories above it for passage (chmod o+x), or set DATABASE_URL`);
  }
  return { directory: await realpath(directory), isElsewhere };
}

/**
 * `mkdir -p` in which every directory that it makes gets the mode that is meant: the process's umask would take the
 * passage away again. What exists keeps its mode.
 */
async function makeDirectory(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let current = path; current.length >= first.length; current = dirname(current)) await chmod(current, mode);
}

/** Remembers that the home holds a database: from now on its absence is an error and not a first start. */
export async function markUsed(dataDirectory: string): Promise<void> {
  await writeFile(join(await realpath(dataDirectory), 'postgres.location.used'), '', { mode: 0o600 });
}

const INSIDE = 'inside';
const CLOSED = 0o700;
export const PASSABLE = 0o711;

async function chooseLocation(root: string, account: ServerAccount, randomness: Randomness, reachableRoot: string): Promise<string> {
  if (await isEnterableBy(account, root)) return INSIDE;
  // The path's digest says whose it is; the random part keeps a data directory that was removed and made again
  // from finding the old one's database.
  const name = `${createHash('sha256').update(root).digest('hex').slice(0, 12)}-${randomness.bytes(4).toString('hex')}`;
  return join(reachableRoot, name);
}

async function readNote(note: string): Promise<string | null> {
  try {
    return (await readFile(note, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written whole under another name and linked into place: of two starters one wins, and both read the winner's. */
async function writeNote(note: string, location: string, randomness: Randomness): Promise<string> {
  const staging = `${note}.${randomness.bytes(6).toString('hex')}`;
  await writeFile(staging, `${location}\n`, { mode: 0o600, flush: true });
  try {
    await link(staging, note);
    return location;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      // A file system without hard links (some mounts of virtual machines): the last of two starters wins there.
      await rename(staging, note);
      return location;
    }
    return (await readNote(note)) ?? location;
  } finally {
    await rm(staging, { force: true });
  }
}
