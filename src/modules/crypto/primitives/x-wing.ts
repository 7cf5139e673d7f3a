import { createHash, createPrivateKey, createPublicKey, createSecretKey, decapsulate, diffieHellman, encapsulate, generateKeyPairSync, hash, hkdfSync, type KeyObject } from 'node:crypto';
import type { KeyHandle } from '../domain/key-type.js';
import { aead, AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from './aead.js';
import { publicText, rawPrivateKey, rawPublicKey, secretText, type CompositeEncoding } from './composite-encoding.js';
import type { Cipher, KeyType } from './key-type.js';

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 agree on a secret that holds while either of the two
 * does. The private key is the seed of both; the public key is ML-KEM's and then X25519's.
 *
 * The secret encrypts one text: HKDF-SHA-256 with the label below as `info` and no salt makes of it a key of
 * AES-256-GCM. The piece is what was encapsulated (1120 bytes), nonce, ciphertext, tag. Whoever has the public key can
 * write such a piece without this server.
 */
const SEED_BYTES = 32;
const EXPANDED_BYTES = 96;
const ML_KEM_SEED_BYTES = 64;
const ML_KEM_PUBLIC_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
const X25519_BYTES = 32;
export const ENCAPSULATED_BYTES = ML_KEM_CIPHERTEXT_BYTES + X25519_BYTES;

/** 1.3.6.1.4.1.62253.25722 (§5.8). */
const ENCODING: CompositeEncoding = { privateBytes: SEED_BYTES, publicBytes: ML_KEM_PUBLIC_BYTES + X25519_BYTES, identifier: Buffer.from('060b2b0601040183e62d81c87a', 'hex') };

/** Six characters that look like an X-wing (§5.3). */
const LABEL = Buffer.from('\\.//^\\', 'latin1');
const KEY_LABEL = Buffer.from('quantonium/x-wing/v1/aes-256-gcm', 'latin1');
const GCM = aead('aes-256-gcm');

export interface Encapsulated {
  /** The caller's to wipe. */
  readonly sharedSecret: Buffer;
  readonly ciphertext: Buffer;
}

export function encapsulateTo(handle: KeyHandle): Encapsulated {
  const ownX25519 = part(handle, 'x25519Public');
  const { sharedKey, ciphertext } = encapsulate(part(handle, 'mlKemPublic'));
  const ephemeral = generateKeyPairSync('x25519');
  const agreed = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: ownX25519 });
  const point = ephemeral.publicKey.export({ format: 'raw-public' });
  return { sharedSecret: combined(sharedKey, agreed, point, ownX25519), ciphertext: Buffer.concat([ciphertext, point]) };
}

/** The caller's to wipe. Throws for a point of X25519 on which both sides would agree whatever their keys. */
export function decapsulateBy(handle: KeyHandle, ciphertext: Uint8Array): Buffer {
  const point = ciphertext.subarray(ML_KEM_CIPHERTEXT_BYTES);
  const publicKey = createPublicKey({ key: Buffer.from(point), format: 'raw-public', asymmetricKeyType: 'x25519' });
  const agreed = diffieHellman({ privateKey: part(handle, 'x25519Private'), publicKey });
  const sharedKey = decapsulate(part(handle, 'mlKemPrivate'), ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
  return combined(sharedKey, agreed, point, part(handle, 'x25519Public'));
}

/** §5.3. Wipes what it combines. */
function combined(mlKem: Buffer, x25519: Buffer, point: Uint8Array, publicKey: KeyObject): Buffer {
  try {
    return createHash('sha3-256').update(mlKem).update(x25519).update(point).update(publicKey.export({ format: 'raw-public' })).update(LABEL).digest();
  } finally {
    mlKem.fill(0);
    x25519.fill(0);
  }
}

/** The key of one text. Wipes the secret it is made of. */
function textKey(sharedSecret: Buffer): KeyHandle {
  const bytes = Buffer.from(hkdfSync('sha256', sharedSecret, Buffer.alloc(0), KEY_LABEL, 32));
  try {
    return { secret: createSecretKey(bytes) };
  } finally {
    bytes.fill(0);
    sharedSecret.fill(0);
  }
}

const CIPHER: Cipher = {
  nonceBytes: AEAD_NONCE_BYTES,
  // Under a key that encrypts once no two nonces meet.
  usesRandomNonce: false,
  takesAssociatedData: true,
  plaintextBytesMax: Infinity,
  encrypt: (handle, plaintext, options) => {
    const { sharedSecret, ciphertext } = encapsulateTo(handle);
    return Buffer.concat([ciphertext, GCM.encrypt(textKey(sharedSecret), plaintext, options)]);
  },
  decrypt: (handle, bytes, options) => {
    if (bytes.length < ENCAPSULATED_BYTES + AEAD_NONCE_BYTES + AEAD_TAG_BYTES) return null;
    const key = openedKey(handle, bytes.subarray(0, ENCAPSULATED_BYTES));
    return key === null ? null : GCM.decrypt(key, bytes.subarray(ENCAPSULATED_BYTES), options);
  },
};

function openedKey(handle: KeyHandle, encapsulated: Uint8Array): KeyHandle | null {
  // A handle without its private half is our mistake and throws; what a stranger encapsulated does not.
  part(handle, 'mlKemPrivate');
  try {
    return textKey(decapsulateBy(handle, encapsulated));
  } catch {
    return null;
  }
}

export const X_WING_TYPE: KeyType = {
  name: 'x-wing',
  supports: { encryption: true, decryption: true, signing: false, derivation: false },
  cipher: CIPHER,
  signature: null,
  generate: async (randomness) => {
    const secret = randomness.bytes(SEED_BYTES);
    return { secret, publicKey: publicBytes(open(secret)) };
  },
  importSecret: async (bytes) => {
    const secret = rawPrivateKey(ENCODING, bytes);
    return secret === null ? null : { secret, publicKey: publicBytes(open(secret)) };
  },
  importPublic: (bytes) => {
    const raw = rawPublicKey(ENCODING, bytes);
    return raw !== null && canBeEncryptedTo(raw) ? raw : null;
  },
  open,
  openPublic,
  publicKeyOf: publicBytes,
  publicForm: (publicKey) => ({ name: 'x-wing', publicKey: publicText(publicKey) }),
  secretForm: secretText,
};

type Part = 'mlKemPrivate' | 'mlKemPublic' | 'x25519Private' | 'x25519Public';

function part(handle: KeyHandle, name: Part): KeyObject {
  const key = handle[name];
  if (key === undefined) throw new Error(`a handle without ${name}`);
  return key;
}

/** Both keys from the seed by SHAKE256 (§5.2). */
function open(seed: Buffer): KeyHandle {
  if (seed.length !== SEED_BYTES) throw new Error('material of another type');
  const expanded = hash('shake256', seed, { outputEncoding: 'buffer', outputLength: EXPANDED_BYTES });
  try {
    const mlKemPrivate = createPrivateKey({ key: expanded.subarray(0, ML_KEM_SEED_BYTES), format: 'raw-seed', asymmetricKeyType: 'ml-kem-768' });
    const x25519Private = createPrivateKey({ key: expanded.subarray(ML_KEM_SEED_BYTES), format: 'raw-private', asymmetricKeyType: 'x25519' });
    return { mlKemPrivate, x25519Private, mlKemPublic: createPublicKey(mlKemPrivate), x25519Public: createPublicKey(x25519Private) };
  } finally {
    expanded.fill(0);
  }
}

function openPublic(publicKey: Buffer): KeyHandle {
  return {
    mlKemPublic: createPublicKey({ key: publicKey.subarray(0, ML_KEM_PUBLIC_BYTES), format: 'raw-public', asymmetricKeyType: 'ml-kem-768' }),
    x25519Public: createPublicKey({ key: publicKey.subarray(ML_KEM_PUBLIC_BYTES), format: 'raw-public', asymmetricKeyType: 'x25519' }),
  };
}

/** Also whether X25519 agrees on anything with it: it does not with points of small order. */
function canBeEncryptedTo(publicKey: Buffer): boolean {
  try {
    encapsulateTo(openPublic(publicKey)).sharedSecret.fill(0);
    return true;
  } catch {
    return false;
  }
}

function publicBytes(handle: KeyHandle): Buffer {
  return Buffer.concat([part(handle, 'mlKemPublic').export({ format: 'raw-public' }), part(handle, 'x25519Public').export({ format: 'raw-public' })]);
}
