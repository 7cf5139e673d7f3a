import { generateKeyPair, verify, type KeyObject } from 'node:crypto';
import { asymmetric, pemOf, privatePart, publicPart, signedOffLoop } from './asymmetric.js';
import type { KeyType, SignatureOptions } from './key-type.js';
import { ownHashRefusal } from './signature-refusals.js';

/** FIPS 204 table 2. */
const SIGNATURE_BYTES = { 44: 2420, 65: 3309, 87: 4627 } as const;
export type MlDsaSet = keyof typeof SIGNATURE_BYTES;

/**
 * FIPS 204, hedged: two signatures of one message differ. HashML-DSA is another scheme with other signatures, which
 * OpenSSL does not have, so digests from elsewhere are refused. Signing takes 1 to 2 ms, off the loop; verifying 0.2 to
 * 0.7. Keys come as their seed, expanded, or both (RFC 9881 §6); OpenSSL refuses halves that do not belong together.
 */
export function mlDsaType(set: MlDsaSet): KeyType {
  const name = `ml-dsa-${set}` as const;
  return {
    name,
    supports: { encryption: false, decryption: false, signing: true, derivation: false },
    cipher: null,
    signature: {
      refusal: (options) => ownHashRefusal(name, options),
      sign: async (handle, input, options) => signedOffLoop(null, input, withContext(privatePart(handle), options)),
      verify: async (handle, input, signature, options) => signature.length === SIGNATURE_BYTES[set] && verify(null, input, withContext(publicPart(handle), options), signature),
    },
    ...asymmetric({
      generate: (done) => generateKeyPair(name, undefined, done),
      accepts: (key) => key.asymmetricKeyType === name,
      digest: null,
      publicForm: (publicKey) => ({ name, publicKey: pemOf(publicKey) }),
    }),
  };
}

/** No context is an empty one (FIPS 204 §5.2, FIPS 205 §10.2). */
export function withContext(key: KeyObject, { context }: Pick<SignatureOptions, 'context'>): { readonly key: KeyObject; readonly context: Uint8Array } {
  return { key, context: context ?? Buffer.alloc(0) };
}
