import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Keyring } from '#modules/crypto/index.js';
import { poolSource } from '#platform/database/data-sources.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { SealKey } from '../../src/modules/crypto/seals/seal-key.js';
import { sealOpening } from './hierarchy.js';
import { testKeyring, unrecorded } from './keyring.js';
import type { TestDatabase } from './postgres.js';
import type { TestHome } from './server.js';

/**
 * Somebody with an installation's root key and database, beside its running servers: for what no route does yet
 * (revoking a key) and for what only the database shows (which process holds a job).
 */
export interface Insider {
  readonly keyring: Keyring;
  /** As the login of a process that serves requests. */
  readonly app: UnitOfWork;
  /** As superuser. */
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Somebody with the database alone: where no root key lies beside it. */
export async function openDatabase(home: TestHome): Promise<Pick<Insider, 'query' | 'close'> & { readonly postgres: EmbeddedPostgres }> {
  const postgres = await EmbeddedPostgres.start({ dataDirectory: home.environment['QUANTONIUM_DATA_DIR']!, report: () => undefined });
  const client = new pg.Client({ connectionString: postgres.superuserUrl() });
  await client.connect();
  return {
    postgres,
    query: async <Row extends object>(sql: string, parameters: unknown[] = []) => (await client.query<Row>(sql, parameters)).rows,
    close: async () => {
      await client.end();
      await postgres.stop();
    },
  };
}

export async function openInsider(home: TestHome): Promise<Insider> {
  const { postgres, query, close } = await openDatabase(home);
  const source = await poolSource({ url: postgres.urls().app, applicationName: 'insider', connectionsMax: 2, statementTimeoutMillis: 15_000, onError: () => undefined }).initialize();
  const app = new UnitOfWork(source);
  /* The keys of access tokens are the api's: of the other logins none is asked. */
  const logins = { app, sequencer: new SequencerUnitOfWork(source), worker: new WorkerUnitOfWork(source) };
  const keyring = testKeyring(logins as unknown as TestDatabase, { roles: ['api'], rootKey: null });
  keyring.unseal(await sealOpening(app).hierarchy.open(SealKey.takeOver(readFileSync(home.environment['ROOT_KEY_FILE']!))), unrecorded);
  return {
    keyring,
    app,
    query,
    close: async () => {
      await source.destroy();
      await close();
    },
  };
}
