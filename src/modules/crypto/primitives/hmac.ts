import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { HASHES, type HashName } from '../domain/hash-name.js';
import { HMAC_KEY_BYTES } from '../domain/key-settings.js';
import type { KeyType } from './key-type.js';
import { symmetricType } from './symmetric-type.js';

/** A key of type `hmac` does nothing else. Keys of other types have an HMAC key beside their own, as in Vault: 32 bytes. */
export const HMAC_TYPE: KeyType = symmetricType({ name: 'hmac', ...HMAC_KEY_BYTES });

/** RFC 2104. */
export function hmac(key: KeyObject, hash: HashName, input: Uint8Array): Buffer {
  return createHmac(HASHES[hash].openssl, key).update(input).digest();
}

/** In constant time; false also for a value of another length. */
export function verifyHmac(key: KeyObject, hash: HashName, input: Uint8Array, value: Uint8Array): boolean {
  const expected = hmac(key, hash, input);
  return value.length === expected.length && timingSafeEqual(expected, value);
}
