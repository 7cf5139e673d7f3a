import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SystemRandomness } from '#platform/system/randomness.js';
import { unwrapImport, unwrapPadded, wrapForImport, wrapPadded } from './key-wrap-padding.js';

const randomness = new SystemRandomness();
const KEK = createSecretKey(randomness.bytes(32));
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** RFC 5649 §3 by hand: the check value with the length, the padded key; one block is encrypted alone, more by RFC 3394. */
function wrapping(header: string, padded: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.from(header, 'hex'), padded]);
  if (padded.length === 8) {
    const ecb = createCipheriv('aes-256-ecb', KEK, null).setAutoPadding(false);
    return Buffer.concat([ecb.update(whole), ecb.final()]);
  }
  const cipher = createCipheriv('id-aes256-wrap', KEK, Buffer.from(header, 'hex'));
  return Buffer.concat([cipher.update(padded), cipher.final()]);
}

describe('AES key wrap with padding', () => {
  it('opens what it wrapped, whatever its length, padded to whole blocks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (secret) => {
        const wrapped = wrapPadded(KEK, secret);
        assert.equal(wrapped.length, 8 + Math.ceil(secret.length / 8) * 8);
        assert.deepEqual(unwrapPadded(KEK, wrapped), Buffer.from(secret));
      }),
    );
  });

  it('is RFC 5649 written out by hand, for one block and for more', () => {
    assert.deepEqual(wrapPadded(KEK, Buffer.alloc(5, 7)), wrapping('a65959a600000005', Buffer.from('0707070707000000', 'hex')));
    assert.deepEqual(wrapPadded(KEK, Buffer.alloc(20, 7)), wrapping('a65959a600000014', Buffer.concat([Buffer.alloc(20, 7), Buffer.alloc(4)])));
  });

  it('refuses every changed bit, another key, and every length that no wrapping has', () => {
    const wrapped = wrapPadded(KEK, Buffer.alloc(32, 7));
    for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
      const changed = Buffer.from(wrapped);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(unwrapPadded(KEK, changed), null);
    }
    assert.equal(unwrapPadded(createSecretKey(Buffer.alloc(32)), wrapped), null);
    for (let length = 0; length < wrapped.length; length += 1) assert.equal(unwrapPadded(KEK, wrapped.subarray(0, length)), null);
    assert.equal(unwrapPadded(KEK, Buffer.concat([wrapped, Buffer.alloc(8)])), null);
  });

  it('refuses lengths that do not fit their blocks, padding that is not zero, and an empty key', () => {
    const two = Buffer.alloc(16, 7);
    const cases: readonly [string, Buffer][] = [
      ['a65959a600000011', two],
      ['a65959a600000008', two],
      ['a65959a600000000', two],
      ['a65959a6ffffffff', two],
      ['a65959a60000000f', two],
      ['a65959a500000010', two],
      ['a65959a600000000', Buffer.alloc(8)],
      ['a65959a600000009', Buffer.alloc(8)],
      ['a65959a600000007', Buffer.alloc(8, 7)],
      ['a6a6a6a6a6a6a6a6', two],
    ];
    for (const [header, padded] of cases) assert.equal(unwrapPadded(KEK, wrapping(header, padded)), null, header);
    assert.deepEqual(unwrapPadded(KEK, wrapping('a65959a600000010', two)), two);
    assert.throws(() => wrapPadded(KEK, Buffer.alloc(0)));
  });
});

describe('the ciphertext of an import', () => {
  it('opens with the RSA key it was wrapped for, under each digest', async () => {
    for (const hash of ['sha2-256', 'sha2-384', 'sha2-512'] as const) {
      const secret = randomness.bytes(121);
      assert.deepEqual(await unwrapImport(RSA.privateKey, wrapForImport(RSA.publicKey, secret, randomness, hash), hash), secret);
    }
  });

  it('is refused under another digest, for another key, changed, cut, or with an inner key of another size', async () => {
    const blob = wrapForImport(RSA.publicKey, Buffer.alloc(32, 7), randomness);
    assert.equal(await unwrapImport(RSA.privateKey, blob, 'sha2-512'), null);
    assert.equal(await unwrapImport(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, blob), null);
    for (let at = 0; at < blob.length; at += 7) {
      const changed = Buffer.from(blob);
      changed[at]! ^= 1;
      assert.equal(await unwrapImport(RSA.privateKey, changed), null);
    }
    for (const length of [0, 16, 255, 256, 264, 271, blob.length - 8, blob.length - 1]) assert.equal(await unwrapImport(RSA.privateKey, blob.subarray(0, length)), null);
    const short = { bytes: (length: number) => randomness.bytes(length === 32 ? 16 : length) } as SystemRandomness;
    assert.throws(() => wrapForImport(RSA.publicKey, Buffer.alloc(32), short));
  });
});
