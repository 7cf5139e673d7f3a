import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SignatureAlgorithmName } from './domain/key-version.js';
import { keyThumbprint, SIGNATURE_ALGORITHMS, verifySignature } from './signature-algorithms.js';

const MESSAGE = Buffer.from('a checkpoint');

for (const [key, algorithm] of Object.entries(SIGNATURE_ALGORITHMS)) {
  const name = key as SignatureAlgorithmName;
  describe(name, () => {
    it('signs what it verifies, with signatures of its one length', async () => {
      const { publicKey, privateKey } = await algorithm.generate();
      const signature = await algorithm.sign(privateKey, MESSAGE);
      assert.equal(signature.length, algorithm.signatureBytes);
      assert.equal(verifySignature(name, publicKey, MESSAGE, signature), true);
    });

    it('refuses another message, another key, and a signature with any one bit changed', async () => {
      const [own, other] = await Promise.all([algorithm.generate(), algorithm.generate()]);
      const signature = await algorithm.sign(own.privateKey, MESSAGE);
      assert.equal(verifySignature(name, own.publicKey, Buffer.from('another'), signature), false);
      assert.equal(verifySignature(name, other.publicKey, MESSAGE, signature), false);
      fc.assert(
        fc.property(fc.nat(signature.length * 8 - 1), (bit) => {
          const changed = Buffer.from(signature);
          changed[bit >> 3]! ^= 1 << (bit & 7);
          return !verifySignature(name, own.publicKey, MESSAGE, changed);
        }),
        { numRuns: 64 },
      );
    });

    it('refuses bytes that are no signature, of any length, and does not throw', async () => {
      const { publicKey } = await algorithm.generate();
      fc.assert(fc.property(fc.uint8Array({ maxLength: algorithm.signatureBytes + 8 }), (bytes) => !verifySignature(name, publicKey, MESSAGE, bytes)));
      assert.equal(verifySignature(name, publicKey, MESSAGE, Buffer.alloc(algorithm.signatureBytes)), false);
      assert.equal(verifySignature(name, publicKey, MESSAGE, Buffer.alloc(algorithm.signatureBytes, 0xff)), false);
    });

    it('names a key by the SHA-256 of its required JWK members and nothing else', async () => {
      const { publicKey } = await algorithm.generate();
      const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
      // RFC 7638 §3.2: the members in lexicographic order without whitespace, written out here by hand.
      const text = {
        'ES256': `{"crv":"P-256","kty":"EC","x":"${jwk['x']}","y":"${jwk['y']}"}`,
        'Ed25519': `{"crv":"Ed25519","kty":"OKP","x":"${jwk['x']}"}`,
        'RS256': `{"e":"AQAB","kty":"RSA","n":"${jwk['n']}"}`,
        'ML-DSA-44': `{"alg":"ML-DSA-44","kty":"AKP","pub":"${jwk['pub']}"}`,
      }[name];
      assert.equal(keyThumbprint(name, publicKey), createHash('sha256').update(text).digest('base64url'));
    });
  });
}

describe('keyThumbprint', () => {
  it('is that of RFC 8037 §A.3 for its Ed25519 key', () => {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } });
    assert.equal(keyThumbprint('Ed25519', key), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('refuses a key of another algorithm', async () => {
    const { publicKey } = await SIGNATURE_ALGORITHMS.Ed25519.generate();
    assert.throws(() => keyThumbprint('ES256', publicKey));
    assert.throws(() => keyThumbprint('ML-DSA-44', publicKey));
  });
});

describe('ES256', () => {
  it('refuses a DER signature, which is another length and another encoding of the same numbers', async () => {
    const { publicKey, privateKey } = await SIGNATURE_ALGORITHMS.ES256.generate();
    const { sign } = await import('node:crypto');
    assert.equal(verifySignature('ES256', publicKey, MESSAGE, sign('sha256', MESSAGE, privateKey)), false);
  });
});
