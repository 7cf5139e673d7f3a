import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { asLogin } from './boot-checks.js';
import { admitRelease, ReleaseRollback } from './release-epoch.js';

describe('the epochs of releases', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  const release = (number: number, epoch: number) => ({ digest: `sha256:${String(number).padStart(64, '0')}`, version: `0.0.${number}`, epoch });
  const admit = (number: number, epoch: number, login: 'app' | 'sequencer' | 'worker' = 'app'): Promise<void> => admitRelease({ [login]: database.urls[login] }, release(number, epoch));
  const refuses = (work: Promise<void>): Promise<void> => assert.rejects(work, (error: unknown) => error instanceof ReleaseRollback && /epoch 1, and one of epoch 2 has run/.test(error.message));

  it('let releases of one epoch follow each other in any order, and again', async () => {
    for (const number of [1, 2, 1]) await admit(number, 1);
    assert.deepEqual(await database.query('SELECT version, epoch FROM platform.release ORDER BY version'), [{ version: '0.0.1', epoch: 1 }, { version: '0.0.2', epoch: 1 }]);
  });

  it('refuse a release of an epoch that was left behind, also one that has run before, by every login', async () => {
    await admit(3, 2, 'worker');
    for (const login of ['app', 'sequencer', 'worker'] as const) await refuses(admit(1, 1, login));
    await refuses(admit(4, 1));
    await admit(5, 2);
    assert.equal((await database.query('SELECT FROM platform.release')).length, 4);
  });

  it('cannot be taken back by the logins that servers have', async () => {
    for (const login of ['app', 'sequencer', 'worker'] as const) {
      for (const statement of ['DELETE FROM platform.release', 'UPDATE platform.release SET epoch = 0']) {
        await assert.rejects(asLogin(database.urls[login], 'spec', (client) => client.query(statement)), /permission denied/);
      }
    }
  });
});
