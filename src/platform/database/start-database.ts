import { Fault } from '#pure/fault/fault.js';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/load-config.js';
import { armCrashPoint } from '../system/crash-points.js';
import { checkServer, UnreachableDatabaseError } from './boot-checks.js';
import { asFault, databaseCode } from './database-faults.js';
import { type DatabaseUrls, LOGIN_OF, type RoleUrls } from './database-urls.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { GRANTED_ROLES, type GrantedRole } from './grants.js';
import { type Schema, migrateUp } from './migration-runner.js';
import { ownsSchema, refuseOtherVersion } from './schema-version.js';

export interface RunningDatabase {
  /** Of the logins that the process's roles work with; all of them when embedded. */
  readonly urls: RoleUrls;
  /** For the start's printout: where the data is. Never a password. */
  readonly description: string;
  /** The logins that this process knows are none a member of another, no superusers and not the schema's owner. */
  readonly separation: boolean;
  readonly migrationsRun: readonly string[];
  /** After the pools are closed. Stops the embedded server when this process is the last that uses it. */
  stop(): Promise<void>;
}

/**
 * Brings the database up: embedded or external, migrated, granted, checked. Then the application may be composed.
 * Without a login that may migrate, the schema must be the one that the code knows.
 */
export async function startDatabase(config: Config, schema: Schema, report: (line: string) => void): Promise<RunningDatabase> {
  armCrashPoint(config.crashAt);
  const embedded = config.database.isEmbedded ? await EmbeddedPostgres.start({ dataDirectory: config.dataDirectory, report }) : null;
  try {
    const migrator = embedded?.urls() ?? (await migratorOf(config));
    const urls = embedded?.urls() ?? roleUrls(config);
    const migrationsRun = migrator === null ? await alreadyMigrated(urls, schema) : await migrateUp(migrator, schema);
    const { separation, findings } = await checkServer(migrator ?? urls, config);
    for (const finding of findings) report(finding);
    return {
      urls,
      description: embedded === null ? `Postgres at ${new URL(given(urls)).host}` : `embedded Postgres in ${embedded.directory}`,
      separation,
      migrationsRun,
      stop: async () => void (await embedded?.stop()),
    };
  } catch (error) {
    // The start's own error is the one to show.
    await embedded?.stop().catch(() => undefined);
    throw unreachable(error) ?? error;
  }
}

/** For the command that migrates and does nothing else: an embedded server is up while `work` runs. */
export async function asMigrator<T>(config: Config, report: (line: string) => void, work: (urls: DatabaseUrls) => Promise<T>): Promise<T> {
  armCrashPoint(config.crashAt);
  if (!config.database.isEmbedded) {
    const urls = await migratorOf(config);
    if (urls === null) throw new ConfigError(['DATABASE_MIGRATION_URL must be given: no other login may change the schema']);
    return work(urls);
  }
  const embedded = await EmbeddedPostgres.start({ dataDirectory: config.dataDirectory, report });
  try {
    return await work(embedded.urls());
  } finally {
    await embedded.stop();
  }
}

/**
 * The logins as whoever migrates must know them; null in a process that does not. Outside production one login may do
 * everything, and then it migrates as well, if it can.
 */
async function migratorOf({ database, production }: Config): Promise<DatabaseUrls | null> {
  const { url, sequencerUrl, workerUrl } = database;
  const migration = database.migrationUrl ?? (url !== null && !production && (await ownsSchema(url)) ? url : null);
  if (migration === null) return null;
  if (url === null || sequencerUrl === null || workerUrl === null) throw new ConfigError(['DATABASE_MIGRATION_URL is given without the names of all logins']);
  return { app: url, sequencer: sequencerUrl, worker: workerUrl, migration };
}

function roleUrls({ database: { url, sequencerUrl, workerUrl }, roles }: Config): RoleUrls {
  const all: Readonly<Record<GrantedRole, string | null>> = { app: url, sequencer: sequencerUrl, worker: workerUrl };
  return Object.fromEntries([...roles].map((role) => [LOGIN_OF[role], all[LOGIN_OF[role]]]));
}

function given(urls: RoleUrls): string {
  const url = GRANTED_ROLES.map((role) => urls[role]).find((text) => text !== undefined);
  if (url === undefined) throw new Error('the process has no role and no login');
  return url;
}

async function alreadyMigrated(urls: RoleUrls, schema: Schema): Promise<readonly string[]> {
  await refuseOtherVersion(given(urls), schema);
  return [];
}

/** SQLSTATE classes of a server that answers, and refuses: 28 is the login, 3D the database. */
const REFUSALS = /^(28|3D)/;

/** Codes only: a message of the driver can quote the login, and the address is in the configuration. */
function unreachable(cause: unknown): UnreachableDatabaseError | null {
  const code = databaseCode(cause);
  if (code === null || !(REFUSALS.test(code) || asFault(cause) instanceof Fault)) return null;
  return new UnreachableDatabaseError(`the database cannot be used (${code}): check the DATABASE_ URLs, and that it is up`, { cause });
}
