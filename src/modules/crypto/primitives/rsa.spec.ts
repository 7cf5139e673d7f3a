import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, publicEncrypt, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { compactVerify } from 'jose';
import { HASH_NAMES, HASHES, type HashName } from '../domain/hash-name.js';
import { KEY_TYPES, type SignatureOptions } from './key-types.js';
import { digestInfo } from './rsa-prehashed.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const HANDLE = { publicKey, privateKey };
const { signature, cipher, importSecret, importPublic } = KEY_TYPES['rsa-2048'];
const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
const MESSAGE = Buffer.from('a message');
const NONE = { associatedData: Buffer.alloc(0) };
const digest = (hash: HashName, bytes: Uint8Array): Buffer => createHash(HASHES[hash].openssl).update(bytes).digest();

describe('RSA over a digest from elsewhere', () => {
  for (const hash of HASH_NAMES) {
    for (const way of [{ algorithm: 'pkcs1v15' }, { algorithm: 'pss', saltLength: 'auto' }, { algorithm: 'pss', saltLength: 'hash' }, { algorithm: 'pss', saltLength: 20 }] as const) {
      it(`by ${hash} signs and verifies as over the message: ${Object.values(way).join(', ')}`, async () => {
        const [plain, given] = [{ ...OPTIONS, ...way, hash }, { ...OPTIONS, ...way, hash, prehashed: true }];
        const ofDigest = await signature!.sign(HANDLE, digest(hash, MESSAGE), given);
        assert.equal(await signature!.verify(HANDLE, MESSAGE, ofDigest, plain), true);
        const ofMessage = await signature!.sign(HANDLE, MESSAGE, plain);
        assert.equal(await signature!.verify(HANDLE, digest(hash, MESSAGE), ofMessage, given), true);
        assert.equal(await signature!.verify(HANDLE, digest(hash, Buffer.from('another')), ofMessage, given), false);
        ofMessage[100]! ^= 4;
        assert.equal(await signature!.verify(HANDLE, digest(hash, MESSAGE), ofMessage, given), false);
      });
    }
  }

  it('refuses a salt of another length than was asked for, as over the message', async () => {
    for (const prehashed of [false, true]) {
      const input = prehashed ? digest('sha2-256', MESSAGE) : MESSAGE;
      const made = await signature!.sign(HANDLE, input, { ...OPTIONS, prehashed, saltLength: 20 });
      for (const [saltLength, expected] of [['auto', true], [0, true], [20, true], ['hash', false], [21, false]] as const) {
        assert.equal(await signature!.verify(HANDLE, input, made, { ...OPTIONS, prehashed, saltLength }), expected, String(saltLength));
      }
    }
  });

  it('names each algorithm in its DigestInfo as RFC 8017 §9.2 does', () => {
    const prefixes = { 'sha2-224': '302d300d06096086480165030402040500041c', 'sha2-256': '3031300d060960864801650304020105000420', 'sha2-384': '3041300d060960864801650304020205000430', 'sha2-512': '3051300d060960864801650304020305000440' };
    for (const [hash, prefix] of Object.entries(prefixes)) {
      const bytes = digest(hash as HashName, MESSAGE);
      assert.equal(digestInfo(hash as HashName, bytes).toString('hex'), prefix + bytes.toString('hex'));
    }
  });
});

describe('RSA without a digest', () => {
  const bare = { ...OPTIONS, hash: 'none', algorithm: 'pkcs1v15', prehashed: true } as const;

  it('signs what it is given', async () => {
    const made = await signature!.sign(HANDLE, digestInfo('sha2-256', digest('sha2-256', MESSAGE)), bare);
    assert.deepEqual(made, sign('sha256', MESSAGE, privateKey));
    assert.equal(await signature!.verify(HANDLE, MESSAGE, await signature!.sign(HANDLE, MESSAGE, bare), bare), true);
    assert.equal(await signature!.verify(HANDLE, MESSAGE, made, bare), false);
  });

  it('is refused for PSS, for messages, and for what does not fit in a block', () => {
    assert.match(signature!.refusal({ ...bare, algorithm: 'pss' }, MESSAGE) ?? '', /none/);
    assert.match(signature!.refusal({ ...bare, prehashed: false }, MESSAGE) ?? '', /none/);
    assert.match(signature!.refusal(bare, Buffer.alloc(246)) ?? '', /245/);
    assert.equal(signature!.refusal(bare, Buffer.alloc(245)), null);
  });
});

describe('RSA signatures', () => {
  it('refuses salts that are no length or too long', () => {
    for (const saltLength of [-1, 223, 0.5, Number.NaN, 1e30]) assert.match(signature!.refusal({ ...OPTIONS, saltLength }, MESSAGE) ?? '', /salt length/, String(saltLength));
    for (const saltLength of [0, 1, 222, 'auto', 'hash'] as const) assert.equal(signature!.refusal({ ...OPTIONS, saltLength }, MESSAGE), null);
  });

  it('refuses a signature that is shorter or longer than the modulus, and a PKCS #1 one for a PSS one', async () => {
    const made = sign('sha256', MESSAGE, { key: privateKey, padding: constants.RSA_PKCS1_PADDING });
    for (const other of [made.subarray(1), Buffer.concat([made, Buffer.alloc(1)]), Buffer.concat([Buffer.alloc(1), made]), Buffer.alloc(0)]) {
      for (const prehashed of [true, false]) assert.equal(await signature!.verify(HANDLE, prehashed ? digest('sha2-256', MESSAGE) : MESSAGE, other, { ...OPTIONS, prehashed, algorithm: 'pkcs1v15' }), false);
    }
    assert.equal(await signature!.verify(HANDLE, MESSAGE, made, OPTIONS), false);
    assert.equal(await signature!.verify(HANDLE, digest('sha2-256', MESSAGE), made, { ...OPTIONS, prehashed: true }), false);
  });

  it('has the longest salt by itself, and the digest’s length where it is asked for', async () => {
    const auto = await signature!.sign(HANDLE, digest('sha2-256', MESSAGE), { ...OPTIONS, prehashed: true });
    assert.equal(verify('sha256', MESSAGE, { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 222 }, auto), true);
    const hashed = await signature!.sign(HANDLE, MESSAGE, { ...OPTIONS, saltLength: 'hash' });
    assert.equal(verify('sha256', MESSAGE, { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, hashed), true);
  });

  it('verify with an independent implementation of JSON web signatures', async () => {
    for (const [alg, way] of [['PS256', { algorithm: 'pss', saltLength: 'hash' }], ['RS256', { algorithm: 'pkcs1v15' }]] as const) {
      const input = `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${Buffer.from('{}').toString('base64url')}`;
      for (const prehashed of [false, true]) {
        const made = await signature!.sign(HANDLE, prehashed ? digest('sha2-256', Buffer.from(input)) : Buffer.from(input), { ...OPTIONS, ...way, prehashed, marshaling: 'jws' });
        await compactVerify(`${input}.${made.toString('base64url')}`, publicKey);
      }
    }
  });
});

describe('RSA encryption', () => {
  it('is OAEP with SHA-256, from nothing up to one block', () => {
    for (const bytes of [0, 1, 190]) {
      const plaintext = Buffer.alloc(bytes, 7);
      assert.deepEqual(cipher!.decrypt(HANDLE, cipher!.encrypt(HANDLE, plaintext, { ...NONE, nonce: null }), NONE), plaintext);
      assert.deepEqual(cipher!.decrypt(HANDLE, publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, plaintext), NONE), plaintext);
    }
    assert.equal(cipher!.plaintextBytesMax, 190);
    assert.throws(() => cipher!.encrypt(HANDLE, Buffer.alloc(191), { ...NONE, nonce: null }));
  });

  it('refuses PKCS #1 v1.5, another digest, another length, associated data, and any change', () => {
    const made = cipher!.encrypt(HANDLE, MESSAGE, { ...NONE, nonce: null });
    const others = [publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, MESSAGE), publicEncrypt({ key: publicKey, oaepHash: 'sha1' }, MESSAGE), made.subarray(1), Buffer.concat([Buffer.alloc(1), made]), Buffer.alloc(0), Buffer.alloc(256, 0xff)];
    for (const other of others) assert.equal(cipher!.decrypt(HANDLE, other, NONE), null);
    assert.equal(cipher!.decrypt(HANDLE, made, { associatedData: MESSAGE }), null);
    for (let at = 0; at < made.length; at += 17) {
      const changed = Buffer.from(made);
      changed[at]! ^= 1;
      assert.equal(cipher!.decrypt(HANDLE, changed, NONE), null);
    }
  });
});

describe('an RSA key from elsewhere', () => {
  const pkcs8 = (options: object): Buffer => generateKeyPairSync('rsa', { modulusLength: 2048, ...options }).privateKey.export({ type: 'pkcs8', format: 'der' });

  it('is refused with an exponent below 2^16, of another size, and of PSS only', async () => {
    assert.equal(await importSecret(pkcs8({ publicExponent: 3 })), null);
    assert.equal(await importSecret(pkcs8({ modulusLength: 1024 })), null);
    assert.equal(await KEY_TYPES['rsa-3072'].importSecret(pkcs8({})), null);
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    assert.equal(await importSecret(pss.privateKey.export({ type: 'pkcs8', format: 'der' })), null);
    assert.equal(importPublic(pss.publicKey.export({ type: 'spki', format: 'der' })), null);
    assert.notEqual(await importSecret(pkcs8({ publicExponent: 65_539 })), null);
  });

  it('is taken in PKCS #1, and kept as PKCS #8', async () => {
    const taken = await importSecret(privateKey.export({ type: 'pkcs1', format: 'der' }));
    assert.deepEqual(taken!.secret, privateKey.export({ type: 'pkcs8', format: 'der' }));
  });

  it('is refused when its private numbers do not belong to its modulus', async () => {
    const der = pkcs8({});
    const damaged = Buffer.from(der);
    // Somewhere within the private exponent, behind version, modulus and public exponent.
    damaged[400]! ^= 1;
    damaged[der.length - 20]! ^= 1;
    damaged[der.length - 300]! ^= 1;
    assert.equal(await importSecret(damaged), null);
    assert.notEqual(await importSecret(der), null);
  });
});
