import type { KeyObject } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';
import { DATA_KEY_BYTES, DataKey } from './data-key.js';
import { openSealed, seal, SEAL_NONCE_BYTES } from './sealing.js';

/**
 * Closes what an engine keeps in rows of its own, under the key of one purpose. `associatedData` names the row, so that
 * what is moved to another one does not open. Throws `keyring-sealed` where the root key is not open, at each use: it may
 * be made before that.
 */
export class Sealer {
  readonly #key: () => KeyObject;
  readonly #randomness: Randomness;

  constructor(key: () => KeyObject, randomness: Randomness) {
    this.#key = key;
    this.#randomness = randomness;
  }

  /** A small secret, 28 bytes longer than the plaintext. */
  seal(plaintext: Uint8Array, associatedData: string): Buffer {
    return seal(this.#key(), this.#randomness.nonce(SEAL_NONCE_BYTES), plaintext, associatedData);
  }

  /** What was sealed; null when it was not sealed under this root key for this purpose and associated data. */
  open(sealed: Uint8Array, associatedData: string): Buffer | null {
    return openSealed(this.#key(), sealed, associatedData);
  }

  /** A new random key, and the sealed form that its owner keeps: when that is destroyed, so is what the key closed. */
  makeDataKey(associatedData: string): { readonly key: DataKey; readonly wrapped: Buffer } {
    const bytes = this.#randomness.bytes(DATA_KEY_BYTES);
    try {
      const wrapped = this.seal(bytes, associatedData);
      return { wrapped, key: DataKey.takeOver(bytes, this.#randomness) };
    } finally {
      bytes.fill(0);
    }
  }

  /** Null for what `makeDataKey` did not give out for this purpose and associated data. */
  openDataKey(wrapped: Uint8Array, associatedData: string): DataKey | null {
    const bytes = this.open(wrapped, associatedData);
    return bytes === null ? null : DataKey.takeOver(bytes, this.#randomness);
  }

  /** The same key, bound to something else: for what gets its name only when it is whole. Null as `openDataKey`. */
  rewrapDataKey(wrapped: Uint8Array, from: string, to: string): Buffer | null {
    const bytes = this.open(wrapped, from);
    if (bytes === null) return null;
    try {
      return this.seal(bytes, to);
    } finally {
      bytes.fill(0);
    }
  }
}
