import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { ml_kem768_x25519 as noble } from '@noble/post-quantum/hybrid.js';
import fc from 'fast-check';
import { KEY_TYPES } from '#modules/crypto/primitives/key-types.js';
import { decapsulateBy, encapsulateTo } from '#modules/crypto/primitives/x-wing.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { X_WING } from './x-wing-vectors.js';

const { open, openPublic, generate, importSecret, importPublic, publicKeyOf } = KEY_TYPES['x-wing'];
const cipher = KEY_TYPES['x-wing'].cipher!;
const randomness = new SystemRandomness();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const LABEL = 'quantonium/x-wing/v1/aes-256-gcm';
const TEXT = Buffer.from('a text');
const DATA = { associatedData: Buffer.from('where it belongs') };

describe('draft-connolly-cfrg-xwing-kem', () => {
  for (const [at, vector] of X_WING.entries()) {
    it(`has the public key and the secret of its vector ${at + 1}`, () => {
      const handle = open(Buffer.from(vector.seed, 'hex'));
      assert.equal(sha256(publicKeyOf(handle)!), vector.publicKeySha256);
      assert.equal(decapsulateBy(handle, Buffer.from(vector.ciphertext, 'base64')).toString('hex'), vector.sharedSecret);
    });
  }

  it('has the private key of its example of PKCS #8, and the public key beside it', async () => {
    const seed = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
    const material = await importSecret(Buffer.from('MDQCAQAwDQYLKwYBBAGD5i2ByHoEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f', 'base64'));
    assert.deepEqual(material!.secret, seed);
    // x509/xwing.pub of the draft's repository, behind the header of SubjectPublicKeyInfo.
    assert.equal(sha256(material!.publicKey!), 'c9a3565ffde4f72b51661be391ee13e46378d7f06dd5c8bf5af9d2cfb5b8336b');
    assert.deepEqual(importPublic(Buffer.concat([Buffer.from('308204d4300d060b2b0601040183e62d81c87a038204c100', 'hex'), material!.publicKey!])), material!.publicKey);
  });
});

describe('X-Wing beside an independent implementation', () => {
  it('agrees in both directions, on keys and on secrets', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { secret, publicKey } = await generate(randomness);
      assert.deepEqual(Buffer.from(noble.getPublicKey(secret)), publicKey);
      const theirs = noble.encapsulate(publicKey!);
      assert.deepEqual(decapsulateBy(open(secret), theirs.cipherText), Buffer.from(theirs.sharedSecret));
      const ours = encapsulateTo(openPublic(publicKey!));
      assert.deepEqual(Buffer.from(noble.decapsulate(ours.ciphertext, secret)), ours.sharedSecret);
    }
  });

  it('opens what a client encrypted to the exported public key, without this server', async () => {
    const { secret, publicKey } = await generate(randomness);
    const exported = Buffer.from(KEY_TYPES['x-wing'].publicForm(publicKey!).publicKey, 'base64');
    const { cipherText, sharedSecret } = noble.encapsulate(exported);
    const nonce = randomness.bytes(12);
    const gcm = createCipheriv('aes-256-gcm', Buffer.from(hkdfSync('sha256', sharedSecret, '', LABEL, 32)), nonce);
    gcm.setAAD(DATA.associatedData);
    const piece = Buffer.concat([cipherText, nonce, gcm.update(TEXT), gcm.final(), gcm.getAuthTag()]);
    assert.deepEqual(cipher.decrypt(open(secret), piece, DATA), TEXT);
  });

  it('encrypts what a client with the private key opens', async () => {
    const { secret, publicKey } = await generate(randomness);
    const piece = cipher.encrypt(openPublic(publicKey!), TEXT, { ...DATA, nonce: randomness.bytes(12) });
    assert.equal(piece.length, 1120 + 12 + TEXT.length + 16);
    const key = Buffer.from(hkdfSync('sha256', noble.decapsulate(piece.subarray(0, 1120), secret), '', LABEL, 32));
    const gcm = createDecipheriv('aes-256-gcm', key, piece.subarray(1120, 1132), { authTagLength: 16 });
    gcm.setAAD(DATA.associatedData).setAuthTag(piece.subarray(-16));
    assert.deepEqual(Buffer.concat([gcm.update(piece.subarray(1132, -16)), gcm.final()]), TEXT);
  });
});

describe('X-Wing encryption', () => {
  it('refuses every changed bit, other associated data, another key, and every shorter piece', async () => {
    const [own, other] = [await generate(randomness), await generate(randomness)];
    const [handle, foreign] = [open(own.secret), open(other.secret)];
    const piece = cipher.encrypt(handle, TEXT, { ...DATA, nonce: randomness.bytes(12) });
    assert.deepEqual(cipher.decrypt(handle, piece, DATA), TEXT);
    assert.equal(cipher.decrypt(foreign, piece, DATA), null);
    assert.equal(cipher.decrypt(handle, piece, { associatedData: Buffer.alloc(0) }), null);
    fc.assert(
      fc.property(fc.nat(piece.length * 8 - 1), (bit) => {
        const changed = Buffer.from(piece);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        // RFC 7748 §5 ignores the first bit of a point, and the combiner does not: it is refused like all others.
        assert.equal(cipher.decrypt(handle, changed, DATA), null);
      }),
      { numRuns: 200 },
    );
    for (const length of [0, 1, 1119, 1120, 1131, 1147, piece.length - 1]) assert.equal(cipher.decrypt(handle, piece.subarray(0, length), DATA), null);
  });

  it('refuses a point of small order, as a ciphertext and as a public key', async () => {
    const { secret, publicKey } = await generate(randomness);
    const piece = cipher.encrypt(open(secret), TEXT, { ...DATA, nonce: randomness.bytes(12) });
    assert.equal(cipher.decrypt(open(secret), Buffer.concat([piece.subarray(0, 1088), Buffer.alloc(32), piece.subarray(1120)]), DATA), null);
    assert.equal(importPublic(Buffer.concat([publicKey!.subarray(0, 1184), Buffer.alloc(32)])), null);
    assert.equal(importPublic(Buffer.concat([Buffer.alloc(1184, 0xff), publicKey!.subarray(1184)])), null);
    assert.deepEqual(importPublic(publicKey!), publicKey);
  });
});
