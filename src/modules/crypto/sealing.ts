import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { RootKey } from './root-key.js';

export const SEAL_NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Small secrets that other engines keep in rows of their own: data keys, secrets of webhooks. One key a purpose. */
export function sealingKey(root: RootKey, purpose: string): KeyObject {
  return root.derive(`quantonium/sealing/v1/${purpose}`);
}

/**
 * AES-256-GCM: nonce, ciphertext, tag, in one piece. Under random 96-bit nonces a key may seal 2^32 times (NIST SP
 * 800-38D §8.3): a day of a thousand entries a second stays below 2^27.
 * `associatedData` says where the piece belongs, e.g. the row's id: moved elsewhere it does not open.
 */
export function seal(key: KeyObject, nonce: Buffer, plaintext: Uint8Array, associatedData: string): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(associatedData, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Null for everything that `seal` did not make of this key and this associated data; never throws. */
export function openSealed(key: KeyObject, sealed: Uint8Array, associatedData: string): Buffer | null {
  if (sealed.length < SEAL_NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, SEAL_NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(associatedData, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(SEAL_NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}
