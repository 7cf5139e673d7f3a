import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './data-directory.js';

/** Where Linux keeps files in memory. On a disk, making a test's database takes ten times as long. */
const MEMORY = '/dev/shm';
/** A run's databases, servers and compiled code take one GiB at most; a machine that swaps would be slower than its disk. */
const FREE_BYTES_MIN = 4 * 2 ** 30;

const PREFIX = 'quantonium-run-';

/** The temporary directory of a run and of everything that it starts, also under another account. Whoever made it removes it. */
export function makeRunDirectory(mayBeInMemory: boolean): string {
  const base = mayBeInMemory && process.env['TMPDIR'] === undefined && hasRoom(MEMORY) ? MEMORY : tmpdir();
  sweep(base);
  const directory = mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
  chmodSync(directory, 0o1777);
  if (base !== MEMORY || runsPrograms(directory)) return directory;
  rmSync(directory, { recursive: true });
  return makeRunDirectory(false);
}

function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return Math.min(bavail * bsize, freemem()) >= FREE_BYTES_MIN;
  } catch {
    return false;
  }
}

/** A container's is mounted `noexec`: a clone of the product in it could not start its Postgres. */
function runsPrograms(directory: string): boolean {
  const program = join(directory, 'runs-programs');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const { status } = spawnSync(program);
  rmSync(program);
  return status === 0;
}

/** Of runs that were interrupted. Their Postgres servers end by themselves once their files are gone. */
function sweep(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) rmSync(join(base, name), { recursive: true, force: true });
  }
}
