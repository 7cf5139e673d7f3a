import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { poolSource, readerPool } from '#platform/database/data-sources.js';
import type { DatabaseUrls } from '#platform/database/database-urls.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { closeDatabase } from '#platform/database/embedded/logins.js';
import { migrateUp } from '#platform/database/migration-runner.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { SCHEMA } from '../../migrations/index.js';
import { isRunning, testDirectory } from './data-directory.js';

/** A migrated database of its own on a real Postgres, for one spec or one test. */
export interface TestDatabase {
  readonly app: UnitOfWork;
  readonly sequencer: SequencerUnitOfWork;
  readonly worker: WorkerUnitOfWork;
  readonly urls: DatabaseUrls;
  /** As superuser: to look at what was left, and to break what only a superuser can. */
  query<T extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

let server: Promise<EmbeddedPostgres> | null = null;

/**
 * The cluster of the run: started by the first process that needs it, adopted by the others, stopped by the last one
 * out. Not durable: a test that pulls the plug brings its own. It stays on disk between runs unless the global setup
 * made it, because making it takes ten times as long as finding it.
 */
export function testServer(): Promise<EmbeddedPostgres> {
  server ??= startTestServer(testDirectory());
  return server;
}

export async function startTestServer(directory: string): Promise<EmbeddedPostgres> {
  // Passable by the account that Postgres runs as when the tests run as root.
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o711);
  const started = await EmbeddedPostgres.start({ dataDirectory: directory, isDurable: false, connectionsMax: 300, report: () => undefined });
  // The loop is empty: the tests are over.
  process.once('beforeExit', () => void started.stop());
  return started;
}

/** @param cluster of a test's own, for what must not be shared; that of the run unless told. */
export async function openTestDatabase(cluster?: EmbeddedPostgres, connectionsMax = 8): Promise<TestDatabase> {
  const postgres = cluster ?? (await testServer());
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await cloneTemplate(postgres, name);
  const urls = postgres.urls(name);
  const settings = (login: 'app' | 'sequencer' | 'worker') => ({ url: urls[login], applicationName: `test-${login}`, connectionsMax, statementTimeoutMillis: 15_000, onError: () => undefined });
  const open = (login: 'app' | 'sequencer' | 'worker'): Promise<DataSource> => poolSource(settings(login)).initialize();
  const sources = await Promise.all([open('app'), open('sequencer'), open('worker')]);
  const readers = [readerPool(settings('app')), readerPool(settings('sequencer')), readerPool(settings('worker'))] as const;
  const superuser = new Client({ connectionString: postgres.superuserUrl(name) });
  superuser.on('error', () => undefined);
  await superuser.connect();
  return {
    app: new UnitOfWork(sources[0], readers[0]),
    sequencer: new SequencerUnitOfWork(sources[1], readers[1]),
    worker: new WorkerUnitOfWork(sources[2], readers[2]),
    urls,
    query: async <T extends object>(sql: string, params: readonly unknown[] = []) => (await superuser.query<T>(sql, [...params])).rows,
    close: async () => {
      await Promise.all([...sources.map((source) => source.destroy()), ...readers.map((pool) => pool.end())]);
      await superuser.end();
      await asSuperuser(postgres, (client) => client.query(`DROP DATABASE "${name}" WITH (FORCE)`));
    },
  };
}

/** An empty database, for specs of the migrations themselves. */
export async function openEmptyDatabase(): Promise<{ urls: DatabaseUrls; query: TestDatabase['query']; close(): Promise<void> }> {
  const postgres = await testServer();
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await asSuperuser(postgres, async (client) => {
    await client.query(`CREATE DATABASE "${name}" OWNER quantonium_migrator TEMPLATE template0`);
    await closeDatabase(client, name);
  });
  const superuser = new Client({ connectionString: postgres.superuserUrl(name) });
  superuser.on('error', () => undefined);
  await superuser.connect();
  return {
    urls: postgres.urls(name),
    query: async <T extends object>(sql: string, params: readonly unknown[] = []) => (await superuser.query<T>(sql, [...params])).rows,
    close: async () => {
      await superuser.end();
      await asSuperuser(postgres, (client) => client.query(`DROP DATABASE "${name}" WITH (FORCE)`));
    },
  };
}

/** `test`: one process after the other looks for the template and makes it. */
const TEMPLATE_LOCK = 0x51_75_61_71;

/**
 * Copies the migrated template, file by file: through the WAL, as Postgres would by itself, it takes twice the time.
 * The template's name is the digest of the migrations, so a changed one is made anew.
 */
async function cloneTemplate(postgres: EmbeddedPostgres, name: string): Promise<void> {
  const template = `template_${schemaDigest()}`;
  await asSuperuser(postgres, async (client) => {
    // Making the template takes seconds: whoever waits longer would wait for somebody who hangs, and is to say so.
    await client.query("SET lock_timeout = '90s'");
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
    if (rowCount === 0) await makeTemplate(postgres, client, template);
    await client.query(`CREATE DATABASE "${name}" OWNER quantonium_migrator TEMPLATE "${template}" STRATEGY FILE_COPY`);
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
    await closeDatabase(client, name);
  });
}

async function makeTemplate(postgres: EmbeddedPostgres, client: Client, template: string): Promise<void> {
  await sweep(client);
  await client.query(`DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`);
  await client.query(`CREATE DATABASE "${template}" OWNER quantonium_migrator TEMPLATE template0`);
  await closeDatabase(client, template);
  await migrateUp(postgres.urls(template), SCHEMA);
  // Marked last: what is a template is complete.
  await client.query(`ALTER DATABASE "${template}" IS_TEMPLATE true`);
}

/** Databases of test processes that are gone, and templates of migrations that have changed since. */
async function sweep(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>("SELECT datname AS name FROM pg_database WHERE datname ~ '^(test|template)_[0-9a-f]'");
  for (const { name } of rows) {
    const [kind, pid] = name.split('_');
    if (kind === 'test' && isRunning(Number(pid))) continue;
    if (kind === 'template') await client.query(`ALTER DATABASE "${name}" IS_TEMPLATE false`);
    await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  }
}

/** Of the compiled migrations, wherever in a file a statement stands. */
function schemaDigest(): string {
  const directory = join(import.meta.dirname, '../../migrations');
  const files = readdirSync(directory).filter((file) => /^[a-z0-9-]+\.js$/.test(file)).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(directory, file)));
  return hash.digest('hex').slice(0, 16);
}

async function asSuperuser<T>(postgres: EmbeddedPostgres, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: postgres.superuserUrl('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
