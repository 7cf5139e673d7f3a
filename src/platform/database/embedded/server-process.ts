import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../system/clock.js';
import { type Binaries, makePrivateDirectory } from './binaries.js';
import { isServerOf, removeStaleLock } from './postmaster.js';
import type { ServerAccount } from './server-account.js';

export interface ServerSettings {
  readonly binaries: Binaries;
  readonly account: ServerAccount;
  readonly home: string;
  /** PGDATA. */
  readonly cluster: string;
  /** False gives up what a power cut would lose, for the speed of tests; every other crash is survived all the same. */
  readonly isDurable: boolean;
  readonly connectionsMax: number;
}

/** sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL among them. */
const SOCKET_PATH_BYTES_MAX = 103;
/** There is no TCP: the number is only a part of the socket's name. */
export const PORT = 5432;

/** The socket stands in the home, which nobody else can write to; under a long path, in the temporary directory. */
export async function makeSocketDirectory(home: string, account: ServerAccount): Promise<string> {
  const preferred = join(home, 'socket');
  const isShort = Buffer.byteLength(join(preferred, `.s.PGSQL.${PORT}`)) <= SOCKET_PATH_BYTES_MAX;
  const directory = isShort ? preferred : join(tmpdir(), `quantonium-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`);
  await mkdir(directory, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    // A temporary directory is everybody's: a name that a stranger took first is not to be used.
    const { uid } = await stat(directory);
    const expected = [process.getuid?.(), account.identity?.uid];
    if (!expected.includes(uid)) throw new Error(`${directory} belongs to another user: remove it, or shorten the path of the data directory`);
  });
  await makePrivateDirectory(directory, account);
  return directory;
}

export function logFile(home: string): string {
  return join(home, 'postgres.log');
}

const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** The end of the server's log, for the error of a start that failed. */
export async function logTail(home: string, lines = 8): Promise<string> {
  const text = await readFile(logFile(home), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/**
 * Starts the server and returns at once; whether it came up is for the caller to find out. It gets a session of its
 * own, so that Ctrl-C in the terminal reaches us and not it: we drain first and stop it then.
 */
export async function spawnServer(settings: ServerSettings): Promise<ChildProcess> {
  const socketDirectory = await makeSocketDirectory(settings.home, settings.account);
  const locks = [join(settings.cluster, 'postmaster.pid'), join(socketDirectory, `.s.PGSQL.${PORT}.lock`)];
  for (const lock of locks) await removeStaleLock(lock, settings.cluster);
  const log = logFile(settings.home);
  if (((await stat(log).catch(() => null))?.size ?? 0) > LOG_BYTES_MAX) await rename(log, `${log}.1`);
  const handle = await open(log, 'a', 0o600);
  try {
    const child = spawn(settings.binaries.postgres, serverArguments(settings, socketDirectory), {
      cwd: settings.home,
      env: settings.binaries.environment,
      stdio: ['ignore', handle.fd, handle.fd],
      detached: true,
      ...settings.account.identity,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(`Postgres could not be started (${error.code ?? error.message})${settings.account.identity ? ' as nobody: start as an ordinary user, or set DATABASE_URL' : ''}`, { cause: error })),
      );
    });
    // It outlives us by design, so it must not keep our event loop alive either.
    child.unref();
    return child;
  } finally {
    await handle.close();
  }
}

function serverArguments({ cluster, isDurable, connectionsMax }: ServerSettings, socketDirectory: string): string[] {
  const durability = isDurable ? 'on' : 'off';
  const settings: Readonly<Record<string, string | number>> = {
    // The bundled OpenSSL is of 2018: no TCP, so nothing of it is ever reached.
    listen_addresses: '',
    port: PORT,
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    max_connections: connectionsMax,
    fsync: durability,
    full_page_writes: durability,
    synchronous_commit: durability,
    // Terse and without statements: what a client sent can hold what must be in no log.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    TimeZone: 'UTC',
    log_timezone: 'UTC',
    cluster_name: 'quantonium',
    // Connections of a process that was killed are noticed while a statement runs, too.
    client_connection_check_interval: '2s',
  };
  // `-D` first and alone: it is how the process is recognised later (`isServerOf`).
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** SIGINT (fast: sessions are ended, all is written), then SIGQUIT (recovery at the next start), then SIGKILL. */
const STOP_SIGNALS = [
  { signal: 'SIGINT', boundMillis: 15_000 },
  { signal: 'SIGQUIT', boundMillis: 5_000 },
  { signal: 'SIGKILL', boundMillis: 5_000 },
] as const;

/** Stops a server, ours or one that we adopted, and resolves when its process is gone. */
export async function stopServer(pid: number, cluster: string, clock: Clock, first: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
  const steps = first === 'SIGINT' ? STOP_SIGNALS : STOP_SIGNALS.slice(1);
  for (const { signal, boundMillis } of steps) {
    if (!(await isServerOf(pid, cluster))) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await isGoneWithin(pid, cluster, boundMillis, clock)) return;
  }
  throw new Error(`the Postgres process ${pid} does not end`);
}

/** Polled, since an adopted server is no child of ours and nothing tells of its end. */
export async function isGoneWithin(pid: number, cluster: string, boundMillis: number, clock: Clock): Promise<boolean> {
  const deadline = clock.monotonicMillis() + boundMillis;
  while (await isServerOf(pid, cluster)) {
    if (clock.monotonicMillis() > deadline) return false;
    await sleep(10);
  }
  return true;
}
