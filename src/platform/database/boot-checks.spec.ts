import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { UnfitDatabaseError, checkServer, whyUnfit } from './boot-checks.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { migrateUp } from './migration-runner.js';
import { SCHEMA } from '../../../migrations/index.js';
import { type TestDatabase, openTestDatabase } from '../../../test/harness/postgres.js';

describe('the boot checks of the database', () => {
  let data = '';
  let server: EmbeddedPostgres;
  before(async () => {
    data = join(mkdtempSync(join(tmpdir(), 'quantonium-checks-')), 'data');
    chmodSync(dirname(data), 0o711);
    server = await EmbeddedPostgres.start({ dataDirectory: data, report: () => undefined });
  });
  after(async () => {
    await server.stop();
    rmSync(dirname(data), { recursive: true, force: true });
  });
  const asSuperuser = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: server.superuserUrl() });
    await client.connect();
    await client.query(sql);
    await client.end();
  };

  it('find nothing to say of the embedded server', async () => {
    assert.deepEqual(await checkServer(server.urls(), { production: true }), { separation: true, findings: [] });
  });

  it('report one login for everything, and refuse it in production', async () => {
    const { migration } = server.urls();
    const one = { app: migration, sequencer: migration, worker: migration, migration };
    const check = await checkServer(one, { production: false });
    assert.equal(check.separation, false);
    assert.match(check.findings.join(), /separation of database logins is off/);
    await assert.rejects(checkServer(one, { production: true }), UnfitDatabaseError);
  });

  it('ask as the only login that a process holds, and find out that it owns the schema', async () => {
    const { app, worker, migration } = server.urls();
    await migrateUp(server.urls(), SCHEMA);
    assert.deepEqual(await checkServer({ app }, { production: true }), { separation: true, findings: [] });
    assert.deepEqual(await checkServer({ worker }, { production: true }), { separation: true, findings: [] });
    await assert.rejects(checkServer({ app: migration }, { production: true }), /quantonium_migrator owns the schema/);
    assert.equal((await checkServer({ app: migration }, { production: false })).separation, false);
  });

  it('refuse in production a login that is a member of another, or a superuser', async () => {
    await asSuperuser('GRANT quantonium_sequencer TO quantonium_app');
    await assert.rejects(checkServer(server.urls(), { production: true }), /quantonium_app is a member of quantonium_sequencer/);
    await asSuperuser('REVOKE quantonium_sequencer FROM quantonium_app; ALTER ROLE quantonium_worker SUPERUSER');
    await assert.rejects(checkServer(server.urls(), { production: true }), /quantonium_worker is a superuser/);
    await asSuperuser('ALTER ROLE quantonium_worker NOSUPERUSER');
  });
});

describe('the boot checks of a server that a power cut would rob', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it('refuse each by itself: an older server, fsync off, full_page_writes off', () => {
    const fit = { version: '150000', fsync: 'on', pages: 'on' };
    assert.equal(whyUnfit(fit), null);
    assert.match(whyUnfit({ ...fit, version: '149999' })!, /^Postgres 14 is too old/);
    for (const off of [{ fsync: 'off' }, { pages: 'off' }]) assert.match(whyUnfit({ ...fit, ...off })!, /fsync or full_page_writes off/);
  });

  it('refuse fsync=off, which the tests themselves run with', async () => {
    await assert.rejects(checkServer(database.urls, { production: false }), /fsync or full_page_writes off/);
  });
});
