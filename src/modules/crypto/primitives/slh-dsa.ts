import { generateKeyPair } from 'node:crypto';
import { asymmetric, pemOf, privatePart, publicPart, signedOffLoop, verifiedOffLoop } from './asymmetric.js';
import type { KeyType } from './key-type.js';
import { withContext } from './ml-dsa.js';
import { ownHashRefusal } from './signature-refusals.js';

/** FIPS 205 table 2: the same for both hash families. */
export const SLH_DSA_SIGNATURE_BYTES = { '128s': 7_856, '128f': 17_088, '192s': 16_224, '192f': 35_664, '256s': 29_792, '256f': 49_856 } as const;
type Level = keyof typeof SLH_DSA_SIGNATURE_BYTES;
type Family = 'sha2' | 'shake';

/**
 * FIPS 205, hedged. The small sets take up to a second to sign and 50 ms to generate, the fast ones 20 ms or more and
 * up to 10 to verify: all of it on the pool's threads, of which one signature holds one for that long.
 */
function slhDsaType(family: Family, level: Level): KeyType {
  const name = `slh-dsa-${family}-${level}` as const;
  return {
    name,
    supports: { encryption: false, decryption: false, signing: true, derivation: false },
    cipher: null,
    signature: {
      refusal: (options) => ownHashRefusal(name, options),
      sign: async (handle, input, options) => signedOffLoop(null, input, withContext(privatePart(handle), options)),
      verify: async (handle, input, signature, options) => signature.length === SLH_DSA_SIGNATURE_BYTES[level] && verifiedOffLoop(null, input, withContext(publicPart(handle), options), signature),
    },
    ...asymmetric({
      generate: (done) => generateKeyPair(name, undefined, done),
      accepts: (key) => key.asymmetricKeyType === name,
      digest: null,
      publicForm: (publicKey) => ({ name, publicKey: pemOf(publicKey) }),
    }),
  };
}

export const SLH_DSA_TYPES: readonly KeyType[] = (['sha2', 'shake'] as const).flatMap((family) => (Object.keys(SLH_DSA_SIGNATURE_BYTES) as Level[]).map((level) => slhDsaType(family, level)));
