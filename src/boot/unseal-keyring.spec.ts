import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AuditLog } from '#modules/audit/index.js';
import { HouseKey, type Seal } from '#modules/crypto/index.js';
import { TEST_ROOT_KEY, testKeyring } from '../../test/harness/keyring.js';
import { testLedger } from '../../test/harness/ledger.js';
import { openTestDatabase, type TestDatabase } from '../../test/harness/postgres.js';
import { unsealKeyring } from './unseal-keyring.js';

const sealOf = (house: () => HouseKey | null): Seal => ({ open: async () => house() }) as unknown as Seal;

describe('unsealing the keyring at boot', () => {
  let database: TestDatabase;
  let log: AuditLog;
  before(async () => {
    database = await openTestDatabase();
    ({ log } = testLedger(database, { rootKey: TEST_ROOT_KEY }));
  });
  after(() => database.close());

  const recorded = async (): Promise<unknown[]> =>
    database.query(`SELECT entry -> 'metadata' ->> 'event_code' AS code, entry -> 'unmapped' ->> 'purpose' AS purpose
      FROM (SELECT convert_from(body, 'UTF8')::json AS entry FROM audit.entry) AS entries ORDER BY 2`);

  it('leaves no key where its making cannot be recorded', async () => {
    const keyring = testKeyring(database, { rootKey: null });
    await database.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      await assert.rejects(unsealKeyring({ seal: sealOf(() => HouseKey.takeOver(Buffer.from(TEST_ROOT_KEY))), keyring, log }));
      assert.deepEqual(await database.query('SELECT FROM crypto.key_version'), []);
    } finally {
      await database.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
  });

  it('leaves the first version of every purpose that the process holds, ready to sign', async () => {
    const keyring = testKeyring(database, { rootKey: null });
    await unsealKeyring({ seal: sealOf(() => HouseKey.takeOver(Buffer.from(TEST_ROOT_KEY))), keyring, log });
    const rows = await database.query('SELECT purpose, version, state FROM crypto.key_version ORDER BY purpose');
    assert.deepEqual(rows, ['attestation', 'audit-checkpoint', 'audit-cosign', 'jwt', 'registry', 'registry-token', 'result'].map((purpose) => ({ purpose, version: 1, state: 'active' })));
  });

  it('has recorded each key that it made, and records none that was there', async () => {
    const entries = ['attestation', 'audit-checkpoint', 'audit-cosign', 'jwt', 'registry', 'registry-token', 'result'].map((purpose) => ({ code: 'crypto.signing-key.create', purpose }));
    assert.deepEqual(await recorded(), entries);
    await unsealKeyring({ seal: sealOf(() => HouseKey.takeOver(Buffer.from(TEST_ROOT_KEY))), keyring: testKeyring(database, { rootKey: null }), log });
    assert.deepEqual(await recorded(), entries);
  });

  it('does nothing in a process that only works', async () => {
    const keyring = testKeyring(database, { roles: ['worker'], rootKey: null });
    await unsealKeyring({ seal: sealOf(() => null), keyring, log });
    assert.deepEqual(keyring.heldPurposes, []);
    assert.equal((await keyring.verifiers('jwt')).length, 1);
  });

  it('fails the boot when the database holds keys of another root key', async () => {
    const keyring = testKeyring(database, { rootKey: null });
    await assert.rejects(unsealKeyring({ seal: sealOf(() => HouseKey.takeOver(Buffer.alloc(32, 9))), keyring, log }));
  });
});
