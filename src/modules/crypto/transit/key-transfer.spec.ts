import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { SystemRandomness } from '#platform/system/randomness.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import type { NewKey } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import { wrapForImport } from '../primitives/key-wrap-padding.js';
import { TransitUsageRepository } from '../persistence/transit-usage.repository.js';
import { EncryptionBudget } from './encryption-budget.js';
import { NEWEST_VERSIONS, type SecretExport, type WantedVersions } from './key-export.js';
import { sealedOf } from './restore-request.js';
import { jsonOfSecrets } from './secret-json.js';
import type { TransitEngine } from './transit-engine.js';

const NO_DATA = { associatedData: Buffer.alloc(0) };
const OPEN = { exportable: true, allowPlaintextBackup: true };
const headOf = (key: TransitKey) => ({ name: key.name, type: key.type });

describe('JSON around secrets', () => {
  it('is the JSON of the same texts as strings', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ABCabc019+/=- \n'), maxLength: 200 });
    fc.assert(
      fc.property(fc.record({ name: fc.string(), type: fc.string() }), fc.uniqueArray(fc.nat(1_000), { maxLength: 5 }), text, (head, versions, secret) => {
        const json = jsonOfSecrets(head, versions.map((version) => ({ version, text: Buffer.from(secret) })));
        assert.deepEqual(JSON.parse(json.toString()), JSON.parse(JSON.stringify({ ...head, keys: Object.fromEntries(versions.map((version) => [version, secret])) })));
      }),
    );
  });
});

describe('keys that leave and come back', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let project: string;

  before(async () => {
    database = await openTestDatabase();
    engine = await transitReplica(database);
    project = await newProject(database);
  });
  after(() => database.close());

  const create = async (name: string, over: Partial<NewKey> = {}, on = project): Promise<TransitKey> => (await engine.keys.create(await keyUser(database), on, name, { ...PLAIN_KEY, ...over }, unrecordedDeed)).key;
  const rotate = async (name: string): Promise<TransitKey> => engine.rotation.rotate(await keyUser(database), project, name, unrecordedDeed);
  const exported = async (name: string, kind: SecretExport, wanted: WantedVersions = NEWEST_VERSIONS): Promise<Record<string, string>> => {
    const json = await engine.exports.secrets(await keyUser(database), project, name, kind, wanted, headOf, unrecordedDeed);
    return (JSON.parse(json!.toString()) as { keys: Record<string, string> }).keys;
  };
  const encrypted = async (key: TransitKey, version: number): Promise<Buffer> => KEY_TYPES[key.type].cipher!.encrypt(await engine.directory.handle(key, version), Buffer.from('text'), { ...NO_DATA, nonce: Buffer.alloc(12) });
  const decrypted = async (key: TransitKey, version: number, bytes: Buffer): Promise<string | undefined> => KEY_TYPES[key.type].cipher!.decrypt(await engine.directory.handle(key, version), bytes, NO_DATA)?.toString();

  describe('in clear', () => {
    it('are the secrets that the versions work with', async () => {
      await create('clear', OPEN);
      const key = await rotate('clear');
      const keys = await exported('clear', 'encryption-key');
      assert.deepEqual(Object.keys(keys), ['1', '2']);
      const { cipher, open } = KEY_TYPES[key.type];
      for (const version of [1, 2]) assert.equal(cipher!.decrypt(open(Buffer.from(keys[version]!, 'base64')), await encrypted(key, version), NO_DATA)?.toString(), 'text');
      const [code, ...more] = Object.values(await exported('clear', 'hmac-key', 2));
      assert.deepEqual(more, []);
      assert.deepEqual((await engine.directory.hmacKey(key, 2)).export(), Buffer.from(code!, 'base64'));
    });

    it('come in the forms that Vault gives them', async () => {
      await create('signs', { ...OPEN, type: 'ecdsa-p384' });
      const { 1: pem } = await exported('signs', 'signing-key', 'latest');
      assert.match(pem!, /^-----BEGIN EC PRIVATE KEY-----\n/);
      const shown = await engine.exports.publicKeys(await keyUser(database), project, 'signs', 'latest', unrecordedDeed);
      assert.ok(createPublicKey(createPrivateKey(pem!)).equals(createPublicKey(shown!.keys['1']!)));
      await create('codes', { ...OPEN, type: 'hmac', keyBytes: 64 });
      assert.equal(Buffer.from((await exported('codes', 'hmac-key'))['1']!, 'base64').length, 64);
    });

    it('are recorded before anything is unwrapped, and not let out where that fails', async () => {
      await create('told', OPEN);
      await database.query(`UPDATE crypto.transit_key_version SET wrapped_secret = '\\x00'::bytea || wrapped_secret WHERE key_id = (SELECT id FROM crypto.transit_key WHERE name = 'told')`);
      const told: unknown[] = [];
      const who = await keyUser(database);
      await assert.rejects(engine.exports.secrets(who, project, 'told', 'encryption-key', 1, headOf, async (_, { versions }) => void told.push(versions)), /was not written/);
      assert.deepEqual(told, [[1]]);
      await assert.rejects(engine.exports.secrets(who, project, 'told', 'encryption-key', 1, headOf, () => Promise.reject(new Error('no ledger'))), /no ledger/);
    });

    it('are refused of keys and versions that may not, or cannot', async () => {
      await create('closed');
      await assert.rejects(exported('closed', 'encryption-key'), /private key material is not exportable/);
      await create('once', { ...OPEN, type: 'ed25519' });
      await assert.rejects(exported('once', 'encryption-key'), /encryption not supported for the key/);
      await assert.rejects(exported('clear', 'signing-key'), /signing not supported for the key/);
      await assert.rejects(exported('clear', 'encryption-key', 3), /version does not exist or cannot be found/);
      const who = await keyUser(database);
      await assert.rejects(engine.exports.publicKeys(who, project, 'clear', 1, unrecordedDeed), /for export type public-key/);
      await engine.settings.configure(who, project, 'clear', { minDecryptionVersion: 2 }, unrecordedDeed);
      await assert.rejects(exported('clear', 'encryption-key', 1), /below minimum decryption version/);
      assert.deepEqual(Object.keys(await exported('clear', 'encryption-key')), ['2']);
      await engine.removal.softDelete(who, project, 'clear', unrecordedDeed);
      await assert.rejects(exported('clear', 'encryption-key'), /soft deleted/);
      assert.equal(await engine.exports.secrets(who, project, 'none', 'hmac-key', 1, headOf, unrecordedDeed), null);
    });
  });

  describe('wrapped for another server', () => {
    const imported = (name: string, over: Partial<NewKey>, ciphertext: Buffer) => keyUser(database).then((who) => engine.imports.importKey(who, project, name, { ...PLAIN_KEY, ...over, allowRotation: false }, { ciphertext, hash: 'sha2-384' }, unrecordedDeed));
    const handOver = async (source: string, destination = 'their-wrapping-key') => engine.handover.handOver(await keyUser(database), project, { source, destination }, 'latest', 'sha2-384', unrecordedDeed);

    it('go by a wrapping key that is made once, whichever replicas are asked for it first', async () => {
      const other = await transitReplica(database);
      const who = await keyUser(database);
      let made = 0;
      const asked = await Promise.all([engine, other, engine].map((replica) => replica.wrapping.publicKey(who, async () => void (made += 1))));
      assert.equal(new Set(asked.map((der) => der.toString('hex'))).size, 1);
      assert.equal(made, 1);
      const privateKey = await other.wrapping.privateKey();
      assert.deepEqual(createPublicKey(privateKey!).export({ format: 'der', type: 'spki' }), asked[0]);
    });

    it('are taken by its import, and are the same keys there', async () => {
      const who = await keyUser(database);
      const wrappingKey = await engine.wrapping.publicKey(who, unrecordedDeed);
      await engine.imports.importKey(who, project, 'their-wrapping-key', { ...PLAIN_KEY, type: 'rsa-4096', allowRotation: false }, { publicKey: wrappingKey }, unrecordedDeed);
      for (const type of ['aes256-gcm96', 'ecdsa-p256'] as const) {
        const key = await create(`goes-${type}`, { ...OPEN, type });
        const { blobs } = await handOver(key.name);
        await imported(`came-${type}`, { type }, blobs['1']!);
        const came = (await engine.keys.read(who, project, `came-${type}`))!;
        assert.notEqual(came.id, key.id);
        if (KEY_TYPES[type].cipher === null) assert.ok((await engine.directory.publicHandle(came, 1))['publicKey']!.equals((await engine.directory.publicHandle(key, 1))['publicKey']!));
        else assert.equal(await decrypted(came, 1, await encrypted(key, 1)), 'text');
      }
    });

    it('are refused where the one may not leave, or the other is no RSA key', async () => {
      await create('stays');
      await assert.rejects(handOver('stays'), /key is not exportable/);
      await assert.rejects(handOver('none'), /no such source key for export/);
      await assert.rejects(handOver('goes-ecdsa-p256', 'none'), /no such destination key to export to/);
      await assert.rejects(handOver('goes-ecdsa-p256', 'goes-ecdsa-p256'), /the destination must be an RSA key/);
    });
  });

  describe('brought as keys for message authentication codes', () => {
    const bring = async (name: string, bytes: number, version = false): Promise<void> => {
      const who = await keyUser(database);
      const wrappingKey = createPublicKey({ key: await engine.wrapping.publicKey(who, unrecordedDeed), format: 'der', type: 'spki' });
      const material = { ciphertext: wrapForImport(wrappingKey, randomBytes(bytes), new SystemRandomness(), 'sha2-256'), hash: 'sha2-256' } as const;
      if (version) return engine.imports.importVersion(who, project, name, material, unrecordedDeed);
      return engine.imports.importKey(who, project, name, { ...PLAIN_KEY, ...OPEN, type: 'hmac', keyBytes: 32, allowRotation: true }, material, unrecordedDeed);
    };

    it('stay as long as they were brought, in every version', async () => {
      await bring('brought', 100);
      await bring('brought', 100, true);
      assert.equal((await rotate('brought')).keyBytes, 100);
      assert.deepEqual(Object.values(await exported('brought', 'hmac-key')).map((text) => Buffer.from(text, 'base64').length), [100, 100, 100]);
    });

    it('are refused in a length that there is not, or that the key has not', async () => {
      for (const bytes of [31, 513]) await assert.rejects(bring('never', bytes), /is no key of type hmac/);
      await bring('other', 64);
      await assert.rejects(bring('other', 32, true), /the versions of this key have 64 bytes/);
    });
  });

  describe('backed up', () => {
    const backup = async (name: string): Promise<string> => (await engine.backups.backup(await keyUser(database), project, name, unrecordedDeed))!;
    const restore = async (text: string, name: string, force = false, on = project): Promise<TransitKey> => {
      const who = await keyUser(database);
      return engine.backups.restore(who, on, name, await engine.backups.open(on, sealedOf(text)), force, unrecordedDeed);
    };

    it('come back under any name, as another key that opens what the first one closed', async () => {
      await create('saved', { ...OPEN, autoRotateSeconds: 3600 });
      const key = await rotate('saved');
      const text = await backup('saved');
      const back = await restore(text, 'saved-again');
      assert.notEqual(back.id, key.id);
      assert.deepEqual({ ...back, id: key.id, name: key.name }, key);
      for (const version of [1, 2]) assert.equal(await decrypted(back, version, await encrypted(key, version)), 'text');
      assert.deepEqual((await engine.directory.hmacKey(back, 1)).export(), (await engine.directory.hmacKey(key, 1)).export());
      const [row] = await database.query<{ rotate_at: Date | null }>('SELECT rotate_at FROM crypto.transit_key WHERE id = $1', [back.id]);
      assert.ok(row!.rotate_at !== null);
    });

    it('come back spent, since nobody has counted what was encrypted meanwhile', async () => {
      const back = await restore(await backup('saved'), 'saved-spent');
      const budget = new EncryptionBudget(database.app, new TransitUsageRepository());
      for (const version of [1, 2]) assert.equal(await budget.take(back, version, 1), false, String(version));
      const { latestVersion } = await rotate('saved-spent');
      assert.deepEqual([latestVersion, await budget.take(back, 3, 1)], [3, true]);
    });

    it('hold no secret in clear, nor one that opens outside of them', async () => {
      await create('covered', OPEN);
      const secret = Object.values(await exported('covered', 'encryption-key'))[0]!;
      const text = await backup('covered');
      assert.ok(!Buffer.from(text.split(':').at(-1)!, 'base64').includes(Buffer.from(secret, 'base64')));
      assert.ok(!text.includes(secret));
    });

    it('take the place of a key only by force', async () => {
      const text = await backup('saved');
      const before = (await engine.keys.read(await keyUser(database), project, 'saved'))!;
      await assert.rejects(restore(text, 'saved'), /key "saved" already exists/);
      const forced = await restore(text, 'saved', true);
      assert.notEqual(forced.id, before.id);
      assert.deepEqual(await database.query('SELECT 1 FROM crypto.transit_key_version WHERE key_id = $1', [before.id]), []);
    });

    it('open only as they were made, and only in their project', async () => {
      const text = await backup('saved');
      const none = /none that this server made of a key of this project/;
      await assert.rejects(restore(text, 'moved', false, await newProject(database)), none);
      const bytes = Buffer.from(text.split(':').at(-1)!, 'base64');
      bytes[bytes.length >> 1]! ^= 1;
      const changed = `${text.slice(0, text.lastIndexOf(':') + 1)}${bytes.toString('base64')}`;
      for (const wrong of [changed, text.slice(1), text.slice(0, -4), `${text}=`, '', 'e30=']) await assert.rejects(restore(wrong, 'moved'), none, wrong.slice(0, 30));
    });

    it('are refused of keys that do not allow it', async () => {
      await create('not-exportable', { allowPlaintextBackup: true });
      await assert.rejects(backup('not-exportable'), /exporting is disallowed on the policy/);
      await create('not-saved', { exportable: true });
      await assert.rejects(backup('not-saved'), /plaintext backup is disallowed on the policy/);
      assert.equal(await engine.backups.backup(await keyUser(database), project, 'none', unrecordedDeed), null);
    });

    it('hold every version of a key that has many', async () => {
      const { id } = await create('long', OPEN);
      for (let version = 2; version <= 104; version += 1) await rotate('long');
      const back = await restore(await backup('long'), 'long-again');
      const [row] = await database.query<{ count: string }>('SELECT count(*) FROM crypto.transit_key_version WHERE key_id = $1', [back.id]);
      assert.equal(Number(row!.count), 104);
      assert.equal(back.latestVersion, 104);
      assert.notEqual(back.id, id);
      await engine.directory.handle(back, 3);
    });
  });
});
