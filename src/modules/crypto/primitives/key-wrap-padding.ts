import { constants, createCipheriv, createDecipheriv, createSecretKey, publicEncrypt, subtle, type KeyObject } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';
import { HASHES } from '../domain/hash-name.js';

/**
 * Keys on their way from one server to another. A random AES-256 key wraps the key (AES key wrap with padding,
 * RFC 5649), and RSA-OAEP wraps that one: what an owner of the RSA key's public half sends is the two, one after the
 * other. Symmetric keys travel as they are, others as PKCS #8.
 */
const ALGORITHM = 'id-aes256-wrap-pad';
/** RFC 5649 §3; the length of the key takes the other half of the block. */
const INITIAL_VALUE = Buffer.from('a65959a6', 'hex');
const AES_KEY_BYTES = 32;
const BLOCK_BYTES = 8;
/** A block of the padded key and one of the check: what is shorter OpenSSL reads beyond. */
const WRAPPED_BYTES_MIN = 2 * BLOCK_BYTES;

/** One to 2^32 bytes. */
export function wrapPadded(key: KeyObject, secret: Uint8Array): Buffer {
  if (secret.length === 0) throw new Error('nothing to wrap');
  const cipher = createCipheriv(ALGORITHM, key, INITIAL_VALUE);
  return Buffer.concat([cipher.update(secret), cipher.final()]);
}

/** The caller's to wipe; null for everything that `wrapPadded` did not make of this key. */
export function unwrapPadded(key: KeyObject, wrapped: Uint8Array): Buffer | null {
  if (wrapped.length < WRAPPED_BYTES_MIN || wrapped.length % BLOCK_BYTES !== 0) return null;
  const decipher = createDecipheriv(ALGORITHM, key, INITIAL_VALUE);
  try {
    // The whole key comes out of `update`: it is one operation, checked before anything is given out.
    const secret = decipher.update(wrapped);
    decipher.final();
    const padding = wrapped.length - BLOCK_BYTES - secret.length;
    if (secret.length > 0 && padding >= 0 && padding < BLOCK_BYTES) return secret;
    secret.fill(0);
    return null;
  } catch {
    return null;
  }
}

/** What OAEP may digest with here, by the names of WebCrypto. */
const OAEP_HASHES = { 'sha2-256': 'SHA-256', 'sha2-384': 'SHA-384', 'sha2-512': 'SHA-512' } as const;
export type TransportHash = keyof typeof OAEP_HASHES;

/**
 * The secret in an import's ciphertext, the caller's to wipe; null for whatever was not wrapped for this key. By
 * WebCrypto, which does the private operation in a thread: at 4096 bits it takes 7 ms.
 */
export async function unwrapImport(privateKey: KeyObject, blob: Uint8Array, hash: TransportHash = 'sha2-256'): Promise<Buffer | null> {
  const block = blockOf(privateKey);
  if (blob.length < block + WRAPPED_BYTES_MIN) return null;
  const key = privateKey.toCryptoKey({ name: 'RSA-OAEP', hash: OAEP_HASHES[hash] }, false, ['decrypt']);
  const opened = await subtle.decrypt({ name: 'RSA-OAEP' }, key, Buffer.from(blob.subarray(0, block))).catch(() => null);
  if (opened === null) return null;
  const aesKey = Buffer.from(opened);
  try {
    return aesKey.length === AES_KEY_BYTES ? unwrapPadded(createSecretKey(aesKey), blob.subarray(block)) : null;
  } finally {
    aesKey.fill(0);
  }
}

/** As a client wraps: for the holder of an RSA key, which may be a key of this server or another server's wrapping key. */
export function wrapForImport(publicKey: KeyObject, secret: Uint8Array, randomness: Randomness, hash: TransportHash = 'sha2-256'): Buffer {
  const aesKey = randomness.bytes(AES_KEY_BYTES);
  try {
    return Buffer.concat([publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: HASHES[hash].openssl }, aesKey), wrapPadded(createSecretKey(aesKey), secret)]);
  } finally {
    aesKey.fill(0);
  }
}

const blockOf = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
