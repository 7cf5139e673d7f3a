import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type TestDatabase, openTestDatabase } from '../../../test/harness/postgres.js';
import { entityManagerOf } from './unit-of-work.js';
import { VersionCounters } from './version-counters.js';

const principal = systemPrincipal('spec');

describe('a unit of work', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it('keeps what was done when the work succeeds', async () => {
    const version = await database.app.run(principal, (tx) => new VersionCounters().bump(tx, 'policy'));
    assert.deepEqual(await database.query("SELECT version FROM platform.version_counter WHERE name = 'policy'"), [{ version: String(version) }]);
  });

  it('leaves nothing when the work throws', async () => {
    const before = await database.query('SELECT * FROM platform.version_counter');
    await assert.rejects(database.app.run(principal, async (tx) => {
      await entityManagerOf(tx).query("UPDATE platform.version_counter SET version = 99");
      throw new Error('changed my mind');
    }), /changed my mind/);
    assert.deepEqual(await database.query('SELECT * FROM platform.version_counter'), before);
  });
});
