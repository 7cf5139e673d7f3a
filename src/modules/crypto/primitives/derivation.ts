import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyHandle, KeyTypeName } from '../domain/key-type.js';
import { AEAD_NONCE_BYTES } from './aead.js';
import { ed25519Handle, hkdfInputOf } from './ed25519.js';

/** What OpenSSL takes as HKDF's `info` at most: longer contexts have to be refused. */
export const CONTEXT_BYTES_MAX = 1024;

const CONVERGENT_KEY_BYTES = 32;
const KEY_BYTES: Partial<Readonly<Record<KeyTypeName, number>>> = { 'aes128-gcm96': 16, 'aes256-gcm96': 32, 'chacha20-poly1305': 32 };

/** HKDF-SHA-256 (RFC 5869) without salt, the context as `info`: one independent key a context. */
const expand = (key: Parameters<typeof hkdfSync>[1], context: Uint8Array, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), context, bytes));

/**
 * The key of a context. Of AEADs as many bytes as the type has; of Ed25519 the 32-byte seed, expanded from seed and
 * public key together, since Vault's secret of that type is both (Go's form).
 */
export function deriveHandle(type: KeyTypeName, handle: KeyHandle, context: Buffer): KeyHandle {
  if (type === 'ed25519') return derivedEd25519(handle, context);
  const derived = expand(handle['secret']!, context, keyBytesOf(type));
  try {
    return { secret: createSecretKey(derived) };
  } finally {
    derived.fill(0);
  }
}

/** The key of a context together with the one that makes its nonces: `secret` and `nonces`. Vault's convergent version 3. */
export function convergentHandle(type: KeyTypeName, handle: KeyHandle, context: Buffer): KeyHandle {
  const keyBytes = keyBytesOf(type);
  const derived = expand(handle['secret']!, context, keyBytes + CONVERGENT_KEY_BYTES);
  try {
    return { secret: createSecretKey(derived.subarray(0, keyBytes)), nonces: createSecretKey(derived.subarray(keyBytes)) };
  } finally {
    derived.fill(0);
  }
}

/**
 * The nonce follows from the plaintext: equal plaintexts of one context give equal ciphertexts. It does not follow from
 * the associated data, in Vault's definition neither: one plaintext under several associated data has one nonce and one
 * ciphertext with several tags, from which whoever sees them can compute the key of the tags (not the encryption key),
 * and forge. Convergent keys want one associated data a context.
 */
export function convergentNonce(handle: KeyHandle, plaintext: Uint8Array): Buffer {
  return createHmac('sha256', handle['nonces']!).update(plaintext).digest().subarray(0, AEAD_NONCE_BYTES);
}

function keyBytesOf(type: KeyTypeName): number {
  const bytes = KEY_BYTES[type];
  if (bytes === undefined) throw new Error(`${type} derives no keys`);
  return bytes;
}

function derivedEd25519(handle: KeyHandle, context: Buffer): KeyHandle {
  const input = hkdfInputOf(handle);
  const seed = expand(input, context, 32);
  try {
    return ed25519Handle(seed);
  } finally {
    input.fill(0);
    seed.fill(0);
  }
}
