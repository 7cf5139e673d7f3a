import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes, type KeyObject } from 'node:crypto';
import { pemBytes } from '#pure/encoding/base64-bytes.js';
import type { KeyHandle, KeyMaterial } from '../domain/key-type.js';
import type { KeyType, PublicForm } from './key-type.js';

/**
 * What OpenSSL's own asymmetric types have in common. A handle of theirs is `{ privateKey, publicKey }`, or the latter
 * alone; material is PKCS #8 and SubjectPublicKeyInfo, both DER.
 */
export interface AsymmetricFacts {
  /** Throws OpenSSL's error where it has one. */
  generate(done: (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void): void;
  /** Whether a key that OpenSSL could read is of this type, curve, size and strength; asked of either half. */
  accepts(key: KeyObject): boolean;
  /** What a pair is tried with before it is taken in: null where the type takes the message itself. */
  readonly digest: 'sha256' | null;
  /** The form that came before PKCS #8, and that OpenSSL's commands still write as DER; taken in, never written. */
  readonly traditional?: 'pkcs1' | 'sec1';
  publicForm(publicKey: KeyObject): PublicForm;
  secretForm?(privateKey: KeyObject): Buffer;
}

type AsymmetricPart = Pick<KeyType, 'generate' | 'importSecret' | 'importPublic' | 'open' | 'openPublic' | 'publicKeyOf' | 'publicForm' | 'secretForm'>;

export function asymmetric(facts: AsymmetricFacts): AsymmetricPart {
  return {
    generate: async () => materialOf(await generated((done) => facts.generate(done))),
    importSecret: async (bytes) => {
      const key = privateKeyOf(bytes) ?? (facts.traditional === undefined ? null : privateKeyOf(bytes, facts.traditional));
      if (key === null || !facts.accepts(key) || !facts.accepts(createPublicKey(key))) return null;
      // Written anew: what lies in the row is DER of our own, whatever attributes the file of a stranger carried.
      return (await isPair(key, facts.digest)) ? materialOf(key) : null;
    },
    importPublic: (bytes) => {
      const key = publicKeyOf(bytes);
      return key !== null && facts.accepts(key) ? spki(key) : null;
    },
    open: (secret) => {
      const privateKey = privateKeyOf(secret);
      if (privateKey === null || !facts.accepts(privateKey)) throw new Error('material of another type');
      return { privateKey, publicKey: createPublicKey(privateKey) };
    },
    openPublic: (bytes) => {
      const publicKey = publicKeyOf(bytes);
      if (publicKey === null || !facts.accepts(publicKey)) throw new Error('a public key of another type');
      return { publicKey };
    },
    publicKeyOf: (handle) => spki(publicPart(handle)),
    publicForm: (bytes) => facts.publicForm(createPublicKey({ key: bytes, format: 'der', type: 'spki' })),
    secretForm: (secret) => (facts.secretForm === undefined ? pemBytes('PRIVATE KEY', secret) : facts.secretForm(createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }))),
  };
}

export function privatePart(handle: KeyHandle): KeyObject {
  const { privateKey } = handle;
  if (privateKey === undefined) throw new Error('a handle without a private key');
  return privateKey;
}

export function publicPart(handle: KeyHandle): KeyObject {
  const { publicKey } = handle;
  if (publicKey === undefined) throw new Error('a handle without a public key');
  return publicKey;
}

/** PEM of SubjectPublicKeyInfo. */
export const pemOf = (publicKey: KeyObject): string => publicKey.export({ type: 'spki', format: 'pem' }) as string;

export const spki = (publicKey: KeyObject): Buffer => publicKey.export({ type: 'spki', format: 'der' });

export function generated(make: (done: (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void) => void): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    make((error, _publicKey, privateKey) => {
      if (error === null) resolve(privateKey);
      else reject(error);
    });
  });
}

type Key = Parameters<typeof signBytes>[2];

/** On a thread of libuv's pool. */
export function signedOffLoop(digest: string | null, bytes: Uint8Array, key: Key): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signBytes(digest, bytes, key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

type PublicKey = Parameters<typeof verifyBytes>[2];

/** On a thread of libuv's pool. What OpenSSL cannot read as a signature is none. */
export function verifiedOffLoop(digest: string | null, bytes: Uint8Array, key: PublicKey, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    verifyBytes(digest, bytes, key, signature, (error, verifies) => resolve(error === null && verifies));
  });
}

/** DER with nothing behind it; null for whatever OpenSSL does not read as a private key, and for encrypted ones. */
function privateKeyOf(bytes: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8'): KeyObject | null {
  if (!isOneSequence(bytes)) return null;
  try {
    return createPrivateKey({ key: bytes, format: 'der', type });
  } catch {
    return null;
  }
}

const PEM_HEAD = Buffer.from('-----BEGIN PUBLIC KEY-----', 'latin1');

/** SubjectPublicKeyInfo, PEM or DER. */
function publicKeyOf(bytes: Buffer): KeyObject | null {
  const text = bytes.subarray(0, PEM_HEAD.length).equals(PEM_HEAD);
  if (!text && !isOneSequence(bytes)) return null;
  try {
    return createPublicKey(text ? { key: bytes, format: 'pem' } : { key: bytes, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/** Whether the bytes are one DER SEQUENCE from the first to the last: OpenSSL reads the first and passes over what follows. */
export function isOneSequence(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 2) return false;
  const first = bytes[1]!;
  if (first < 0x80) return bytes.length === 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 3 || bytes.length < 2 + lengthBytes) return false;
  const length = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUIntBE(2, lengthBytes);
  return bytes.length === 2 + lengthBytes + length;
}

const TRIAL = Buffer.from('a pair that belongs together');

/**
 * Whether the two halves belong together (FIPS 140-3 IG 10.3.A, a pairwise test): a file may carry a public key or RSA
 * numbers that do not follow from the private one, and OpenSSL believes it.
 */
async function isPair(privateKey: KeyObject, digest: 'sha256' | null): Promise<boolean> {
  try {
    const signature = await signedOffLoop(digest, TRIAL, privateKey);
    return await verifiedOffLoop(digest, TRIAL, createPublicKey(privateKey), signature);
  } catch {
    return false;
  }
}

function materialOf(privateKey: KeyObject): KeyMaterial {
  return { secret: privateKey.export({ type: 'pkcs8', format: 'der' }), publicKey: spki(createPublicKey(privateKey)) };
}
