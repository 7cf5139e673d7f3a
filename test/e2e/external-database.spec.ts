import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { DatabaseUrls } from '#platform/database/database-urls.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { closeDatabase } from '#platform/database/embedded/logins.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from './programs.js';

const BELL_JOB = { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1 };

/**
 * A Postgres that is somebody else's: to the server, nothing but connection strings. Durable, unlike that of the other
 * specs, since a server refuses one that is not.
 */
describe('a server on a database of the operator', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let home: TestHome;
  let urls: DatabaseUrls;
  let name: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-external-'));
    chmodSync(directory, 0o711);
    postgres = await EmbeddedPostgres.start({ dataDirectory: join(directory, 'data'), report: () => undefined });
  });
  after(async () => {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const asSuperuser = async (database: string, work: (client: Client) => Promise<unknown>): Promise<void> => {
    const client = new Client({ connectionString: postgres.superuserUrl(database) });
    await client.connect();
    await work(client).finally(() => client.end());
  };
  beforeEach(async () => {
    name = `external_${randomBytes(4).toString('hex')}`;
    await asSuperuser('postgres', async (client) => {
      await client.query(`CREATE DATABASE ${name} OWNER quantonium_migrator TEMPLATE template0`);
      await closeDatabase(client, name);
    });
    urls = postgres.urls(name);
    home = createHome();
    // Production makes no root key by itself.
    writeFileSync(home.environment['ROOT_KEY_FILE']!, randomBytes(32), { mode: 0o400 });
  });
  afterEach(async () => {
    await home.dispose();
    await asSuperuser('postgres', (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });

  const PRODUCTION = { NODE_ENV: 'production', SHUTDOWN_DELAY_MILLIS: '0' } as const;
  const fourLogins = (): Record<string, string> => ({
    DATABASE_URL: urls.app,
    DATABASE_SEQUENCER_URL: urls.sequencer,
    DATABASE_WORKER_URL: urls.worker,
    DATABASE_MIGRATION_URL: urls.migration,
  });
  const role = {
    api: () => startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'api', DATABASE_URL: urls.app }),
    ledger: () => startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'ledger', DATABASE_SEQUENCER_URL: urls.sequencer }),
    worker: () => startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'worker', DATABASE_WORKER_URL: urls.worker, ROOT_KEY_FILE: join(home.directory, 'not-there') }),
  } as const;
  const migrate = () => promisify(execFile)(process.execPath, ['dist/src/app/commands/migrate.js'], { env: { ...home.environment, ...PRODUCTION, ...fourLogins() } });

  /** The job of the product: run a circuit, get its counts, get its receipt. */
  const completesJob = async (server: RunningServer): Promise<void> => {
    const token = await loginOwner(server);
    const finished = await call<{ status: string; id: string }>(server, 'POST', '/v1/simulations', { token, headers: { prefer: 'wait=30' }, json: BELL_JOB });
    assert.equal(finished.body.status, 'succeeded', finished.text);
    const receipt = await eventually(() => call(server, 'GET', `/v1/simulations/${finished.body.id}/receipt`, { token }), (answer) => answer.status === 200);
    assert.match(receipt.text, /^c2sp\.org\/tlog-proof@v1/);
  };

  it('migrates it and does its job in production with four logins', async () => {
    const server = await startServer(home, { ...PRODUCTION, ...fourLogins() });
    assert.doesNotMatch(server.output(), /separation of (database logins|duties) is off/);
    await completesJob(server);
    assert.equal(await server.stop(), 0, server.output());
  });

  it('works with one login outside production and says what that costs; production refuses it', async () => {
    // An operator's one login is not held to the ten connections that our cluster gives to migrations.
    await asSuperuser(name, (client) => client.query('ALTER ROLE quantonium_migrator CONNECTION LIMIT 80'));
    const server = await startServer(home, { DATABASE_URL: urls.migration });
    assert.match(server.output(), /the separation of duties is off/);
    await completesJob(server);
    assert.equal(await server.stop(), 0, server.output());
    await assert.rejects(startServer(home, { ...PRODUCTION, DATABASE_URL: urls.migration }), /exited with 78[\s\S]*DATABASE_SEQUENCER_URL.* must be given in production/);
    await assert.rejects(startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'api', DATABASE_URL: urls.migration }), /exited with 78[\s\S]*quantonium_migrator owns the schema/);
  });

  it('does its job as three processes that hold one login each, once it was migrated', async () => {
    await assert.rejects(role.api(), /exited with 78[\s\S]*was not migrated for the login quantonium_app: run npm run migrate/);
    await migrate();
    const servers = await Promise.all([role.api(), role.ledger(), role.worker()]);
    await completesJob(servers[0]);
    for (const server of servers) assert.equal((await call(server, 'GET', '/health/ready')).status, 200, server.output());
    assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), [0, 0, 0]);

    // The ledger process continues the tree: it is the one that must not continue a forged one.
    await asSuperuser(name, (client) => client.query("ALTER TABLE audit.tile DISABLE TRIGGER USER; UPDATE audit.tile SET hashes = sha256('x') || substring(hashes FROM 33) WHERE level = 0"));
    await assert.rejects(role.ledger(), /exited with 78[\s\S]*the ledger's head does not verify/);
  });
});
