import type { KeyObject } from 'node:crypto';
import { decrypt, encrypt, NONCE_BYTES } from './authenticated-encryption.js';
import type { HouseKey } from './house-key.js';

export const SEAL_NONCE_BYTES = NONCE_BYTES;

/** Small secrets that other engines keep in rows of their own: data keys, secrets of webhooks. One key a purpose. */
export function sealingKey(house: HouseKey, purpose: string): KeyObject {
  return house.derive(`quantonium/sealing/v1/${purpose}`);
}

/**
 * Nonce, ciphertext and tag in one piece. A day of a thousand entries a second stays below 2^27 seals under a key.
 * `associatedData` says where the piece belongs, e.g. the row's id: moved elsewhere it does not open.
 */
export function seal(key: KeyObject, nonce: Buffer, plaintext: Uint8Array, associatedData: string): Buffer {
  return Buffer.concat([nonce, encrypt(key, nonce, plaintext, associatedData)]);
}

/** Null for everything that `seal` did not make of this key and this associated data; never throws. */
export function openSealed(key: KeyObject, sealed: Uint8Array, associatedData: string): Buffer | null {
  return decrypt(key, sealed.subarray(0, SEAL_NONCE_BYTES), sealed.subarray(SEAL_NONCE_BYTES), associatedData);
}
