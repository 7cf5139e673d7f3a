import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

export const ROOT_KEY_BYTES = 32;

/**
 * The one secret from which every other key of an installation follows. Its bytes live in the file and, here, inside
 * OpenSSL: no string, no Buffer that outlives a function. Zeroing is best effort, since JavaScript cannot wipe a
 * KeyObject and the garbage collector may have moved what it copied.
 */
export class RootKey {
  readonly #secret: KeyObject;

  private constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  /** Takes the bytes over: whatever happens, they are zero when this returns. */
  static takeOver(bytes: Buffer): RootKey {
    try {
      if (bytes.length !== ROOT_KEY_BYTES) throw new Error(`a root key is ${ROOT_KEY_BYTES} bytes, these are ${bytes.length}`);
      return new RootKey(createSecretKey(bytes));
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * HKDF-SHA-256 (RFC 5869) with the label as `info`: one independent key a label. No salt, since the root key is
   * uniform already (§3.1).
   */
  derive(label: string): KeyObject {
    const bytes = this.#expand(label);
    try {
      return createSecretKey(bytes);
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * What the database keeps to recognise this key. An HMAC under a derived key, so it tells nothing about the root
   * key nor about any other key that follows from it.
   */
  checkValue(): Buffer {
    return createHmac('sha256', this.derive('quantonium/root-key-check/v1')).update('root key check').digest();
  }

  #expand(label: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, Buffer.alloc(0), label, ROOT_KEY_BYTES));
  }
}
