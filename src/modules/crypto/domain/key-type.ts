import type { KeyObject } from 'node:crypto';

/** Every type that a key can have; what a client writes (`mldsa-65`, `ml-dsa` with a parameter set) is brought to one of these. */
export const KEY_TYPE_NAMES = [
  'aes128-gcm96', 'aes256-gcm96', 'chacha20-poly1305',
  'ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521',
  'rsa-2048', 'rsa-3072', 'rsa-4096',
  'hmac',
  'ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87',
  'slh-dsa-sha2-128s', 'slh-dsa-sha2-128f', 'slh-dsa-sha2-192s', 'slh-dsa-sha2-192f', 'slh-dsa-sha2-256s', 'slh-dsa-sha2-256f',
  'slh-dsa-shake-128s', 'slh-dsa-shake-128f', 'slh-dsa-shake-192s', 'slh-dsa-shake-192f', 'slh-dsa-shake-256s', 'slh-dsa-shake-256f',
  'hybrid', 'x-wing',
] as const;
export type KeyTypeName = (typeof KEY_TYPE_NAMES)[number];

/**
 * A version's secret as OpenSSL holds it: one key, or the parts of a composite by name. Nothing but KeyObjects, so that
 * it can be handed to a thread, and so that no bytes of it lie in the heap: those of an ECDSA key are there while a
 * digest is signed that the caller brings (docs/adr/0008), and of no other.
 */
export type KeyHandle = Readonly<Record<string, KeyObject>>;

/** A secret on its way into its wrapping or out of it. Whoever holds it wipes `secret`; it never becomes a string. */
export interface KeyMaterial {
  /** Symmetric: the key. Asymmetric: PKCS #8 DER, of composites what their draft calls the private key. */
  readonly secret: Buffer;
  /** SubjectPublicKeyInfo DER, of composites and X-Wing the raw concatenation; null for symmetric keys. */
  readonly publicKey: Buffer | null;
}
