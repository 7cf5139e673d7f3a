import { createSecretKey } from 'node:crypto';
import { base64Bytes } from '#pure/encoding/base64-bytes.js';
import type { KeyTypeName } from '../domain/key-type.js';
import type { KeyType } from './key-type.js';

interface Sizes {
  readonly name: KeyTypeName;
  /** Bytes of a key, at least and at most. */
  readonly min: number;
  readonly max: number;
  /** Of a key that nobody gave a size. */
  readonly usual: number;
}

/** What all keys have in common that are nothing but random bytes. */
export function symmetricType({ name, min, max, usual }: Sizes): KeyType {
  const fits = (bytes: number): boolean => Number.isSafeInteger(bytes) && bytes >= min && bytes <= max;
  const noPublicHalf = (): never => {
    throw new Error(`${name} has no public half`);
  };
  return {
    name,
    supports: { encryption: false, decryption: false, signing: false, derivation: false },
    cipher: null,
    signature: null,
    generate: async (randomness, keyBytes = usual) => {
      if (!fits(keyBytes)) throw new RangeError(`${name} has no key of ${keyBytes} bytes`);
      return { secret: randomness.bytes(keyBytes), publicKey: null };
    },
    importSecret: async (bytes) => (fits(bytes.length) ? { secret: copyOf(bytes), publicKey: null } : null),
    importPublic: () => null,
    open: (secret) => {
      if (!fits(secret.length)) throw new Error(`${name} has no key of ${secret.length} bytes`);
      return { secret: createSecretKey(secret) };
    },
    openPublic: noPublicHalf,
    publicKeyOf: () => null,
    publicForm: noPublicHalf,
    secretForm: base64Bytes,
  };
}

/** Memory of its own, not a slice of the pool that other Buffers share: it can be wiped whole. */
export function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
