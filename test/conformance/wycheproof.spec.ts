import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, hash } from 'node:crypto';
import { describe, it } from 'node:test';
import { KEY_TYPES, type SignatureOptions } from '#modules/crypto/primitives/key-types.js';
import { unwrapPadded, wrapPadded } from '#modules/crypto/primitives/key-wrap-padding.js';
import { ECDSA_DER, ECDSA_P1363, KEY_WRAP } from './wycheproof-vectors.js';

const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const { verify } = KEY_TYPES['ecdsa-p256'].signature!;

describe('wycheproof: ECDSA', () => {
  for (const [marshaling, cases] of [['asn1', ECDSA_DER], ['jws', ECDSA_P1363]] as const) {
    for (const [at, { comment, publicKey, message, signature, valid }] of cases.entries()) {
      it(`${valid ? 'verifies' : 'refuses'} ${marshaling} ${at}, over the message and over its digest: ${comment}`, async () => {
        const handle = { publicKey: createPublicKey({ key: hex(publicKey), format: 'raw-public', asymmetricKeyType: 'ec', namedCurve: 'P-256' }) };
        assert.equal(await verify(handle, hex(message), hex(signature), { ...OPTIONS, marshaling }), valid);
        assert.equal(await verify(handle, hash('sha256', hex(message), 'buffer'), hex(signature), { ...OPTIONS, marshaling, prehashed: true }), valid);
      });
    }
  }
});

describe('wycheproof: AES key wrap with padding', () => {
  for (const [at, { comment, key, message, wrapped, valid }] of KEY_WRAP.entries()) {
    it(`${valid ? 'opens' : 'refuses'} ${at}: ${comment}`, () => {
      const kek = createSecretKey(hex(key));
      assert.deepEqual(unwrapPadded(kek, hex(wrapped)), valid ? hex(message) : null);
      if (valid) assert.deepEqual(wrapPadded(kek, hex(message)), hex(wrapped));
    });
  }
});
