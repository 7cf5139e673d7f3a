import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { entityManagerOf, type UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { openHierarchy } from '../../../../test/harness/hierarchy.js';
import { testKeyring } from '../../../../test/harness/keyring.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { KEY_PURPOSE_NAMES } from '../domain/key-version.js';

const WRAPPED = 'wrapped_private_key, nonce';

describe('what each login may do with keys', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
    await openHierarchy(database.app);
    const keyring = testKeyring(database);
    for (const purpose of KEY_PURPOSE_NAMES) await keyring.signer(purpose);
  });
  after(() => database.close());

  const rows = (login: UnitOfWork, sql: string): Promise<unknown[]> => login.run(systemPrincipal('spec'), (tx) => entityManagerOf(tx).query<unknown[]>(sql));
  const denied = (login: UnitOfWork, sql: string): Promise<void> => assert.rejects(rows(login, sql), /permission denied/);

  it('shows every login the public columns of every key', async () => {
    for (const login of [database.app, database.sequencer, database.worker]) assert.equal((await rows(login, 'SELECT * FROM crypto.public_key_version')).length, KEY_PURPOSE_NAMES.length);
  });

  it('shows no login the table itself', async () => {
    for (const login of [database.app, database.sequencer, database.worker]) await denied(login, 'SELECT id FROM crypto.key_version');
  });

  it('shows the application the wrapped keys of the api alone', async () => {
    assert.deepEqual(await rows(database.app, 'SELECT purpose FROM crypto.api_key_version ORDER BY purpose'), [{ purpose: 'attestation' }, { purpose: 'jwt' }, { purpose: 'registry' }, { purpose: 'registry-token' }]);
    await denied(database.app, `SELECT ${WRAPPED} FROM crypto.ledger_key_version`);
  });

  it('shows the sequencer the wrapped keys of the ledger alone', async () => {
    assert.equal((await rows(database.sequencer, `SELECT ${WRAPPED} FROM crypto.ledger_key_version`)).length, 3);
    await denied(database.sequencer, `SELECT ${WRAPPED} FROM crypto.api_key_version`);
  });

  it('shows the worker no wrapped key and no seal', async () => {
    await denied(database.worker, `SELECT ${WRAPPED} FROM crypto.api_key_version`);
    await denied(database.worker, `SELECT ${WRAPPED} FROM crypto.ledger_key_version`);
    await denied(database.worker, 'SELECT check_value FROM crypto.seal');
  });

  it("shows the sequencer the house's key and no project's, and the worker neither", async () => {
    assert.equal((await rows(database.sequencer, 'SELECT wrapped_key FROM crypto.house_key')).length, 1);
    await denied(database.sequencer, 'SELECT wrapped_key FROM crypto.project_key');
    for (const table of ['house_key', 'project_key', 'root_key']) await denied(database.worker, `SELECT wrapped_key FROM crypto.${table}`);
  });

  it("refuses the sequencer a project's key, put through the view of the house's", () =>
    denied(database.sequencer, "INSERT INTO crypto.house_key (project_id, root_version, wrapped_key, created_at) SELECT gen_random_uuid(), 1, wrapped_key, now() FROM crypto.house_key"));

  it('refuses every login to replace or destroy a root key, or the key of a project', async () => {
    for (const login of [database.app, database.sequencer]) {
      for (const table of ['root_key', 'house_key', 'project_key']) {
        await denied(login, `UPDATE crypto.${table} SET wrapped_key = wrapped_key`);
        await denied(login, `DELETE FROM crypto.${table}`);
      }
    }
  });

  it('refuses every login a second root key, whatever its version', async () => {
    for (const login of [database.app, database.sequencer]) {
      for (const version of [1, 2, 7]) await assert.rejects(rows(login, `INSERT INTO crypto.root_key (version, wrapped_key, created_at) SELECT ${version}, wrapped_key, now() FROM crypto.root_key`), /adds no root key/);
    }
  });

  it('refuses the application a key of the ledger, put through its own view', () =>
    assert.rejects(
      rows(database.app, `INSERT INTO crypto.api_key_version SELECT repeat('a', 43), 'result', 9, 'Ed25519', 'retiring', public_key, wrapped_private_key, decode(repeat('00', 12), 'hex'), now() FROM crypto.api_key_version`),
      /check option/,
    ));

  it('refuses every login to change anything of a key but its state, to delete one, and to bind the database anew', async () => {
    await denied(database.app, 'UPDATE crypto.api_key_version SET public_key = public_key');
    await denied(database.app, 'DELETE FROM crypto.api_key_version');
    await denied(database.sequencer, 'UPDATE crypto.ledger_key_version SET wrapped_private_key = wrapped_private_key');
    await denied(database.app, 'UPDATE crypto.seal SET check_value = check_value');
    await denied(database.app, 'DELETE FROM crypto.seal');
  });

  it('shows keys of projects to the application alone, which changes neither whose they are nor what was wrapped', async () => {
    for (const table of ['transit_key', 'transit_key_version', 'transit_wrapping_key']) {
      assert.deepEqual(await rows(database.app, `SELECT * FROM crypto.${table}`), []);
      for (const login of [database.sequencer, database.worker]) await denied(login, `SELECT * FROM crypto.${table}`);
    }
    for (const column of ['id', 'project_id', 'name', 'type', 'derived', 'allow_rotation']) await denied(database.app, `UPDATE crypto.transit_key SET ${column} = ${column}`);
    for (const column of ['version', 'public_key', 'wrapped_secret', 'wrapped_hmac_key']) await denied(database.app, `UPDATE crypto.transit_key_version SET ${column} = ${column}`);
    await denied(database.app, 'UPDATE crypto.transit_wrapping_key SET wrapped_secret = wrapped_secret');
    await denied(database.app, 'DELETE FROM crypto.transit_wrapping_key');
  });
});
