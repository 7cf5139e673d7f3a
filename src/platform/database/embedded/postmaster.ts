import { execFile } from 'node:child_process';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a running server says of itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
  /** It takes connections, in its own word. Before that it turns them away, each by a process of its own. */
  readonly isReady: boolean;
}

/** Reads `postmaster.pid`; null when there is none, or when it is still being written. */
export async function readPostmaster(cluster: string): Promise<Postmaster | null> {
  // Lines: pid, data directory, start time, port, socket directory, listen address, shared memory, status.
  const lines = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  const pid = Number(lines[0]);
  const socketDirectory = lines[4];
  return Number.isInteger(pid) && pid > 1 && socketDirectory ? { pid, socketDirectory, isReady: lines[7]?.trim() === 'ready' } : null;
}

/** Whether a process of this id exists and is more than a zombie that nobody has waited for. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  // `pid (name) state …`, and the name may hold anything but the last parenthesis.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat === null || stat[stat.lastIndexOf(')') + 2] !== 'Z';
}

/**
 * Whether the process that `postmaster.pid` names is a server of this cluster. After a crash of the machine the id may
 * belong to anything, and signalling or waiting for a stranger would be worse than not starting.
 */
export async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  const commandLine =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/cmdline`, 'utf8').then((text) => text.split('\0').join(' '), () => null)
      : await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(({ stdout }) => stdout, () => null);
  // Where other users' processes cannot be seen, the connection attempt decides.
  if (commandLine === null) return isAlive(pid);
  return `${commandLine} `.includes(` -D ${cluster} `);
}

/**
 * Removes a lock file (`postmaster.pid`, `.s.PGSQL.5432.lock`) whose server is gone although its process id is taken:
 * Postgres removes a file whose id is free by itself, but refuses when any process has the id, be it a stranger's or a
 * zombie that nobody has waited for. Moved away first and compared, so that a server that another starter brought up
 * in between does not lose its file.
 */
export async function removeStaleLock(lock: string, cluster: string): Promise<void> {
  const stale = await lockHolder(lock);
  if (stale === null || (await isServerOf(stale, cluster))) return;
  const aside = `${lock}.stale.${process.pid}`;
  await rename(lock, aside).catch(() => undefined);
  const moved = await lockHolder(aside);
  if (moved !== null && moved !== stale) await rename(aside, lock);
  else await rm(aside, { force: true });
}

async function lockHolder(lock: string): Promise<number | null> {
  const pid = Number.parseInt(await readFile(lock, 'utf8').catch(() => ''), 10);
  return pid > 0 ? pid : null;
}
