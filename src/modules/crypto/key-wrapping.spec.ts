import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { KEY_PURPOSES, type KeyPurpose, type WrappedKeyVersion } from './domain/key-version.js';
import { unwrapPrivateKey, wrappingKey, wrapPrivateKey } from './key-wrapping.js';
import { HouseKey } from './house-key.js';
import { keyThumbprint, SIGNATURE_ALGORITHMS } from './signature-algorithms.js';

const rootOf = (byte: number): HouseKey => HouseKey.takeOver(Buffer.alloc(32, byte));

async function rowFor(purpose: KeyPurpose, version = 1): Promise<WrappedKeyVersion> {
  const { algorithm } = KEY_PURPOSES[purpose];
  const { publicKey, privateKey } = await SIGNATURE_ALGORITHMS[algorithm].generate();
  const identity = { id: keyThumbprint(algorithm, publicKey), purpose, version };
  const nonce = randomBytes(12);
  return {
    ...identity,
    algorithm,
    state: 'active',
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    wrappedPrivateKey: wrapPrivateKey(wrappingKey(rootOf(1), purpose), identity, privateKey, nonce),
    nonce,
    createdAt: new Date(0),
    stateSince: new Date(0),
  };
}

const unwrap = (row: WrappedKeyVersion, root = rootOf(1)): unknown => unwrapPrivateKey(wrappingKey(root, row.purpose), row);
const flip = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));

describe('wrapped private keys', () => {
  for (const purpose of Object.keys(KEY_PURPOSES) as KeyPurpose[]) {
    it(`opens what it closed, for ${purpose}`, async () => assert.notEqual(unwrap(await rowFor(purpose)), null));
  }

  it('refuses another root key', async () => assert.equal(unwrap(await rowFor('jwt'), rootOf(2)), null));

  it('refuses a key that was moved to another purpose, version or id', async () => {
    const row = await rowFor('result');
    assert.equal(unwrap({ ...row, purpose: 'audit-checkpoint' }), null);
    assert.equal(unwrap({ ...row, version: 2 }), null);
    assert.equal(unwrap({ ...row, id: (await rowFor('result')).id }), null);
  });

  it('refuses a public key that is not its own, so that a row cannot lend its name to a stranger’s key', async () => {
    const [row, other] = [await rowFor('result'), await rowFor('result')];
    assert.equal(unwrap({ ...row, publicKey: other.publicKey }), null);
  });

  it('refuses another algorithm’s name', async () => assert.equal(unwrap({ ...(await rowFor('result')), algorithm: 'ES256' }), null));

  it('refuses any changed bit of ciphertext, tag or nonce', async () => {
    const row = await rowFor('result');
    for (let at = 0; at < row.wrappedPrivateKey.length; at += 1) assert.equal(unwrap({ ...row, wrappedPrivateKey: flip(row.wrappedPrivateKey, at) }), null);
    for (let at = 0; at < 12; at += 1) assert.equal(unwrap({ ...row, nonce: flip(row.nonce, at) }), null);
  });

  it('refuses what is too short to hold a tag, or has another nonce length', async () => {
    const row = await rowFor('result');
    assert.equal(unwrap({ ...row, wrappedPrivateKey: row.wrappedPrivateKey.subarray(0, 16) }), null);
    assert.equal(unwrap({ ...row, nonce: Buffer.alloc(16) }), null);
  });
});

describe('HouseKey', () => {
  it('zeroes the bytes that it was made of, also when it refuses them', () => {
    const good = Buffer.alloc(32, 7);
    HouseKey.takeOver(good);
    assert.ok(good.equals(Buffer.alloc(32)));
    const short = Buffer.alloc(31, 7);
    assert.throws(() => HouseKey.takeOver(short), /32 bytes/);
    assert.ok(short.equals(Buffer.alloc(31)));
  });

  it('derives the same key for a label, another for every other label, and another from another root', () => {
    const exported = (root: HouseKey, label: string): string => root.derive(label).export().toString('hex');
    assert.equal(exported(rootOf(1), 'a'), exported(rootOf(1), 'a'));
    assert.notEqual(exported(rootOf(1), 'a'), exported(rootOf(1), 'b'));
    assert.notEqual(exported(rootOf(1), 'a'), exported(rootOf(2), 'a'));
  });

  it('shows nothing of itself when printed', () => assert.doesNotMatch(JSON.stringify(rootOf(7)), /7|07/));
});
