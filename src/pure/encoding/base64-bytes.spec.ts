import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { base64Bytes, base64Length, pemBytes, writeBase64 } from './base64-bytes.js';

describe('base64 without a string', () => {
  it('is what the string would be', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(base64Bytes(bytes).toString('latin1'), Buffer.from(bytes).toString('base64'));
        assert.equal(base64Length(bytes.length), base64Bytes(bytes).length);
      }),
    );
  });

  it('is written between what stands around it, and tells where it ended', () => {
    const target = Buffer.from('........', 'latin1');
    assert.equal(writeBase64(Buffer.from('f'), target, 2), 6);
    assert.equal(target.toString('latin1'), '..Zg==..');
  });

  it('is refused where it does not fit, and nothing is written', () => {
    const target = Buffer.alloc(8);
    for (const [bytes, offset] of [[7, 0], [1, 5], [4, 1], [1, -1]] as const) assert.throws(() => writeBase64(Buffer.alloc(bytes, 1), target, offset), RangeError);
    assert.deepEqual(target, Buffer.alloc(8));
    assert.equal(writeBase64(Buffer.alloc(6), target), 8);
  });
});

describe('PEM without a string', () => {
  it('is what OpenSSL writes and reads', () => {
    for (const type of ['ed25519', 'ml-dsa-65'] as const) {
      const { privateKey } = generateKeyPairSync(type as 'ed25519');
      const pem = pemBytes('PRIVATE KEY', privateKey.export({ type: 'pkcs8', format: 'der' }));
      assert.equal(pem.toString('latin1'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      assert.equal(createPrivateKey(pem).equals(privateKey), true);
    }
  });

  it('has lines of 64 characters, also where the last is full, and none where nothing is', () => {
    for (const bytes of [0, 1, 47, 48, 49, 96]) {
      const lines = pemBytes('X', Buffer.alloc(bytes)).toString('latin1').split('\n');
      assert.deepEqual([lines[0], ...lines.slice(-2)], ['-----BEGIN X-----', '-----END X-----', '']);
      const body = lines.slice(1, -2);
      assert.equal(body.join(''), Buffer.alloc(bytes).toString('base64'));
      assert.equal(body.every((line, at) => (at === body.length - 1 ? line.length > 0 && line.length <= 64 : line.length === 64)), true);
    }
  });
});
