import { constants, createCipheriv, createDecipheriv, createSecretKey, privateDecrypt, publicEncrypt, type KeyObject } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';
import { HASHES, type HashName } from '../domain/hash-name.js';

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

const keyed = (key: KeyObject, hash: HashName) => ({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: HASHES[hash].openssl });

/**
 * The secret in an import's ciphertext; null for whatever was not wrapped for this key. Blocks for one private
 * operation, 7 ms at 4096 bits: call it in a thread. The caller's to wipe.
 */
export function unwrapImport(privateKey: KeyObject, blob: Uint8Array, hash: HashName = 'sha2-256'): Buffer | null {
  const block = blockOf(privateKey);
  if (blob.length < block + WRAPPED_BYTES_MIN) return null;
  let aesKey: Buffer | null = null;
  try {
    aesKey = privateDecrypt(keyed(privateKey, hash), blob.subarray(0, block));
    return aesKey.length === AES_KEY_BYTES ? unwrapPadded(createSecretKey(aesKey), blob.subarray(block)) : null;
  } catch {
    return null;
  } finally {
    aesKey?.fill(0);
  }
}

/** As a client wraps: for the holder of an RSA key, which may be a key of this server or another server's wrapping key. */
export function wrapForImport(publicKey: KeyObject, secret: Uint8Array, randomness: Randomness, hash: HashName = 'sha2-256'): Buffer {
  const aesKey = randomness.bytes(AES_KEY_BYTES);
  try {
    return Buffer.concat([publicEncrypt(keyed(publicKey, hash), aesKey), wrapPadded(createSecretKey(aesKey), secret)]);
  } finally {
    aesKey.fill(0);
  }
}

const blockOf = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
