import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { MigrationInterface } from 'typeorm';
import { SCHEMA } from '../../../migrations/index.js';
import { openEmptyDatabase } from '../../../test/harness/postgres.js';
import { type Schema, SchemaAheadError, migrateDown, migrateUp } from './migration-runner.js';
import { SchemaBehindError, ownsSchema, refuseOtherVersion } from './schema-version.js';

class Later1999999999999 implements MigrationInterface {
  readonly name = 'Later1999999999999';
  async up(): Promise<void> {}
  async down(): Promise<void> {}
}

const NEWER: Schema = { ...SCHEMA, migrations: [...SCHEMA.migrations, Later1999999999999] };
const WORKING = ['app', 'sequencer', 'worker'] as const;

describe('the version of the schema, asked by a process that does not migrate', () => {
  let database: Awaited<ReturnType<typeof openEmptyDatabase>>;
  beforeEach(async () => {
    database = await openEmptyDatabase();
  });
  afterEach(() => database.close());

  it('is good for every login when it is the one that the code knows', async () => {
    await migrateUp(database.urls, SCHEMA);
    for (const login of WORKING) await refuseOtherVersion(database.urls[login], SCHEMA);
  });

  it('is refused when it is behind, naming what lacks and what to run', async () => {
    await migrateUp(database.urls, SCHEMA);
    for (const login of WORKING) {
      await assert.rejects(refuseOtherVersion(database.urls[login], NEWER), (error) => error instanceof SchemaBehindError && /Later1999999999999.*npm run migrate/.test(error.message));
    }
  });

  it('is refused when it is ahead', async () => {
    await migrateUp(database.urls, NEWER);
    await assert.rejects(refuseOtherVersion(database.urls.app, SCHEMA), (error) => error instanceof SchemaAheadError && error.unknown.join() === 'Later1999999999999');
  });

  it('is refused as behind in an empty database, in one that was undone, and for a login that was given nothing', async () => {
    const isBehind = (error: unknown): boolean => error instanceof SchemaBehindError && /npm run migrate/.test(error.message);
    await assert.rejects(refuseOtherVersion(database.urls.app, SCHEMA), isBehind);
    await migrateUp({ ...database.urls, worker: database.urls.app }, SCHEMA);
    await assert.rejects(refuseOtherVersion(database.urls.worker, SCHEMA), isBehind);
    await migrateDown(database.urls, SCHEMA);
    await assert.rejects(refuseOtherVersion(database.urls.app, SCHEMA), isBehind);
  });

  it('may be changed by its owner alone, or, before there is one, by the owner of the database', async () => {
    const owners = async (): Promise<boolean[]> => Promise.all([database.urls.migration, ...WORKING.map((login) => database.urls[login])].map(ownsSchema));
    assert.deepEqual(await owners(), [true, false, false, false]);
    await migrateUp(database.urls, SCHEMA);
    assert.deepEqual(await owners(), [true, false, false, false]);
  });
});
