import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Clock, SystemClock } from '../../system/clock.js';
import { type Randomness, SystemRandomness } from '../../system/randomness.js';
import type { DatabaseUrls } from '../database-urls.js';
import { prepareBinaries } from './binaries.js';
import { type Cluster, LOGINS, SUPERUSER, openCluster } from './cluster.js';
import { findHome, markUsed } from './home.js';
import { ensureLogins } from './logins.js';
import { isServerOf, readPostmaster } from './postmaster.js';
import { serverAccount } from './server-account.js';
import { PORT, type ServerSettings, isGoneWithin, logTail, spawnServer, stopServer } from './server-process.js';

export interface EmbeddedPostgresOptions {
  /** Absolute path of the installation's data directory. */
  readonly dataDirectory: string;
  /** False only in tests: gives up what a power cut would lose. */
  readonly isDurable?: boolean;
  readonly connectionsMax?: number;
  /** Told in one line each: where the data went, that a server was adopted, lost, recovered. */
  readonly report: (line: string) => void;
}

export const DATABASE = 'quantonium';

/** From the first attempt to a server that answers: recovery after a crash with much WAL is what takes long. */
const START_LIMIT_MILLIS = 60_000;
/** For one answer to us: waiting for a stopper that holds the presence lock is part of it. */
const ANSWER_LIMIT_MILLIS = 10_000;
/** For a server that another process stops to be gone. */
const ENDING_LIMIT_MILLIS = 5_000;
/** A server that is alive and answers nothing for so long is stopped and started anew. */
const SILENCE_LIMIT_MILLIS = 20_000;
/**
 * Every process that uses the server holds this advisory lock, shared, in the database `postgres`; who can take it
 * alone is the last one out and may stop the server. The kernel closes a killed process's connection, and the server
 * drops its lock: nothing is left to sweep.
 */
const PRESENCE_LOCK = 0x51_75_61_6e;

/** Whether an open connection alone keeps the process alive; the methods are missing from the package's types. */
function unreferenced(client: Client, isUnreferenced: boolean): void {
  const socket = client as Client & { ref(): void; unref(): void };
  if (isUnreferenced) socket.unref();
  else socket.ref();
}

/**
 * A Postgres of our own on a Unix socket: started, adopted from a process that was killed, shared with a second
 * process on the same data directory, brought up again when it dies beneath us, and stopped by the last one out.
 */
export class EmbeddedPostgres {
  #presence: Client | null = null;
  #socketDirectory = '';
  #stopping = false;
  #recovery: Promise<void> | null = null;
  #adopted = false;

  private constructor(
    private readonly settings: ServerSettings,
    private readonly cluster: Cluster,
    private readonly report: (line: string) => void,
    private readonly clock: Clock,
  ) {}

  static async start(options: EmbeddedPostgresOptions, clock: Clock = new SystemClock(), randomness: Randomness = new SystemRandomness()): Promise<EmbeddedPostgres> {
    const account = serverAccount(process.platform, process.getuid?.());
    const home = await findHome(options.dataDirectory, account, randomness);
    if (home.isElsewhere) options.report(`embedded Postgres: ${options.dataDirectory} cannot be reached by the account that Postgres runs as, so its data is in ${home.directory}`);
    const binaries = await prepareBinaries(account, home.directory, home.isElsewhere ? dirname(home.directory) : home.directory, randomness);
    const cluster = await openCluster(home.directory, binaries, account, randomness);
    await markUsed(options.dataDirectory);
    const settings: ServerSettings = {
      ...{ binaries, account, home: home.directory, cluster: cluster.directory },
      ...{ isDurable: options.isDurable ?? true, connectionsMax: options.connectionsMax ?? 200 },
    };
    const server = new EmbeddedPostgres(settings, cluster, options.report, clock);
    await server.#bringUp();
    await ensureLogins(server.superuserUrl('postgres'), DATABASE, cluster.credentials, randomness);
    return server;
  }

  /** The server was running already: left by a process that was killed, or shared with one that lives. */
  get adopted(): boolean {
    return this.#adopted;
  }

  /** Where its cluster, log and credentials are. */
  get directory(): string {
    return this.settings.home;
  }

  urls(database: string = DATABASE): DatabaseUrls {
    const url = (login: keyof typeof LOGINS): string => this.#url(LOGINS[login], this.cluster.credentials[login], database);
    return { app: url('app'), sequencer: url('sequencer'), worker: url('worker'), migration: url('migration') };
  }

  superuserUrl(database: string = DATABASE): string {
    return this.#url(SUPERUSER, this.cluster.credentials.superuser, database);
  }

  /** Leaves; stops the server when nobody else uses it. The pools must be closed before. */
  async stop(): Promise<'stopped' | 'left-running'> {
    this.#stopping = true;
    await this.#recovery?.catch(() => undefined);
    const presence = this.#presence;
    this.#presence = null;
    if (presence === null) return 'stopped';
    unreferenced(presence, false);
    try {
      await presence.query('SELECT pg_advisory_unlock_shared($1)', [PRESENCE_LOCK]);
      const { rows } = await presence.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [PRESENCE_LOCK]);
      if (rows[0]?.last !== true) return 'left-running';
      const postmaster = await readPostmaster(this.settings.cluster);
      if (postmaster !== null) await stopServer(postmaster.pid, this.settings.cluster, this.clock);
      // In the temporary directory it would stay for ever; in the home it is found again.
      if (!this.#socketDirectory.startsWith(this.settings.home)) await rm(this.#socketDirectory, { recursive: true, force: true });
      return 'stopped';
    } catch (error) {
      // It ended between the last statement and this one, or is about to: another left at the same moment, and stops it.
      const postmaster = await readPostmaster(this.settings.cluster);
      if (postmaster !== null && !(await isGoneWithin(postmaster.pid, this.settings.cluster, ENDING_LIMIT_MILLIS, this.clock))) throw error;
      return 'stopped';
    } finally {
      await presence.end().catch(() => undefined);
    }
  }

  #url(user: string, password: string, database: string): string {
    return `postgresql://${user}:${password}@localhost:${PORT}/${database}?host=${encodeURIComponent(this.#socketDirectory)}`;
  }

  /** Adopts the server that runs, or starts one, until one answers and our presence is announced in it. */
  async #bringUp(): Promise<void> {
    const { cluster, home } = this.settings;
    const deadline = this.clock.monotonicMillis() + START_LIMIT_MILLIS;
    let child: ChildProcess | null = null;
    let silentSince = this.clock.monotonicMillis();
    for (;;) {
      if (this.#stopping) throw new Error('stopped while the server was being brought up');
      const postmaster = await readPostmaster(cluster);
      const isRunning = postmaster !== null && (await isServerOf(postmaster.pid, cluster));
      if (isRunning && postmaster.isReady && (await this.#announce(postmaster.socketDirectory))) {
        this.#adopted = postmaster.pid !== child?.pid;
        return;
      }
      const now = this.clock.monotonicMillis();
      if (now > deadline) throw new Error(`the embedded Postgres in ${home} did not come up within ${START_LIMIT_MILLIS} ms; its log ends:\n${await logTail(home)}`);
      const isStarting = child !== null && child.exitCode === null && child.signalCode === null;
      if (isRunning && !isStarting && now > silentSince + SILENCE_LIMIT_MILLIS) {
        this.report(`embedded Postgres: process ${postmaster.pid} does not answer and is stopped`);
        await stopServer(postmaster.pid, cluster, this.clock, 'SIGQUIT');
      } else if (!isRunning && !isStarting) {
        // Two starters may both come here: the cluster's own lock file lets one server live, and the other is adopted.
        if (child !== null) await this.#failOrWait(child);
        child = await spawnServer(this.settings);
        silentSince = now;
      }
      await sleep(10);
    }
  }

  /**
   * A server of ours ended before it answered. Backends of a postmaster that was killed hold its shared memory for a
   * moment, and another starter may hold the lock: both pass. Everything else is for a person to see.
   */
  async #failOrWait(child: ChildProcess): Promise<void> {
    const tail = await logTail(this.settings.home);
    if (!/shared memory block|postmaster\.pid/.test(tail)) {
      throw new Error(`the embedded Postgres in ${this.settings.home} ended with ${child.exitCode ?? child.signalCode} at its start; its log ends:\n${tail}`);
    }
    await sleep(100);
  }

  /** Connects as superuser and takes the presence lock; false when the server does not answer (yet, or any more). */
  async #announce(socketDirectory: string): Promise<boolean> {
    this.#socketDirectory = socketDirectory;
    const client = new Client({ connectionString: this.superuserUrl('postgres'), connectionTimeoutMillis: 5000, query_timeout: ANSWER_LIMIT_MILLIS, application_name: 'quantonium-presence' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ directory: string }>("SELECT current_setting('data_directory') AS directory");
      if (rows[0]?.directory !== this.settings.cluster) throw new Error('another cluster answers');
      await client.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE_LOCK]);
    } catch (error) {
      await client.end().catch(() => undefined);
      const code = (error as { code?: string }).code ?? '';
      // 28xxx: the server is up and does not know our password; waiting would not teach it.
      if (code.startsWith('28')) throw new Error(`the Postgres in ${this.settings.home} refuses the credentials kept beside it`, { cause: error });
      return false;
    }
    // The connection is an open ear, not a reason to stay alive.
    unreferenced(client, true);
    client.once('end', () => this.#lost(client));
    this.#presence = client;
    return true;
  }

  /** The server ended beneath us: killed, out of memory, or stopped by somebody who did not see us. */
  #lost(client: Client): void {
    if (this.#stopping || this.#presence !== client) return;
    this.#presence = null;
    this.report('embedded Postgres: the server is gone and is brought up again');
    this.#recovery ??= this.#recover().finally(() => (this.#recovery = null));
  }

  async #recover(): Promise<void> {
    for (let waitMillis = 50; !this.#stopping; waitMillis = Math.min(waitMillis * 2, 5000)) {
      try {
        await this.#bringUp();
        this.report('embedded Postgres: the server is back');
        return;
      } catch (error) {
        if (this.#stopping) return;
        this.report(`embedded Postgres: ${(error as Error).message}`);
        await sleep(waitMillis);
      }
    }
  }
}
