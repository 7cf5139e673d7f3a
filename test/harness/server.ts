import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { EXEMPTIONS } from '#platform/config/hardening.js';
import { removeEmbeddedPostgres } from './data-directory.js';
import { compiled } from './run-command.js';

/**
 * A built server as a child process, as a user would start it: the only way in is HTTP, the only ways out are
 * HTTP, its output and its exit code.
 */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly home: TestHome;
  /** Everything printed so far, both streams in order of arrival. */
  output(): string;
  /** SIGTERM (or the given signal), then the exit code; null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** SIGKILL: no drain, no flush. */
  kill(): Promise<void>;
  readonly exited: Promise<number | null>;
}

/** What survives between two starts of the same installation: data, root key, the first owner's password. */
export interface TestHome {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ownerPassword: string;
  /** Ends servers and database that are still there, and removes everything. */
  dispose(): Promise<void>;
}

export const OWNER_PASSWORD = 'correct horse battery staple';

/** The simulator as an installation has it that was told nothing: for what is measured or shown as a user meets it. */
export const SIMULATOR_AS_INSTALLED = { SIMULATION_THREADS: '', SIMULATION_WARM_UP: '' };

/** A fresh installation in a temporary directory; `environment` overrides and adds variables. */
export function createHome(environment: Readonly<Record<string, string>> = {}): TestHome {
  const directory = mkdtempSync(join(tmpdir(), 'quantonium-'));
  /* Passable: run as root, the embedded Postgres works under another account. */
  chmodSync(directory, 0o711);
  const passwordFile = join(directory, 'owner-password');
  writeFileSync(passwordFile, `${OWNER_PASSWORD}\n`, { mode: 0o600 });
  return {
    directory,
    ownerPassword: OWNER_PASSWORD,
    environment: {
      PORT: '0',
      HOST: '127.0.0.1',
      QUANTONIUM_DATA_DIR: join(directory, 'data'),
      ROOT_KEY_FILE: join(directory, 'root.key'),
      AUDIT_ANCHOR_DIR: join(directory, 'anchors'),
      BOOTSTRAP_OWNER_PASSWORD_FILE: passwordFile,
      RATE_LIMIT_ANONYMOUS_PER_MINUTE: '100000',
      RATE_LIMIT_PRINCIPAL_PER_MINUTE: '1000000',
      RATE_LIMIT_REGISTRY_PER_MINUTE: '1000000',
      /* Where eight processes want two cores every loop is late. */
      LOAD_EVENT_LOOP_DELAY_MILLIS_MAX: '60000',
      SIMULATION_COST_PER_HOUR: '1000000000',
      SIMULATION_COST_PER_DAY: '1000000000',
      /* Most of them live for seconds. */
      SIMULATION_WARM_UP: 'off',
      /* Two threads that load the simulator are a fifth of a start, and most specs run no circuit. */
      SIMULATION_THREADS: '1',
      ...environment,
    },
    dispose: async () => {
      await endServersOf(directory);
      await removeEmbeddedPostgres(join(directory, 'data'));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Only what a child needs to find its programs, and what this run has loaded already: a test must not lean on the shell that
 * started it. Production refuses the variables that say so.
 */
function bareEnvironment(isProduction: boolean): Record<string, string> {
  const { PATH, HOME, TMPDIR } = process.env;
  return { ...Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR }).flatMap(([name, value]) => (value ? [[name, value]] : []))), ...(isProduction ? {} : compiled()) };
}

/** Production in a checkout, on a machine that keeps nothing from it. */
export const PRODUCTION = { NODE_ENV: 'production', HARDENING_EXEMPTIONS: EXEMPTIONS.join(','), SHUTDOWN_DELAY_MILLIS: '0' } as const;

/** What the image holds Node with, where files may lie anywhere. */
export const HELD: readonly string[] = ['--permission', '--allow-worker', '--allow-fs-read=*', '--allow-fs-write=*', '--disable-warning=PERM0006'];

/** What it says when it listens: that it serves, or that it waits to be unsealed. */
const READY = /(?:ready|sealed) at (https?:\/\/[^\s:]+:\d+)/;
const START_LIMIT_MILLIS = 90_000;
const LAST_WORDS_MILLIS_MAX = 500;

/** Where and as whom a server is started; the checkout and the account of the tests unless told. */
export interface Place {
  readonly directory?: string;
  /** Of Node. */
  readonly flags?: readonly string[];
  readonly identity?: { readonly uid: number; readonly gid: number };
  /** A program that starts it, with its arguments. Where that one forks, the pid is its own, and a signal to it is none to the server. */
  readonly behind?: readonly string[];
}

/** The servers of each home: a test that fails stops none, and one that runs on would keep the whole run from ending. */
const started = new Map<string, ChildProcess[]>();

function remember(directory: string, child: ChildProcess): void {
  started.set(directory, [...(started.get(directory) ?? []), child]);
}

async function endServersOf(directory: string): Promise<void> {
  for (const child of started.get(directory) ?? []) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  started.delete(directory);
}

/** Starts the server and resolves once it says that it is ready; rejects with its output when it exits before. */
export async function startServer(home: TestHome, environment: Readonly<Record<string, string>> = {}, place: Place = {}): Promise<RunningServer> {
  const settings = { ...home.environment, ...environment };
  const [program, ...words] = [...(place.behind ?? []), process.execPath, ...(place.flags ?? []), 'dist/src/main.js'];
  const child = spawn(program!, words, {
    env: { ...bareEnvironment(settings['NODE_ENV'] === 'production'), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(place.directory === undefined ? {} : { cwd: place.directory }),
    ...place.identity,
  });
  remember(home.directory, child);
  let output = '';
  /* The last words of a process that was killed may still be in the pipe when it is gone; a Postgres that it left may hold the pipe open. */
  const closed = once(child, 'close');
  const exited = once(child, 'exit').then(async ([code]) => {
    await Promise.race([closed, pause(LAST_WORDS_MILLIS_MAX, undefined, { ref: false })]);
    return code as number | null;
  });
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready within ${START_LIMIT_MILLIS} ms:\n${output}`));
    }, START_LIMIT_MILLIS);
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      const ready = READY.exec(output);
      if (ready) {
        clearTimeout(timer);
        resolve(ready[1]!);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${code} before it was ready:\n${output}`));
    });
  });
  return {
    url,
    pid: child.pid!,
    home,
    output: () => output,
    exited,
    stop: async (signal = 'SIGTERM') => {
      signalIfAlive(child, signal);
      return exited;
    },
    kill: async () => {
      signalIfAlive(child, 'SIGKILL');
      await exited;
    },
  };
}

function signalIfAlive(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}
