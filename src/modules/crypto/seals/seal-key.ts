import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';
import { WrappingKey } from '../hierarchy/wrapping-key.js';

export const SEAL_KEY_BYTES = 32;

/**
 * What a seal yields once it is open: the key that wraps the root keys of this installation and nothing else. Where it
 * comes from (a file, a passphrase, shares, another server) is the seal's; the database keeps its check value.
 *
 * Bytes as in `HouseKey`: inside OpenSSL, and wiped everywhere else as far as JavaScript lets us.
 */
export class SealKey {
  readonly #secret: KeyObject;

  private constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  /** Takes the bytes over: whatever happens, they are zero when this returns. */
  static takeOver(bytes: Buffer): SealKey {
    try {
      if (bytes.length !== SEAL_KEY_BYTES) throw new Error(`a seal key is ${SEAL_KEY_BYTES} bytes, these are ${bytes.length}`);
      return new SealKey(createSecretKey(bytes));
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * What the database keeps to recognise this key. An HMAC under a derived key, so it tells nothing about the seal key
   * nor about the key that wraps.
   */
  checkValue(): Buffer {
    return createHmac('sha256', this.#derive('quantonium/seal-check/v1')).update('seal key check').digest();
  }

  /** The key under which the root keys are wrapped. */
  wrappingKey(randomness: Randomness): WrappingKey {
    return new WrappingKey(this.#derive('quantonium/root-key-wrapping/v1'), randomness);
  }

  #derive(label: string): KeyObject {
    const bytes = Buffer.from(hkdfSync('sha256', this.#secret, Buffer.alloc(0), label, SEAL_KEY_BYTES));
    try {
      return createSecretKey(bytes);
    } finally {
      bytes.fill(0);
    }
  }
}
