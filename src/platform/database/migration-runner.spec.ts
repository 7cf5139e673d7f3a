import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../../../migrations/index.js';
import { openEmptyDatabase } from '../../../test/harness/postgres.js';
import { type Schema, SchemaAheadError, migrateDown, migrateUp } from './migration-runner.js';

class Later1999999999999 implements MigrationInterface {
  readonly name = 'Later1999999999999';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE platform.later (secret text, open text)');
    await runner.query("CREATE FUNCTION platform.shout() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$");
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION platform.shout(); DROP TABLE platform.later');
  }
}

class Broken2000000000000 implements MigrationInterface {
  readonly name = 'Broken2000000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE platform.broken ()');
    await runner.query('SELECT nothing FROM nowhere');
  }
  async down(): Promise<void> {}
}

const with_ = (...more: readonly (new () => MigrationInterface)[]): Schema => ({ ...SCHEMA, migrations: [...SCHEMA.migrations, ...more] });

describe('migrations', () => {
  let database: Awaited<ReturnType<typeof openEmptyDatabase>>;
  beforeEach(async () => {
    database = await openEmptyDatabase();
  });
  afterEach(() => database.close());

  const tables = async (): Promise<string[]> =>
    (await database.query<{ name: string }>("SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1")).map(({ name }) => name);
  /** Everything that migrations can make, as text: columns, constraints, indexes, triggers, functions, rights. */
  const shape = async (): Promise<object[]> =>
    database.query(`
      SELECT 'column' AS kind, table_schema || '.' || table_name AS of, column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS what FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
      UNION ALL SELECT 'constraint', conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0 AND connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
      UNION ALL SELECT 'index', tablename, indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
      UNION ALL SELECT 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT 'function', pronamespace::regnamespace::text, oid::regprocedure::text || coalesce(proacl::text, '') || md5(prosrc) FROM pg_proc WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
      UNION ALL SELECT 'rights', relnamespace::regnamespace::text, relname || coalesce(relacl::text, '') FROM pg_class WHERE relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      ORDER BY 1, 2, 3`);

  it('go up, down and up again to the same schema', async () => {
    assert.equal((await migrateUp(database.urls, SCHEMA)).length, SCHEMA.migrations.length);
    const before = await shape();
    const undone = await migrateDown(database.urls, SCHEMA);
    assert.deepEqual(undone, SCHEMA.migrations.map((migration) => migration.name).reverse());
    assert.deepEqual(await tables(), ['platform.migration']);
    assert.equal((await migrateUp(database.urls, SCHEMA)).length, SCHEMA.migrations.length);
    assert.deepEqual(await shape(), before);
  });

  it('go down one at a time, the last first', async () => {
    await migrateUp(database.urls, with_(Later1999999999999));
    assert.deepEqual(await migrateDown(database.urls, with_(Later1999999999999), 1), ['Later1999999999999']);
    assert.equal((await tables()).includes('platform.later'), false);
    assert.ok((await tables()).includes('platform.version_counter'));
  });

  it('run once when two processes start at once', async () => {
    const runs = await Promise.all([migrateUp(database.urls, SCHEMA), migrateUp(database.urls, SCHEMA), migrateUp(database.urls, SCHEMA)]);
    assert.deepEqual(runs.map((ran) => ran.length).sort(), [0, 0, SCHEMA.migrations.length]);
  });

  it('leave nothing of any when one of them fails', async () => {
    await assert.rejects(migrateUp(database.urls, with_(Broken2000000000000)), /does not exist/);
    assert.deepEqual(await tables(), []);
  });

  it('refuse a database that a newer version has migrated, up and down', async () => {
    await migrateUp(database.urls, with_(Later1999999999999));
    await assert.rejects(migrateUp(database.urls, SCHEMA), (error) => error instanceof SchemaAheadError && error.unknown.join() === 'Later1999999999999');
    await assert.rejects(migrateDown(database.urls, SCHEMA), SchemaAheadError);
    assert.ok((await tables()).includes('platform.later'));
  });

  it('take back, at the next start, a right that left the list, and every right that nobody listed', async () => {
    const generous: Schema = { ...with_(Later1999999999999), grants: [...SCHEMA.grants, { on: 'TABLE platform.later', app: 'SELECT (secret), INSERT', worker: 'ALL' }] };
    await migrateUp(database.urls, generous);
    await database.query('GRANT ALL ON platform.version_counter TO quantonium_worker; GRANT SELECT ON platform.later TO PUBLIC');
    const may = async (url: string, sql: string): Promise<boolean> => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(sql);
        return true;
      } catch (error) {
        assert.equal((error as { code?: string }).code, '42501');
        return false;
      } finally {
        await client.end();
      }
    };
    const { app, worker } = database.urls;
    assert.equal(await may(app, 'SELECT secret FROM platform.later'), true);
    assert.equal(await may(worker, 'UPDATE platform.version_counter SET version = 0'), true);
    assert.equal(await may(app, 'SELECT platform.shout()'), false, 'a function is nobody’s until it is listed');
    await migrateUp(database.urls, { ...generous, grants: [...SCHEMA.grants, { on: 'TABLE platform.later', app: 'SELECT (open)' }] });
    assert.equal(await may(app, 'SELECT open FROM platform.later'), true);
    assert.equal(await may(app, 'SELECT secret FROM platform.later'), false);
    assert.equal(await may(app, 'INSERT INTO platform.later VALUES (NULL, NULL)'), false);
    assert.equal(await may(worker, 'SELECT * FROM platform.later'), false);
    assert.equal(await may(worker, 'UPDATE platform.version_counter SET version = 0'), false);
  });

  it('work with one login for everything', async () => {
    const { migration } = database.urls;
    await migrateUp({ app: migration, sequencer: migration, worker: migration, migration }, SCHEMA);
    assert.ok((await tables()).length > 1);
  });
});
