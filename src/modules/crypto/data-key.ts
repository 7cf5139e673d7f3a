import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';
import { authenticate, encryptInParts, isAuthentic } from './authenticated-encryption.js';
import { openSealed, seal, SEAL_NONCE_BYTES } from './sealing.js';

export const DATA_KEY_BYTES = 32;
/** Of a GMAC. */
const MARK_BYTES = 16;

/**
 * A random key with a life of its own: whoever had it made keeps it sealed, and destroys what it closed by destroying
 * that. Its bytes are inside OpenSSL and have no way out.
 */
export class DataKey {
  readonly #secret: KeyObject;
  readonly #randomness: Randomness;

  private constructor(secret: KeyObject, randomness: Randomness) {
    this.#secret = secret;
    this.#randomness = randomness;
  }

  /** Takes the bytes over: whatever happens, they are zero when this returns. */
  static takeOver(bytes: Buffer, randomness: Randomness): DataKey {
    try {
      if (bytes.length !== DATA_KEY_BYTES) throw new Error(`a data key is ${DATA_KEY_BYTES} bytes, these are ${bytes.length}`);
      return new DataKey(createSecretKey(bytes), randomness);
    } finally {
      bytes.fill(0);
    }
  }

  /** As a `Sealer`, under this key alone: at most 2^32 times (sealing.ts). */
  seal(plaintext: Uint8Array, associatedData: string): Buffer {
    return seal(this.#secret, this.#randomness.nonce(SEAL_NONCE_BYTES), plaintext, associatedData);
  }

  /** As `seal`, in parts that make it up one behind the other: of what is large each copy is felt. */
  sealInParts(plaintext: Uint8Array, associatedData: string): readonly Buffer[] {
    const nonce = this.#randomness.nonce(SEAL_NONCE_BYTES);
    return [nonce, ...encryptInParts(this.#secret, nonce, plaintext, associatedData)];
  }

  /** Null for what this key did not seal with this associated data. */
  open(sealed: Uint8Array, associatedData: string): Buffer | null {
    return openSealed(this.#secret, sealed, associatedData);
  }

  /** As `sealInParts`, and as long, of bytes that may be read where they are kept: nonce, a copy of the bytes, tag. */
  markInParts(bytes: Uint8Array, associatedData: string): readonly Buffer[] {
    const nonce = this.#randomness.nonce(SEAL_NONCE_BYTES);
    return [nonce, Buffer.from(bytes), authenticate(this.#secret, nonce, bytes, associatedData)];
  }

  /** A copy of the bytes; null for what this key did not mark with this associated data. */
  readMarked(marked: Buffer, associatedData: string): Buffer | null {
    if (marked.length < SEAL_NONCE_BYTES + MARK_BYTES) return null;
    const bytes = marked.subarray(SEAL_NONCE_BYTES, -MARK_BYTES);
    return isAuthentic(this.#secret, marked.subarray(0, SEAL_NONCE_BYTES), bytes, marked.subarray(-MARK_BYTES), associatedData) ? Buffer.from(bytes) : null;
  }
}
