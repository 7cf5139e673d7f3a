import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { HASHES, type HashName } from '../domain/hash-name.js';
import type { KeyType } from './key-type.js';
import { symmetricType } from './symmetric-type.js';

export const HMAC_KEY_BYTES_MIN = 32;
export const HMAC_KEY_BYTES_MAX = 512;

/** A key of type `hmac` does nothing else. Keys of other types have an HMAC key beside their own, as in Vault: 32 bytes. */
export const HMAC_TYPE: KeyType = symmetricType({ name: 'hmac', min: HMAC_KEY_BYTES_MIN, max: HMAC_KEY_BYTES_MAX, usual: HMAC_KEY_BYTES_MIN });

/** RFC 2104. */
export function hmac(key: KeyObject, hash: HashName, input: Uint8Array): Buffer {
  return createHmac(HASHES[hash].openssl, key).update(input).digest();
}

/** In constant time; false also for a value of another length. */
export function verifyHmac(key: KeyObject, hash: HashName, input: Uint8Array, value: Uint8Array): boolean {
  const expected = hmac(key, hash, input);
  return value.length === expected.length && timingSafeEqual(expected, value);
}
