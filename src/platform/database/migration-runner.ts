import { DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { SILENT, sessionSettings } from './data-sources.js';
import type { DatabaseUrls } from './database-urls.js';
import { type Grants, type LoginNames, grantStatements } from './grants.js';

/** A migration: `<Name><13 digits>`, with `up` and `down` in plain SQL. */
export type MigrationClass = new () => MigrationInterface;

export interface Schema {
  readonly migrations: readonly MigrationClass[];
  readonly grants: Grants;
}

/** The database was migrated by a newer version of the code: running on it could write what that one misreads. */
export class SchemaAheadError extends Error {
  override readonly name = 'SchemaAheadError';

  constructor(readonly unknown: readonly string[]) {
    super(`the database has migrations that this version does not know (${unknown.join(', ')}): start the version that made them, or migrate down with it`);
  }
}

/** `migrations`: two processes that start at once come one after the other, also on different machines. */
const MIGRATION_LOCK = 0x51_75_61_70;
const STATEMENT_TIMEOUT_MILLIS = 600_000;
/** A migration that waits for a table lock makes everybody queue behind it: rather fail, and be started again. */
const LOCK_TIMEOUT_MILLIS = 20_000;

/** Brings the schema up to date and applies the grants, all in one transaction. Returns the names of what ran. */
export async function migrateUp(urls: DatabaseUrls, schema: Schema): Promise<readonly string[]> {
  return inLockedTransaction(urls, schema, async (runner, executor) => {
    const ran = await executor.executePendingMigrations();
    for (const statement of grantStatements(schema.grants, loginNames(urls))) await runner.query(statement);
    return ran.map(({ name }) => name);
  });
}

/** Undoes the last `count` migrations, the last first; all of them by default. Returns their names. */
export async function migrateDown(urls: DatabaseUrls, schema: Schema, count = Infinity): Promise<readonly string[]> {
  return inLockedTransaction(urls, schema, async (_runner, executor) => {
    const undone: string[] = [];
    for (let executed = await executor.getExecutedMigrations(); executed.length > 0 && undone.length < count; executed = await executor.getExecutedMigrations()) {
      undone.push(newest(executed));
      await executor.undoLastMigration();
    }
    return undone;
  });
}

function newest(executed: readonly { name: string; timestamp: number }[]): string {
  return executed.reduce((latest, one) => (one.timestamp > latest.timestamp ? one : latest)).name;
}

/** The login each URL names. */
export function loginNames(urls: DatabaseUrls): LoginNames {
  return { app: loginName(urls.app), sequencer: loginName(urls.sequencer), worker: loginName(urls.worker), migration: loginName(urls.migration) };
}

export function loginName(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

async function inLockedTransaction<T>(urls: DatabaseUrls, schema: Schema, work: (runner: QueryRunner, executor: MigrationExecutor) => Promise<T>): Promise<T> {
  const source = await migrationSource(urls.migration, schema).initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction();
    // Of the transaction and not of the session: a connection pooler in between cannot strand it.
    await runner.query('SET LOCAL lock_timeout = 0');
    await runner.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await runner.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MILLIS}`);
    await runner.query('CREATE SCHEMA IF NOT EXISTS platform');
    const executor = new MigrationExecutor(source, runner);
    // The transaction is ours and around everything; the executor opens none of its own.
    executor.transaction = 'none';
    await refuseUnknown(executor, schema);
    const result = await work(runner, executor);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
    await source.destroy();
  }
}

async function refuseUnknown(executor: MigrationExecutor, schema: Schema): Promise<void> {
  const known = new Set(migrationNames(schema));
  const unknown = (await executor.getExecutedMigrations()).map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new SchemaAheadError(unknown.sort());
}

/** In the order in which they run. */
export function migrationNames(schema: Schema): readonly string[] {
  return schema.migrations.map((migration) => new migration().name ?? migration.name);
}

function migrationSource(url: string, schema: Schema): DataSource {
  return new DataSource({
    type: 'postgres',
    entities: [],
    migrations: [...schema.migrations],
    migrationsTableName: 'migration',
    schema: 'platform',
    installExtensions: false,
    logger: SILENT,
    extra: {
      ...sessionSettings({ url, applicationName: 'quantonium-migration', connectionsMax: 1, statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS, onError: () => undefined }),
      max: 1,
    },
  });
}
