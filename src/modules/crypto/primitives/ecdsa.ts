import { generateKeyPair, sign, verify, type KeyObject } from 'node:crypto';
import { pemBytes } from '#pure/encoding/base64-bytes.js';
import { HASHES } from '../domain/hash-name.js';
import type { KeyTypeName } from '../domain/key-type.js';
import { asymmetric, pemOf, privatePart, publicPart, signedOffLoop, spki, verifiedOffLoop } from './asymmetric.js';
import { derOfSignature, pairOfDer } from './ecdsa-encoding.js';
import { CURVES, type CurveName, isNothing, signDigest, verifyDigest } from './ecdsa-prehashed.js';
import type { KeyType, SignatureOptions, SignatureScheme } from './key-type.js';
import { digestRefusal, noContext } from './signature-refusals.js';

interface EcdsaFacts {
  readonly curve: CurveName;
  /** As OpenSSL calls the curve. */
  readonly namedCurve: string;
  /** SubjectPublicKeyInfo with a named curve and an uncompressed point: explicit parameters and compressed points have other lengths. */
  readonly spkiBytes: number;
  /** Arithmetic in assembly: 60 µs to sign. The others take milliseconds and are done off the loop. */
  readonly isFast: boolean;
}

const FACTS = {
  'ecdsa-p256': { curve: 'P-256', namedCurve: 'prime256v1', spkiBytes: 91, isFast: true },
  'ecdsa-p384': { curve: 'P-384', namedCurve: 'secp384r1', spkiBytes: 120, isFast: false },
  'ecdsa-p521': { curve: 'P-521', namedCurve: 'secp521r1', spkiBytes: 158, isFast: false },
} as const satisfies Partial<Record<KeyTypeName, EcdsaFacts>>;

export function ecdsaType(name: keyof typeof FACTS): KeyType {
  const facts = FACTS[name];
  return {
    name,
    supports: { encryption: false, decryption: false, signing: true, derivation: false },
    cipher: null,
    signature: ecdsa(name, facts),
    ...asymmetric({
      generate: (done) => generateKeyPair('ec', { namedCurve: facts.curve }, done),
      accepts: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === facts.namedCurve && (key.type === 'private' || spki(key).length === facts.spkiBytes),
      digest: 'sha256',
      traditional: 'sec1',
      publicForm: (publicKey) => ({ name: facts.curve, publicKey: pemOf(publicKey) }),
      secretForm: (privateKey) => {
        const der = privateKey.export({ type: 'sec1', format: 'der' });
        try {
          return pemBytes('EC PRIVATE KEY', der);
        } finally {
          der.fill(0);
        }
      },
    }),
  };
}

/** FIPS 186-5 §6. `asn1` is DER (RFC 3279 §2.2.3), `jws` the two integers side by side, each as long as the order. */
function ecdsa(type: string, { curve, isFast }: EcdsaFacts): SignatureScheme {
  const pairBytes = 2 * CURVES[curve].bytes;
  const keyed = (key: KeyObject, { marshaling }: SignatureOptions) => ({ key, dsaEncoding: marshaling === 'jws' ? ('ieee-p1363' as const) : ('der' as const) });
  return {
    refusal: (options, input) => noContext(type, options) ?? digestRefusal(options, input) ?? (options.prehashed && isNothing(curve, input) ? 'no digest is zero' : null),
    sign: async (handle, input, options) => {
      const key = privatePart(handle);
      if (options.prehashed) {
        const pair = await signDigest(curve, key, input);
        return options.marshaling === 'jws' ? pair : derOfSignature(pair);
      }
      const digest = digestOf(options);
      return isFast ? sign(digest, input, keyed(key, options)) : signedOffLoop(digest, input, keyed(key, options));
    },
    verify: async (handle, input, signature, options) => {
      const key = publicPart(handle);
      if (options.prehashed) {
        const pair = options.marshaling === 'jws' ? signature : pairOfDer(signature, CURVES[curve].bytes);
        return pair?.length === pairBytes && verifyDigest(curve, key, input, pair);
      }
      if (options.marshaling === 'jws' && signature.length !== pairBytes) return false;
      const digest = digestOf(options);
      return isFast ? verify(digest, input, keyed(key, options), signature) : verifiedOffLoop(digest, input, keyed(key, options), signature);
    },
  };
}

function digestOf({ hash }: SignatureOptions): string {
  if (hash === 'none') throw new Error('ECDSA signs a digest');
  return HASHES[hash].openssl;
}
