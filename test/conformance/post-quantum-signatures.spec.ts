import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { slh_dsa_sha2_128f, slh_dsa_shake_128f } from '@noble/post-quantum/slh-dsa.js';
import { KEY_TYPES, type SignatureOptions } from '#modules/crypto/primitives/key-types.js';
import { SystemRandomness } from '#platform/system/randomness.js';

const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
const MESSAGE = Buffer.from('a message');
const IMPLEMENTATIONS = { 'ml-dsa-44': ml_dsa44, 'ml-dsa-65': ml_dsa65, 'ml-dsa-87': ml_dsa87, 'slh-dsa-sha2-128f': slh_dsa_sha2_128f, 'slh-dsa-shake-128f': slh_dsa_shake_128f } as const;

for (const [key, independent] of Object.entries(IMPLEMENTATIONS)) {
  const name = key as keyof typeof IMPLEMENTATIONS;
  describe(`${name} beside an independent implementation`, () => {
    const { signature, generate, open } = KEY_TYPES[name];

    it('signs what the other verifies, and verifies what the other signs, with and without context', async () => {
      const { secret, publicKey } = await generate(new SystemRandomness());
      const handle = open(secret);
      const raw = createPublicKey({ key: publicKey!, format: 'der', type: 'spki' }).export({ format: 'raw-public' });
      for (const context of [null, Buffer.from('for this')]) {
        const made = await signature!.sign(handle, MESSAGE, { ...OPTIONS, context });
        const theirs = context === null ? {} : { context };
        assert.equal(independent.verify(made, MESSAGE, raw, theirs), true);
        assert.equal(independent.verify(made, Buffer.from('another'), raw, theirs), false);
        // Its SLH-DSA takes seconds to sign: once, of one set.
        if (name === 'slh-dsa-shake-128f' || (name === 'slh-dsa-sha2-128f' && context !== null)) continue;
        const own = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
        const otherSecret = name.startsWith('ml-dsa') ? independent.keygen(own.export({ format: 'raw-seed' })).secretKey : own.export({ format: 'raw-private' });
        assert.equal(await signature!.verify(handle, MESSAGE, independent.sign(MESSAGE, otherSecret, theirs), { ...OPTIONS, context }), true);
      }
    });
  });
}
