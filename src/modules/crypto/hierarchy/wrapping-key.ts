import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';
import { openSealed, seal, SEAL_NONCE_BYTES } from '../sealing.js';

export const WRAPPING_KEY_BYTES = 32;

/**
 * A key that only wraps other keys: AES-256-GCM under random nonces, so at most 2^32 times (sealing.ts), of which a
 * root key uses one a project and a project's key two a version of its keys.
 */
export class WrappingKey {
  readonly #secret: KeyObject;
  readonly #randomness: Randomness;

  constructor(secret: KeyObject, randomness: Randomness) {
    this.#secret = secret;
    this.#randomness = randomness;
  }

  /** Takes the bytes over: whatever happens, they are zero when this returns. */
  static takeOver(bytes: Buffer, randomness: Randomness): WrappingKey {
    try {
      if (bytes.length !== WRAPPING_KEY_BYTES) throw new Error(`a wrapping key is ${WRAPPING_KEY_BYTES} bytes, these are ${bytes.length}`);
      return new WrappingKey(createSecretKey(bytes), randomness);
    } finally {
      bytes.fill(0);
    }
  }

  /** 28 bytes longer than the secret. `associatedData` names all that it belongs to: moved elsewhere it does not open. The secret stays the caller's to wipe. */
  wrap(secret: Uint8Array, associatedData: string): Buffer {
    return seal(this.#secret, this.#randomness.nonce(SEAL_NONCE_BYTES), secret, associatedData);
  }

  /** Null for what this key did not wrap with this associated data; never throws. The bytes are the caller's to wipe. */
  unwrap(wrapped: Uint8Array, associatedData: string): Buffer | null {
    return openSealed(this.#secret, wrapped, associatedData);
  }
}
