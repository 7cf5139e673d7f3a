import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RootKey, type RootKeySource } from '#modules/crypto/index.js';
import { TEST_ROOT_KEY, testKeyring } from '../../test/harness/keyring.js';
import { openTestDatabase, type TestDatabase } from '../../test/harness/postgres.js';
import { unsealKeyring } from './unseal-keyring.js';

const sourceOf = (root: () => RootKey | null): RootKeySource => ({ open: async () => root() }) as unknown as RootKeySource;

describe('unsealing the keyring at boot', () => {
  let database: TestDatabase;
  before(async () => (database = await openTestDatabase()));
  after(() => database.close());

  it('leaves the first version of every purpose that the process holds, ready to sign', async () => {
    const keyring = testKeyring(database, { rootKey: null });
    await unsealKeyring({ source: sourceOf(() => RootKey.takeOver(Buffer.from(TEST_ROOT_KEY))), keyring });
    const rows = await database.query('SELECT purpose, version, state FROM crypto.key_version ORDER BY purpose');
    assert.deepEqual(rows, ['audit-checkpoint', 'audit-cosign', 'jwt', 'result'].map((purpose) => ({ purpose, version: 1, state: 'active' })));
  });

  it('does nothing in a process that only works', async () => {
    const keyring = testKeyring(database, { roles: ['worker'], rootKey: null });
    await unsealKeyring({ source: sourceOf(() => null), keyring });
    assert.deepEqual(keyring.heldPurposes, []);
    assert.equal((await keyring.verifiers('jwt')).length, 1);
  });

  it('fails the boot when the database holds keys of another root key', async () => {
    const keyring = testKeyring(database, { rootKey: null });
    await assert.rejects(unsealKeyring({ source: sourceOf(() => RootKey.takeOver(Buffer.alloc(32, 9))), keyring }));
  });
});
