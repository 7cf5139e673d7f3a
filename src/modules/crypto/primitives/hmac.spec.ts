import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { HASH_NAMES, hashNameOf } from '../domain/hash-name.js';
import { hmac, verifyHmac } from './hmac.js';

/** RFC 4231 §4.7: a key of 131 bytes, longer than every block. */
const KEY = createSecretKey(Buffer.alloc(131, 0xaa));
const INPUT = Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First');
const PUBLISHED = {
  'sha2-224': '95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e',
  'sha2-256': '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  'sha2-384': '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
  'sha2-512': '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
} as const;

describe('HMAC', () => {
  it('has the values of RFC 4231', () => {
    for (const [hash, value] of Object.entries(PUBLISHED)) assert.equal(hmac(KEY, hash as keyof typeof PUBLISHED, INPUT).toString('hex'), value);
  });

  it('verifies what it made, by each digest, and refuses changes, other lengths and other digests', () => {
    for (const hash of HASH_NAMES) {
      const value = hmac(KEY, hash, INPUT);
      assert.equal(verifyHmac(KEY, hash, INPUT, value), true);
      assert.equal(verifyHmac(KEY, hash, Buffer.from('another'), value), false);
      assert.equal(verifyHmac(KEY, hash === 'sha3-256' ? 'sha2-256' : 'sha3-256', INPUT, value), false);
      for (const other of [Buffer.alloc(0), value.subarray(1), Buffer.concat([value, Buffer.alloc(1)]), value.map((byte, at) => (at === 5 ? byte ^ 1 : byte))]) assert.equal(verifyHmac(KEY, hash, INPUT, other), false);
    }
  });
});

describe('the name of a digest', () => {
  it('is Vault’s, or the older one', () => {
    for (const name of HASH_NAMES) assert.equal(hashNameOf(name), name);
    assert.equal(hashNameOf('sha256'), 'sha2-256');
  });

  it('is refused for SHA-1 and for everything else', () => {
    for (const name of ['sha1', 'sha2-1', 'md5', 'none', '', 'SHA2-256', 'toString', 'sha3', 'sha2-512/256']) assert.equal(hashNameOf(name), null, name);
  });
});
