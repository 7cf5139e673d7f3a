import type { Config } from '../config/config.js';
import { armCrashPoint } from '../system/crash-points.js';
import { checkServer } from './boot-checks.js';
import type { DatabaseUrls } from './database-urls.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { type Schema, migrateUp } from './migration-runner.js';

export interface RunningDatabase {
  readonly urls: DatabaseUrls;
  /** For the start's printout: where the data is. Never a password. */
  readonly description: string;
  /** Four logins, none a member of another and none a superuser. */
  readonly separation: boolean;
  readonly migrationsRun: readonly string[];
  /** After the pools are closed. Stops the embedded server when this process is the last that uses it. */
  stop(): Promise<void>;
}

/** Brings the database up: embedded or external, migrated, granted, checked. Then the application may be composed. */
export async function startDatabase(config: Config, schema: Schema, report: (line: string) => void): Promise<RunningDatabase> {
  armCrashPoint(config.crashAt);
  const embedded = config.database.url === null ? await EmbeddedPostgres.start({ dataDirectory: config.dataDirectory, report }) : null;
  try {
    const urls = embedded?.urls() ?? externalUrls(config);
    const migrationsRun = await migrateUp(urls, schema);
    const { separation, findings } = await checkServer(urls, config);
    for (const finding of findings) report(finding);
    return {
      urls,
      description: embedded === null ? `Postgres at ${new URL(urls.app).host}` : `embedded Postgres in ${embedded.directory}`,
      separation,
      migrationsRun,
      stop: async () => void (await embedded?.stop()),
    };
  } catch (error) {
    // The start's own error is the one to show.
    await embedded?.stop().catch(() => undefined);
    throw error;
  }
}

function externalUrls(config: Config): DatabaseUrls {
  const { url, sequencerUrl, workerUrl, migrationUrl } = config.database;
  if (url === null) throw new Error('there is no DATABASE_URL');
  return { app: url, sequencer: sequencerUrl ?? url, worker: workerUrl ?? url, migration: migrationUrl ?? url };
}
