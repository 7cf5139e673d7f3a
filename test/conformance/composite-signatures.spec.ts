import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KEY_TYPES, type SignatureOptions } from '#modules/crypto/primitives/key-types.js';
import { COMPOSITE } from './composite-signature-vectors.js';

const { signature, open, openPublic, importSecret, importPublic, publicForm } = KEY_TYPES.hybrid;
const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
const { message, context, privateKey, publicKey, pkcs8 } = COMPOSITE;
const verifies = (bytes: Uint8Array, made: Uint8Array, options: Partial<SignatureOptions> = {}): Promise<boolean> => signature!.verify(openPublic(publicKey), bytes, made, { ...OPTIONS, ...options });

describe('draft-ietf-lamps-pq-composite-sigs, id-MLDSA65-Ed25519-SHA512', () => {
  it('verifies the signatures of the draft, with and without context', async () => {
    assert.equal(await verifies(message, COMPOSITE.signature), true);
    assert.equal(await verifies(message, COMPOSITE.signatureWithContext, { context }), true);
  });

  it('refuses each under the other’s context, and over another message', async () => {
    assert.equal(await verifies(message, COMPOSITE.signature, { context }), false);
    assert.equal(await verifies(message, COMPOSITE.signatureWithContext), false);
    assert.equal(await verifies(Buffer.from('another'), COMPOSITE.signature), false);
  });

  it('has the draft’s private key in both of its forms, and the public key that follows', async () => {
    for (const form of [privateKey, pkcs8]) {
      const material = await importSecret(form);
      assert.deepEqual(material, { secret: privateKey, publicKey });
    }
    assert.equal(publicForm(publicKey).publicKey, publicKey.toString('base64'));
  });

  it('signs what the draft’s public key verifies, also over a digest from elsewhere', async () => {
    const handle = open(privateKey);
    for (const given of [null, context]) {
      const digest = createHash('sha512').update(message).digest();
      const prehashed = { ...OPTIONS, hash: 'sha2-512', prehashed: true, context: given } as const;
      assert.equal(await verifies(message, await signature!.sign(handle, message, { ...OPTIONS, context: given }), { context: given }), true);
      assert.equal(await verifies(message, await signature!.sign(handle, digest, prehashed), { context: given }), true);
      assert.equal(await verifies(digest, given === null ? COMPOSITE.signature : COMPOSITE.signatureWithContext, prehashed), true);
    }
  });

  it('refuses every changed bit, in either half, and each half alone', async () => {
    const made = COMPOSITE.signature;
    await fc.assert(
      fc.asyncProperty(fc.nat(made.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(made);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(await verifies(message, changed), false);
      }),
      { numRuns: 100 },
    );
    const other = await signature!.sign(open(privateKey), Buffer.from('another'), OPTIONS);
    assert.equal(await verifies(message, Buffer.concat([made.subarray(0, 3309), other.subarray(3309)])), false);
    assert.equal(await verifies(message, Buffer.concat([other.subarray(0, 3309), made.subarray(3309)])), false);
    for (const part of [made.subarray(0, 3309), made.subarray(3309), Buffer.concat([made, Buffer.alloc(1)]), Buffer.alloc(0)]) assert.equal(await verifies(message, part), false);
  });

  it('takes its public key raw and as SubjectPublicKeyInfo, PEM or DER, and refuses another’s', () => {
    const spki = Buffer.concat([Buffer.from('308207d1300a06082b06010505070630038207c100', 'hex'), publicKey]);
    const pem = (der: Buffer): Buffer => Buffer.from(`-----BEGIN PUBLIC KEY-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`);
    for (const form of [publicKey, spki, pem(spki)]) assert.deepEqual(importPublic(form), publicKey);
    const another = Buffer.from(spki);
    another[13]! += 1;
    for (const form of [another, pem(another), spki.subarray(1), spki.subarray(0, -1), Buffer.concat([spki, Buffer.alloc(1)]), publicKey.subarray(1)]) assert.equal(importPublic(form), null);
  });

  it('refuses private keys of other lengths and other algorithms', async () => {
    const another = Buffer.from(pkcs8);
    another[16]! += 1;
    for (const form of [another, pkcs8.subarray(0, -1), privateKey.subarray(1), Buffer.concat([pkcs8, Buffer.alloc(1)]), Buffer.alloc(0)]) assert.equal(await importSecret(form), null);
  });
});
