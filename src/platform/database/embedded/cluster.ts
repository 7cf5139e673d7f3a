import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Randomness } from '../../system/randomness.js';
import { type Binaries, exists, makePrivateDirectory } from './binaries.js';
import { PASSABLE } from './home.js';
import { isAlive } from './postmaster.js';
import type { ServerAccount } from './server-account.js';

/** The logins of the embedded database, none a member of another. */
export const LOGINS = {
  migration: 'quantonium_migrator',
  app: 'quantonium_app',
  sequencer: 'quantonium_sequencer',
  worker: 'quantonium_worker',
} as const;
export const SUPERUSER = 'quantonium_superuser';

/** Passwords: 32 random bytes each, in base64url, made with the cluster and kept in a 0600 file beside it. */
export type Credentials = Readonly<Record<keyof typeof LOGINS | 'superuser', string>>;

/** A database cluster on disk. */
export interface Cluster {
  /** PGDATA. */
  readonly directory: string;
  readonly credentials: Credentials;
}

/**
 * Opens the cluster of a home, making it at the first start. It is made under a name of its own and renamed into
 * place whole, cluster and credentials together: a crash in the middle leaves only a staging directory for the next
 * start to sweep, and of two starters the second finds the name taken and uses the first's.
 */
export async function openCluster(home: string, binaries: Binaries, account: ServerAccount, randomness: Randomness): Promise<Cluster> {
  const instance = join(home, 'instance');
  if (!(await exists(instance))) {
    await sweepStaging(home);
    const staging = join(home, `${STAGING}${process.pid}-${randomness.bytes(6).toString('hex')}`);
    try {
      await makeCluster(staging, binaries, account, randomness);
      await rename(staging, instance);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      if (!(await exists(instance))) throw error;
    }
  }
  const directory = join(instance, 'cluster');
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (version !== binaries.majorVersion) {
    throw new Error(`the embedded database in ${directory} is of Postgres ${version}, the installed binaries are of ${binaries.majorVersion}: its data must be carried over with pg_upgrade or a dump`);
  }
  return { directory, credentials: JSON.parse(await readFile(join(instance, 'credentials.json'), 'utf8')) as Credentials };
}

const STAGING = 'staging-';
/** Each wait is longer by this than the one before: five seconds together. */
const SWEEP_TRIES = 14;
const SWEEP_WAIT_MILLIS = 50;

/** Removes what a start that died half-way left; that of a live process is its own. */
async function sweepStaging(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(STAGING)) continue;
    const pid = Number(name.slice(STAGING.length).split('-')[0]);
    // An initdb outlives for a moment who was killed, and writes into what is being removed until it notices.
    if (pid !== process.pid && !(await isAlive(pid))) await rm(join(home, name), { recursive: true, force: true, maxRetries: SWEEP_TRIES, retryDelay: SWEEP_WAIT_MILLIS });
  }
}

async function makeCluster(staging: string, binaries: Binaries, account: ServerAccount, randomness: Randomness): Promise<void> {
  const password = (): string => randomness.bytes(32).toString('base64url');
  const credentials: Credentials = { superuser: password(), migration: password(), app: password(), sequencer: password(), worker: password() };
  await mkdir(staging);
  await chmod(staging, PASSABLE);
  const directory = join(staging, 'cluster');
  await makePrivateDirectory(directory, account);
  const passwordFile = join(staging, 'superuser-password');
  await writeFile(passwordFile, credentials.superuser, { mode: 0o600 });
  if (account.identity !== null) await chown(passwordFile, account.identity.uid, account.identity.gid);
  await runToEnd(binaries.initdb, [
    ...['-D', directory, '-U', SUPERUSER, '--pwfile', passwordFile, '--auth=scram-sha-256'],
    // The C library's locales differ between hosts, and indexes ordered by one are corrupt under another.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'],
    ...['--data-checksums', '--no-instructions'],
  ], binaries, account, staging);
  await rm(passwordFile);
  // Last: a staging directory is complete exactly when it has this. Ours alone, also when the server runs as another.
  await writeFile(join(staging, 'credentials.json'), JSON.stringify(credentials), { mode: 0o600, flush: true });
}

/** Runs one of the programs; what it said is in the error when it fails. */
async function runToEnd(program: string, args: readonly string[], binaries: Binaries, account: ServerAccount, cwd: string): Promise<void> {
  const child = spawn(program, args, { cwd, env: binaries.environment, stdio: ['ignore', 'pipe', 'pipe'], ...account.identity });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output.trim()}`);
}
