import pg, { Client, type ClientConfig, Pool, type PoolClient } from 'pg';
import { DataSource, type Logger, getMetadataArgsStorage } from 'typeorm';
import type { OpenSessions } from './open-sessions.js';
import { TurnSocket } from './turn-socket.js';

export interface PoolSettings {
  readonly url: string;
  /** In pg_stat_activity: which login's pool of ours it is. */
  readonly applicationName: string;
  readonly connectionsMax: number;
  readonly statementTimeoutMillis: number;
  /** Told of errors on idle connections, which no caller sees. */
  readonly onError: (error: Error) => void;
  /** Of a login whose password may be exchanged while the pool is open. */
  readonly renewal?: Renewal;
  /** Where its sessions are cut when the database has fallen silent, and none is begun until it answers. */
  readonly sessions?: OpenSessions;
}

export interface Renewal {
  /** For the next connection. */
  url(): string;
  /** Asked where the server refused the login with `used`: resolves true once there is another to try with. */
  another(used: string): Promise<boolean>;
}

const CONNECT_TIMEOUT_MILLIS = 3_000;
/** Waiting for a lock fails before the statement's own time is over, so that the two can be told apart. */
const LOCK_TIMEOUT_SHARE = 2 / 3;
/**
 * Between two statements of one transaction nothing waits (STYLE): a process that is silent so long stands still, with its
 * locks. Sooner than others give up waiting for one, 10 s unless told: they go on, and are not refused.
 */
const IDLE_IN_TRANSACTION_TIMEOUT_MILLIS = 8_000;
/** A server that cannot be reached any more sends no timeout: the client gives up by itself, later than the server would. */
const CLIENT_MARGIN_MILLIS = 2_000;
const IDLE_CONNECTION_MILLIS = 30_000;
/** As the driver calls a connection that ended: the same to whoever asked. */
const CONNECTION_LOST = 'Connection terminated';

/**
 * What every session starts with. No schema is searched: a name without a schema would mean whatever somebody put into
 * `public`. The isolation level is stated, since a database or login can carry another default.
 */
const SESSION = "-c search_path=pg_catalog -c default_transaction_isolation=read\\ committed -c TimeZone=UTC -c client_encoding=UTF8";

/** Sessions that refuse every write: of readers always, of a unit of work outside of its transactions. */
const READING_SESSION = `${SESSION} -c default_transaction_read_only=on`;

/** Connection settings of a session of ours, for the pools and for single clients alike. */
export function sessionSettings(settings: PoolSettings): Record<string, unknown> {
  return {
    connectionString: settings.url,
    application_name: settings.applicationName,
    options: SESSION,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLIS,
    statement_timeout: settings.statementTimeoutMillis,
    lock_timeout: Math.round(settings.statementTimeoutMillis * LOCK_TIMEOUT_SHARE),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MILLIS,
    query_timeout: settings.statementTimeoutMillis + CLIENT_MARGIN_MILLIS,
    keepAlive: true,
  };
}

/** The driver would print to the console; what goes wrong is thrown, and told by whoever catches it. */
export const SILENT: Logger = { logQuery() {}, logQueryError() {}, logQuerySlow() {}, logSchemaBuild() {}, logMigration() {}, log() {} };

/**
 * A session that is cut off tells it twice: whoever waits for an answer is told by that, and an event that nobody
 * listens to would end the process. A pool listens to who is idle and stops when it lends one; who borrows begins a
 * moment later, and may have stopped before the second event.
 */
class PooledClient extends Client {
  /** What it logged in with: once another is in force, it is let go when it comes back. */
  readonly url: string;

  constructor(config: PooledConfig) {
    const url = config.renewal?.url() ?? config.connectionString!;
    super({ ...config, connectionString: url, stream: () => new TurnSocket() });
    this.url = url;
    this.on('error', () => undefined);
    const session = { cut: () => cutOff(this) };
    config.sessions?.add(session);
    this.once('end', () => config.sessions?.delete(session));
  }
}

/** Not `end`, which says goodbye and waits until the server has heard it. */
export function cutOff(client: Client): void {
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
}

interface PooledConfig extends ClientConfig {
  readonly renewal?: Renewal;
  readonly sessions?: OpenSessions;
}

type Lent = Parameters<Parameters<Pool['connect']>[0]>;

/** SQLSTATE invalid_password; a server that knows the login by another rule says 28000. */
const LOGIN_REFUSED = new Set(['28P01', '28000']);

/**
 * A pool whose password may be exchanged beneath it. New connections log in with the one in force; one that logged in
 * with another is ended when it comes back. Who is refused waits for the next password, which an operator's script
 * writes a moment before or after it tells the server: nobody's request fails in between.
 */
class RenewedPool extends Pool {
  readonly #renewal: Renewal | null;
  readonly #sessions: OpenSessions | null;

  constructor(settings: PooledConfig) {
    super(settings);
    this.#renewal = settings.renewal ?? null;
    this.#sessions = settings.sessions ?? null;
    this.on('release', (_, client: PoolClient) => {
      // It goes back as one that is ending, and such a one the pool takes out.
      if (this.#isStale(client)) void client.end();
    });
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: (...lent: Lent) => void): void;
  override connect(callback?: (...lent: Lent) => void): Promise<PoolClient> | void {
    if (callback !== undefined) return this.#connect(callback);
    return new Promise((resolve, reject) => this.#connect((error, client) => (client === undefined ? reject(error ?? new Error('no connection')) : resolve(client))));
  }

  /** Lets those go that wait for work; those that have some go when they come back. */
  async drain(): Promise<void> {
    // All at once: one after the other, the same one would be lent again and again.
    const lent = await Promise.allSettled(Array.from({ length: this.idleCount }, () => this.connect()));
    for (const each of lent) if (each.status === 'fulfilled') each.value.release();
  }

  /** @param triesLeft with another password: the wait for a connection may be longer than one is in force. */
  #connect(callback: (...lent: Lent) => void, triesLeft = 2): void {
    if (this.#sessions?.isCut === true) return void process.nextTick(callback, new Error(`${CONNECTION_LOST}: the database does not answer`), undefined, () => undefined);
    const used = this.#renewal?.url();
    super.connect((error, client, release) => {
      const isRefused = error !== undefined && error !== null && LOGIN_REFUSED.has((error as { code?: string }).code ?? '');
      if (!isRefused || this.#renewal === null || used === undefined || triesLeft === 0) return callback(error, client, release);
      this.#renewal.another(used).then(
        (isThere) => (isThere ? this.#connect(callback, triesLeft - 1) : callback(error, client, release)),
        () => callback(error, client, release),
      );
    });
  }

  #isStale(client: unknown): boolean {
    return client instanceof PooledClient && this.#renewal !== null && client.url !== this.#renewal.url();
  }
}

/** What both kinds of pools add to their sessions. */
function poolSettings(settings: PoolSettings): Record<string, unknown> {
  return {
    ...sessionSettings(settings),
    Client: PooledClient,
    ...(settings.renewal === undefined ? {} : { renewal: settings.renewal }),
    ...(settings.sessions === undefined ? {} : { sessions: settings.sessions }),
    max: settings.connectionsMax,
    idleTimeoutMillis: IDLE_CONNECTION_MILLIS,
    // A waiting pool connection must not keep a process alive that has nothing else to do.
    allowExitOnIdle: true,
  };
}

/** A pool as one login for `UnitOfWork.read`: bare, because what is read on every request is a statement of ours. */
export function readerPool(settings: PoolSettings): Pool {
  const pool = new RenewedPool({ ...poolSettings(settings), options: READING_SESSION });
  pool.on('error', settings.onError);
  return pool;
}

/**
 * A pool as one login, knowing every entity whose file was imported: the modules' persistence files register theirs
 * with TypeORM by being loaded, and the roof loads the modules before the database is opened.
 */
export function poolSource(settings: PoolSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: { ...pg, Pool: RenewedPool },
    entities: [...new Set(getMetadataArgsStorage().tables.map(({ target }) => target).filter((target) => typeof target === 'function'))],
    // Never: the schema is the migrations'.
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    logger: SILENT,
    poolErrorHandler: settings.onError,
    // A statement is sent when it is made, and not when the one before it is answered: `leaveToCommit` lives on that.
    extra: { ...poolSettings(settings), options: READING_SESSION, pipeline: true },
  });
}

/** After the password was exchanged: of either kind, opened here. */
export async function drainPool(pool: Pool): Promise<void> {
  if (pool instanceof RenewedPool) await pool.drain();
}

/** Whether a login works, tried on a connection of its own. Rejects with what the server says. */
export async function tryLogin(settings: PoolSettings): Promise<void> {
  const client = new Client(sessionSettings(settings));
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}
