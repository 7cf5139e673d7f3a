import { normalisedPassword } from '#pure/password/normalised-password.js';

/**
 * A passphrase that is needed once, at the start: held as bytes, which can be wiped, since the configuration lives as
 * long as the process. In the form in which passwords are compared: the same keys pressed on two systems are the same
 * passphrase.
 */
export class HeldPassphrase {
  readonly #bytes: Buffer;
  #isForgotten = false;

  constructor(typed: string) {
    const text = normalisedPassword(typed);
    this.#bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
    this.#bytes.write(text);
  }

  /** In memory of its own: the caller's to wipe. Throws once it is forgotten. */
  copy(): Buffer {
    if (this.#isForgotten) throw new Error('the passphrase was forgotten when it had opened the seal: the process must be started again');
    const copy = Buffer.allocUnsafeSlow(this.#bytes.length);
    this.#bytes.copy(copy);
    return copy;
  }

  forget(): void {
    this.#bytes.fill(0);
    this.#isForgotten = true;
  }
}
