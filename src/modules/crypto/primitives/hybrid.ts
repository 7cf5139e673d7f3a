import { createPrivateKey, createPublicKey, generateKeyPair, hash as digestOf, sign, verify, type KeyObject } from 'node:crypto';
import type { KeyHandle } from '../domain/key-type.js';
import { generated, signedOffLoop } from './asymmetric.js';
import { publicText, rawPrivateKey, rawPublicKey, secretText, type CompositeEncoding } from './composite-encoding.js';
import type { KeyType, SignatureOptions, SignatureScheme } from './key-type.js';
import { CONTEXT_BYTES_MAX_SIGNED } from './signature-refusals.js';

/**
 * id-MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs: ML-DSA-65 and Ed25519 over one representative of the
 * message, valid only if both are. Forging it takes breaking both. Private key: seed of ML-DSA, seed of Ed25519; public
 * key and signature: ML-DSA's, then Ed25519's (§4).
 */
const SEED_BYTES = 32;
const ML_DSA_PUBLIC_BYTES = 1952;
const ML_DSA_SIGNATURE_BYTES = 3309;
const SIGNATURE_BYTES = ML_DSA_SIGNATURE_BYTES + 64;
const ENCODING: CompositeEncoding = {
  privateBytes: 2 * SEED_BYTES,
  publicBytes: ML_DSA_PUBLIC_BYTES + 32,
  identifier: Buffer.from('06082b06010505070630', 'hex'),
};

const PREFIX = Buffer.from('CompositeAlgorithmSignatures2025', 'latin1');
/** Also what ML-DSA's own context is, so that its half is no signature of ML-DSA outside of a composite. */
const LABEL = Buffer.from('COMPSIG-MLDSA65-Ed25519-SHA512', 'latin1');

/** M' of §3.2: prefix, label, the context with its length, SHA-512 of the message. */
function representative(input: Uint8Array, { prehashed, context }: SignatureOptions): Buffer {
  const digest = prehashed ? input : digestOf('sha512', input, 'buffer');
  return Buffer.concat([PREFIX, LABEL, Buffer.from([context?.length ?? 0]), context ?? Buffer.alloc(0), digest]);
}

const SIGNATURE: SignatureScheme = {
  /** The digest may come from elsewhere where it is the scheme's own (§10.5, external pre-hashing). */
  refusal: ({ hash, prehashed, context }, input) => {
    if (prehashed && (hash !== 'sha2-512' || input.length !== 64)) return 'prehashed input of keys of type hybrid is a digest by sha2-512';
    return context !== null && context.length > CONTEXT_BYTES_MAX_SIGNED ? `a signature context has at most ${CONTEXT_BYTES_MAX_SIGNED} bytes` : null;
  },
  sign: async (handle, input, options) => {
    const message = representative(input, options);
    const first = await signedOffLoop(null, message, { key: part(handle, 'mlDsaPrivate'), context: LABEL });
    return Buffer.concat([first, sign(null, message, part(handle, 'ed25519Private'))]);
  },
  verify: async (handle, input, signature, options) => {
    if (signature.length !== SIGNATURE_BYTES) return false;
    const message = representative(input, options);
    const [first, second] = [signature.subarray(0, ML_DSA_SIGNATURE_BYTES), signature.subarray(ML_DSA_SIGNATURE_BYTES)];
    return verify(null, message, { key: part(handle, 'mlDsaPublic'), context: LABEL }, first) && verify(null, message, part(handle, 'ed25519Public'), second);
  },
};

export const HYBRID_TYPE: KeyType = {
  name: 'hybrid',
  supports: { encryption: false, decryption: false, signing: true, derivation: false },
  cipher: null,
  signature: SIGNATURE,
  generate: async () => {
    const [mlDsa, ed25519] = await Promise.all([generated((done) => generateKeyPair('ml-dsa-65', undefined, done)), generated((done) => generateKeyPair('ed25519', undefined, done))]);
    const halves = [mlDsa.export({ format: 'raw-seed' }), ed25519.export({ format: 'raw-private' })];
    const secret = Buffer.allocUnsafeSlow(ENCODING.privateBytes);
    halves.forEach((half, at) => {
      secret.set(half, at * SEED_BYTES);
      half.fill(0);
    });
    return { secret, publicKey: publicBytes({ mlDsaPublic: createPublicKey(mlDsa), ed25519Public: createPublicKey(ed25519) }) };
  },
  importSecret: async (bytes) => {
    const secret = rawPrivateKey(ENCODING, bytes);
    return secret === null ? null : { secret, publicKey: publicBytes(open(secret)) };
  },
  importPublic: (bytes) => {
    const raw = rawPublicKey(ENCODING, bytes);
    return raw !== null && isReadable(raw) ? raw : null;
  },
  open,
  openPublic,
  publicKeyOf: publicBytes,
  publicForm: (publicKey) => ({ name: 'id-MLDSA65-Ed25519-SHA512', publicKey: publicText(publicKey) }),
  secretForm: secretText,
};

type Part = 'mlDsaPrivate' | 'mlDsaPublic' | 'ed25519Private' | 'ed25519Public';

function part(handle: KeyHandle, name: Part): KeyObject {
  const key = handle[name];
  if (key === undefined) throw new Error(`a handle without ${name}`);
  return key;
}

function open(secret: Buffer): KeyHandle {
  if (secret.length !== ENCODING.privateBytes) throw new Error('material of another type');
  const mlDsaPrivate = createPrivateKey({ key: secret.subarray(0, SEED_BYTES), format: 'raw-seed', asymmetricKeyType: 'ml-dsa-65' });
  const ed25519Private = createPrivateKey({ key: secret.subarray(SEED_BYTES), format: 'raw-private', asymmetricKeyType: 'ed25519' });
  return { mlDsaPrivate, ed25519Private, mlDsaPublic: createPublicKey(mlDsaPrivate), ed25519Public: createPublicKey(ed25519Private) };
}

function openPublic(publicKey: Buffer): KeyHandle {
  return {
    mlDsaPublic: createPublicKey({ key: publicKey.subarray(0, ML_DSA_PUBLIC_BYTES), format: 'raw-public', asymmetricKeyType: 'ml-dsa-65' }),
    ed25519Public: createPublicKey({ key: publicKey.subarray(ML_DSA_PUBLIC_BYTES), format: 'raw-public', asymmetricKeyType: 'ed25519' }),
  };
}

function isReadable(publicKey: Buffer): boolean {
  try {
    return Object.keys(openPublic(publicKey)).length > 0;
  } catch {
    return false;
  }
}

function publicBytes(handle: KeyHandle): Buffer {
  return Buffer.concat([part(handle, 'mlDsaPublic').export({ format: 'raw-public' }), part(handle, 'ed25519Public').export({ format: 'raw-public' })]);
}
