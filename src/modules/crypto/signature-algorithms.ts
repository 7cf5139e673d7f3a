import { createHash, generateKeyPair, sign as signBytes, verify as verifyBytes, type KeyObject } from 'node:crypto';
import type { SignatureAlgorithmName } from './domain/key-version.js';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface SignatureAlgorithm {
  /** `signatureBytes`, always exactly: a signature of any other length is refused before the arithmetic. */
  readonly signatureBytes: number;
  generate(): Promise<KeyPair>;
  /** Off the event loop. */
  sign(privateKey: KeyObject, bytes: Uint8Array): Promise<Buffer>;
  verify(publicKey: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean;
  /** The JWK members that RFC 7638 hashes, in lexicographic order. */
  readonly thumbprintMembers: readonly string[];
}

const generated = (make: (done: (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void) => void): Promise<KeyPair> =>
  new Promise((resolve, reject) => {
    make((error, publicKey, privateKey) => {
      if (error === null) resolve({ publicKey, privateKey });
      else reject(error);
    });
  });

type SigningKey = Parameters<typeof signBytes>[2];

const signed = (digest: string | null, bytes: Uint8Array, key: SigningKey): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    signBytes(digest, bytes, key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });

/**
 * One record an algorithm; nothing else in the engine knows their differences.
 * ES256 (RFC 7518 §3.4) is SHA-256 with the two 32-byte integers side by side (IEEE P1363), never DER. Ed25519
 * (RFC 8032) and ML-DSA-44 (FIPS 204, hedged, empty context) take the message itself.
 */
export const SIGNATURE_ALGORITHMS: Readonly<Record<SignatureAlgorithmName, SignatureAlgorithm>> = {
  'ES256': {
    signatureBytes: 64,
    generate: () => generated((done) => generateKeyPair('ec', { namedCurve: 'P-256' }, done)),
    sign: (key, bytes) => signed('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    verify: (key, bytes, signature) => verifyBytes('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature),
    thumbprintMembers: ['crv', 'kty', 'x', 'y'],
  },
  'Ed25519': {
    signatureBytes: 64,
    generate: () => generated((done) => generateKeyPair('ed25519', undefined, done)),
    sign: (key, bytes) => signed(null, bytes, key),
    verify: (key, bytes, signature) => verifyBytes(null, bytes, key, signature),
    thumbprintMembers: ['crv', 'kty', 'x'],
  },
  // RFC 7518 §3.3. 3072 bits are as strong as the 128 of the others (NIST SP 800-57 part 1, table 2).
  'RS256': {
    signatureBytes: 384,
    generate: () => generated((done) => generateKeyPair('rsa', { modulusLength: 3072, publicExponent: 0x10001 }, done)),
    sign: (key, bytes) => signed('sha256', bytes, key),
    verify: (key, bytes, signature) => verifyBytes('sha256', bytes, key, signature),
    thumbprintMembers: ['e', 'kty', 'n'],
  },
  'ML-DSA-44': {
    signatureBytes: 2420,
    generate: () => generated((done) => generateKeyPair('ml-dsa-44', undefined, done)),
    sign: (key, bytes) => signed(null, bytes, key),
    verify: (key, bytes, signature) => verifyBytes(null, bytes, key, signature),
    thumbprintMembers: ['alg', 'kty', 'pub'],
  },
};

/** True only for a signature of the algorithm's own length by exactly this key; never throws for bytes a stranger sent. */
export function verifySignature(algorithm: SignatureAlgorithmName, publicKey: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  const { signatureBytes, verify } = SIGNATURE_ALGORITHMS[algorithm];
  return signature.length === signatureBytes && verify(publicKey, bytes, signature);
}

/** The members of a public key as RFC 7517 writes it that make it this key, and no others: no private one can slip in. */
export function publicJwk(algorithm: SignatureAlgorithmName, publicKey: KeyObject): Readonly<Record<string, string>> {
  const jwk = publicKey.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>;
  const members = SIGNATURE_ALGORITHMS[algorithm].thumbprintMembers.map((name) => [name, jwk[name]] as const);
  if (members.some(([, value]) => typeof value !== 'string')) throw new Error(`a public key that is not ${algorithm}`);
  return Object.fromEntries(members) as Record<string, string>;
}

/** RFC 7638 with SHA-256, base64url: the key's name is a digest of the key, so a row cannot carry another's name. */
export function keyThumbprint(algorithm: SignatureAlgorithmName, publicKey: KeyObject): string {
  return createHash('sha256').update(JSON.stringify(publicJwk(algorithm, publicKey))).digest('base64url');
}
