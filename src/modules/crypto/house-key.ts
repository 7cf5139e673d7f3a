import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

export const HOUSE_KEY_BYTES = 32;

/**
 * The installation's own key: the one secret from which everything follows that the server keeps for itself, as the
 * keys of projects do for what those keep. Wrapped under the root key like theirs (hierarchy/), so a new root key
 * changes nothing that follows from this one.
 *
 * Its bytes live inside OpenSSL: no string, no Buffer that outlives a function. Zeroing is best effort, since
 * JavaScript cannot wipe a KeyObject and the garbage collector may have moved what it copied.
 */
export class HouseKey {
  readonly #secret: KeyObject;

  private constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  /** Takes the bytes over: whatever happens, they are zero when this returns. */
  static takeOver(bytes: Buffer): HouseKey {
    try {
      if (bytes.length !== HOUSE_KEY_BYTES) throw new Error(`the house's key is ${HOUSE_KEY_BYTES} bytes, these are ${bytes.length}`);
      return new HouseKey(createSecretKey(bytes));
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * HKDF-SHA-256 (RFC 5869) with the label as `info`: one independent key a label. No salt, since the secret is
   * uniform already (§3.1).
   */
  derive(label: string): KeyObject {
    const bytes = Buffer.from(hkdfSync('sha256', this.#secret, Buffer.alloc(0), label, HOUSE_KEY_BYTES));
    try {
      return createSecretKey(bytes);
    } finally {
      bytes.fill(0);
    }
  }
}
