import { createPrivateKey, createPublicKey, generateKeyPair, sign, verify } from 'node:crypto';
import { base64Bytes } from '#pure/encoding/base64-bytes.js';
import type { KeyHandle } from '../domain/key-type.js';
import { asymmetric, privatePart, publicPart, spki } from './asymmetric.js';
import { bytesOfPublicText, publicText } from './composite-encoding.js';
import type { KeyType, SignatureScheme } from './key-type.js';
import { noContext } from './signature-refusals.js';

const SIGNATURE_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;

/**
 * RFC 8032. The message is signed as it is, so `prehashed` changes nothing, as in Vault: who gives a digest has the
 * digest signed. Signing takes 60 µs and verifying 200: both on the loop.
 */
const SIGNATURE: SignatureScheme = {
  refusal: (options) => noContext('ed25519', options),
  sign: async (handle, input) => sign(null, input, privatePart(handle)),
  verify: async (handle, input, signature) => signature.length === SIGNATURE_BYTES && verify(null, input, publicPart(handle), signature),
};

const PAIR = asymmetric({
  generate: (done) => generateKeyPair('ed25519', undefined, done),
  accepts: (key) => key.asymmetricKeyType === 'ed25519',
  digest: null,
  publicForm: (publicKey) => ({ name: 'ed25519', publicKey: publicText(publicKey.export({ format: 'raw-public' })) }),
  secretForm: (privateKey) => {
    const bytes = hkdfInputOf({ privateKey, publicKey: createPublicKey(privateKey) });
    try {
      return base64Bytes(bytes);
    } finally {
      bytes.fill(0);
    }
  },
});

export const ED25519_TYPE: KeyType = {
  name: 'ed25519',
  supports: { encryption: false, decryption: false, signing: true, derivation: true },
  cipher: null,
  signature: SIGNATURE,
  ...PAIR,
  importPublic: (bytes) => {
    const raw = bytesOfPublicText(bytes, PUBLIC_KEY_BYTES);
    return raw === null ? PAIR.importPublic(bytes) : spki(createPublicKey({ key: raw, format: 'raw-public', asymmetricKeyType: 'ed25519' }));
  },
};

/** The handle of a 32-byte seed. Keeps nothing of the Buffer. */
export function ed25519Handle(seed: Buffer): KeyHandle {
  const privateKey = createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType: 'ed25519' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** Seed and public key, 64 bytes: the form of Go and so of Vault, exported and derived from. The caller's to wipe. */
export function hkdfInputOf(handle: KeyHandle): Buffer {
  const seed = privatePart(handle).export({ format: 'raw-private' });
  try {
    const both = Buffer.allocUnsafeSlow(64);
    both.set(seed);
    both.set(publicPart(handle).export({ format: 'raw-public' }), seed.length);
    return both;
  } finally {
    seed.fill(0);
  }
}
