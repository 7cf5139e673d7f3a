import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { testKeyring } from '../../../test/harness/keyring.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { KEY_PURPOSE_NAMES, KEY_PURPOSES } from './domain/key-version.js';
import type { Keyring } from './keyring.js';
import { keyThumbprint } from './signature-algorithms.js';

const MESSAGE = Buffer.from('message');
const SYSTEM = systemPrincipal('spec');
const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.kind.code === code;

describe('Keyring', () => {
  let database: TestDatabase;
  beforeEach(async () => (database = await openTestDatabase()));
  afterEach(() => database.close());

  const counter = async (): Promise<number> => Number((await database.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'keyring'`))[0]!.version);
  async function rotate(keyring: Keyring): Promise<{ keyId: string; version: number }> {
    const prepared = await keyring.prepare('jwt');
    await database.app.run(SYSTEM, (tx) => keyring.announce(tx, prepared));
    return database.app.run(SYSTEM, (tx) => keyring.rotate(tx, 'jwt'));
  }

  for (const purpose of KEY_PURPOSE_NAMES) {
    it(`makes version 1 for ${purpose} when it is first asked, which verifies on every replica`, async () => {
      const signer = await testKeyring(database).signer(purpose);
      assert.equal(signer.algorithm, KEY_PURPOSES[purpose].algorithm);
      assert.equal(signer.keyId, keyThumbprint(signer.algorithm, signer.publicKey));
      const signature = await signer.sign(MESSAGE);
      const verifier = await testKeyring(database).verifier(purpose, signer.keyId);
      assert.equal(verifier?.verify(MESSAGE, signature), true);
      assert.equal(verifier.verify(Buffer.from('other'), signature), false);
    });
  }

  it('keeps a signer over restarts', async () => {
    const { keyId } = await testKeyring(database).signer('jwt');
    assert.equal((await testKeyring(database).signer('jwt')).keyId, keyId);
  });

  it('makes exactly one version 1 when six replicas ask at once', async () => {
    const signers = await Promise.all(Array.from({ length: 6 }, () => testKeyring(database).signer('jwt')));
    assert.equal(new Set(signers.map((signer) => signer.keyId)).size, 1);
    assert.equal((await database.query(`SELECT FROM crypto.key_version WHERE purpose = 'jwt'`)).length, 1);
  });

  it('rotates: the next key signs, the old one still verifies, on a replica that cached both', async () => {
    const [one, two] = [testKeyring(database), testKeyring(database)];
    const old = await two.signer('jwt');
    const signature = await old.sign(MESSAGE);
    const { keyId, version } = await rotate(one);
    assert.equal(version, 2);
    assert.equal((await two.signer('jwt')).keyId, keyId);
    const verifiers = await two.verifiers('jwt', await counter());
    assert.deepEqual(verifiers.map(({ state }) => state), ['retiring', 'active']);
    assert.equal(verifiers[0]!.verify(MESSAGE, signature), true);
  });

  it('publishes an announced key before it signs', async () => {
    const keyring = testKeyring(database);
    const active = await keyring.signer('jwt');
    const prepared = await keyring.prepare('jwt');
    await database.app.run(SYSTEM, (tx) => keyring.announce(tx, prepared));
    assert.deepEqual((await keyring.verifiers('jwt', await counter())).map(({ keyId, state }) => [keyId, state]), [[active.keyId, 'active'], [prepared.id, 'next']]);
    assert.equal((await keyring.signer('jwt')).keyId, active.keyId);
  });

  it('refuses to rotate to nothing, to announce twice, and to announce what another replica has overtaken', async () => {
    const keyring = testKeyring(database);
    await keyring.signer('jwt');
    await assert.rejects(database.app.run(SYSTEM, (tx) => keyring.rotate(tx, 'jwt')), isFault('key-transition-refused'));
    const [first, second] = [await keyring.prepare('jwt'), await keyring.prepare('jwt')];
    await database.app.run(SYSTEM, (tx) => keyring.announce(tx, first));
    await assert.rejects(database.app.run(SYSTEM, (tx) => keyring.announce(tx, second)), isFault('key-transition-refused'));
    await database.app.run(SYSTEM, (tx) => keyring.rotate(tx, 'jwt'));
    await assert.rejects(database.app.run(SYSTEM, (tx) => keyring.announce(tx, second)), isFault('key-transition-refused'));
  });

  it('refuses a revoked key at once wherever the counter is known, and cannot bring it back', async () => {
    const [one, two] = [testKeyring(database), testKeyring(database)];
    const old = await one.signer('jwt');
    assert.equal((await two.verifiers('jwt')).length, 1);
    await rotate(one);
    await database.app.run(SYSTEM, (tx) => one.revoke(tx, 'jwt', old.keyId));
    assert.equal(await two.verifier('jwt', old.keyId, await counter()), null);
    await assert.rejects(database.app.run(SYSTEM, (tx) => one.revoke(tx, 'jwt', old.keyId)), isFault('key-transition-refused'));
    await assert.rejects(database.query(`UPDATE crypto.key_version SET state = 'active' WHERE id = $1`, [old.keyId]), /does not go from revoked/);
  });

  it('leaves no trace of a rotation that was rolled back', async () => {
    const keyring = testKeyring(database);
    const { keyId } = await keyring.signer('jwt');
    const prepared = await keyring.prepare('jwt');
    const before = await counter();
    await assert.rejects(
      database.app.run(SYSTEM, async (tx) => {
        await keyring.announce(tx, prepared);
        await keyring.rotate(tx, 'jwt');
        throw new Error('the deed failed');
      }),
    );
    assert.equal(await counter(), before);
    assert.equal((await keyring.signer('jwt')).keyId, keyId);
  });

  it('asks the database once for many that ask at once, and not at all while the version is known', async () => {
    const keyring = testKeyring(database);
    await keyring.signer('jwt');
    const version = await counter();
    const statements = async (): Promise<number> =>
      Number((await database.query<{ n: string }>(`SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()`))[0]!.n);
    const before = await statements();
    for (let index = 0; index < 200; index += 1) await keyring.verifiers('jwt', version);
    assert.ok((await statements()) - before < 20);
  });

  it('knows a key that another replica has just made', async () => {
    const [one, two] = [testKeyring(database), testKeyring(database)];
    assert.deepEqual(await two.verifiers('jwt'), []);
    const { keyId } = await one.signer('jwt');
    assert.equal((await two.verifier('jwt', keyId))?.keyId, keyId);
  });

  it('ignores a row that was written without the root key, and says so', async () => {
    const foreign: string[] = [];
    const keyring = testKeyring(database, { foreign });
    const own = await keyring.signer('jwt');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const planted = keyThumbprint('ES256', publicKey);
    await database.query(
      `INSERT INTO crypto.key_version VALUES ($1, 'jwt', 2, 'ES256', 'retiring', $2, $3, $4, now())`,
      [planted, publicKey.export({ type: 'spki', format: 'der' }), Buffer.alloc(150, 1), Buffer.alloc(12, 1)],
    );
    await database.query(`UPDATE platform.version_counter SET version = version + 1 WHERE name = 'keyring'`);
    assert.deepEqual((await keyring.verifiers('jwt', await counter())).map(({ keyId }) => keyId), [own.keyId]);
    assert.deepEqual(foreign, [planted]);
  });

  it('verifies and never signs in a process that holds nothing', async () => {
    const signature = await (await testKeyring(database).signer('result')).sign(MESSAGE);
    const worker = testKeyring(database, { roles: ['worker'], rootKey: null });
    assert.equal((await worker.verifiers('result'))[0]?.verify(MESSAGE, signature), true);
    await assert.rejects(worker.signer('result'), isFault('keyring-sealed'));
    assert.throws(() => worker.mac('x', MESSAGE), isFault('keyring-sealed'));
  });

  it('signs in each process only what its roles hold, with verifiers of everything', async () => {
    const [api, ledger] = [testKeyring(database, { roles: ['api'] }), testKeyring(database, { roles: ['ledger'] })];
    await assert.rejects(api.signer('audit-checkpoint'), isFault('keyring-sealed'));
    await assert.rejects(ledger.signer('jwt'), isFault('keyring-sealed'));
    await Promise.all([api.signer('jwt'), api.signer('registry'), api.signer('registry-token'), api.signer('attestation'), ledger.signer('audit-checkpoint'), ledger.signer('audit-cosign'), ledger.signer('result')]);
    const version = await counter();
    for (const keyring of [api, ledger]) for (const purpose of KEY_PURPOSE_NAMES) assert.equal((await keyring.verifiers(purpose, version)).length, 1, purpose);
  });

  it('gives no verifiers of what it holds while it is sealed', async () => {
    await testKeyring(database).signer('jwt');
    const sealed = testKeyring(database, { rootKey: null });
    assert.deepEqual(await sealed.verifiers('jwt'), []);
    await assert.rejects(sealed.signer('jwt'), isFault('keyring-sealed'));
  });

  it('macs the same bytes alike on every replica, and differently for another purpose or root key', () => {
    const mac = testKeyring(database).mac('login-throttle', MESSAGE);
    assert.equal(mac.length, 32);
    assert.ok(testKeyring(database).mac('login-throttle', MESSAGE).equals(mac));
    assert.ok(!testKeyring(database).mac('source', MESSAGE).equals(mac));
    assert.ok(!testKeyring(database, { rootKey: Buffer.alloc(32, 8) }).mac('login-throttle', MESSAGE).equals(mac));
    assert.throws(() => testKeyring(database).mac('Login Throttle', MESSAGE));
  });

  it('holds no private key where it can be printed', async () => {
    const keyring = testKeyring(database);
    const signer = await keyring.signer('jwt');
    assert.deepEqual(Object.keys(signer), ['keyId', 'algorithm', 'publicKey', 'sign']);
    assert.equal(JSON.stringify(keyring), '{}');
  });
});
