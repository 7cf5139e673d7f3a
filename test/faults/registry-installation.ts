import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { loginOwner } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { RegistryClient } from '../harness/registry-client.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';

/** An installation whose servers die, one after the other or several at once, on one database, which this process keeps up. */
export interface RegistryInstallation {
  readonly home: TestHome;
  readonly database: pg.Client;
  /** The registry's directory. */
  readonly directory: string;
  /** The owner, at that server. Their key outlives it. */
  at(server: RunningServer): RegistryClient;
  /** An access token of the owner's. */
  owner(server: RunningServer): Promise<string>;
  /** The first server, without which nobody has a key. It is stopped by whoever asked for it. */
  start(variables?: Readonly<Record<string, string>>): Promise<RunningServer>;
  close(): Promise<void>;
}

export async function openRegistryInstallation(environment: Readonly<Record<string, string>> = {}): Promise<RegistryInstallation> {
  const home = await installedHome(environment);
  const dataDirectory = home.environment['QUANTONIUM_DATA_DIR']!;
  const postgres = await EmbeddedPostgres.start({ dataDirectory, report: () => undefined });
  const database = new pg.Client({ connectionString: postgres.superuserUrl() });
  await database.connect();
  let key: string | null = null;
  return {
    home,
    database,
    directory: join(dataDirectory, 'registry'),
    at: (server) => new RegistryClient(server, key ?? ''),
    owner: loginOwner,
    start: async (variables) => {
      const server = await startServer(home, variables);
      key ??= (await RegistryClient.of(server)).key;
      return server;
    },
    close: async () => {
      await database.end();
      await postgres.stop();
      await home.dispose();
    },
  };
}

/** Every file below the directory, by its path in it, in order. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
