import { Client, type ClientConfig, Pool } from 'pg';
import { DataSource, type Logger, getMetadataArgsStorage } from 'typeorm';

export interface PoolSettings {
  readonly url: string;
  /** In pg_stat_activity: which login's pool of ours it is. */
  readonly applicationName: string;
  readonly connectionsMax: number;
  readonly statementTimeoutMillis: number;
  /** Told of errors on idle connections, which no caller sees. */
  readonly onError: (error: Error) => void;
}

const CONNECT_TIMEOUT_MILLIS = 3_000;
/** Waiting for a lock fails before the statement's own time is over, so that the two can be told apart. */
const LOCK_TIMEOUT_SHARE = 2 / 3;
/** Between two statements of one transaction nothing waits (STYLE): who is silent so long has lost its client. */
const IDLE_IN_TRANSACTION_TIMEOUT_MILLIS = 15_000;
/** A server that cannot be reached any more sends no timeout: the client gives up by itself, later than the server would. */
const CLIENT_MARGIN_MILLIS = 2_000;
const IDLE_CONNECTION_MILLIS = 30_000;

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
  constructor(config?: ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** What both kinds of pools add to their sessions. */
function poolSettings(settings: PoolSettings): Record<string, unknown> {
  return {
    ...sessionSettings(settings),
    Client: PooledClient,
    max: settings.connectionsMax,
    idleTimeoutMillis: IDLE_CONNECTION_MILLIS,
    // A waiting pool connection must not keep a process alive that has nothing else to do.
    allowExitOnIdle: true,
  };
}

/** A pool as one login for `UnitOfWork.read`: bare, because what is read on every request is a statement of ours. */
export function readerPool(settings: PoolSettings): Pool {
  const pool = new Pool({ ...poolSettings(settings), options: READING_SESSION });
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
