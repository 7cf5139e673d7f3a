import type { Randomness } from '#platform/system/randomness.js';

/** Drawn at once, at most: a call of the generator costs as much as encrypting 1 KiB. */
const NONCES_A_DRAW = 256;

/** Random nonces for one request, drawn ahead: they are no secrets, and each is given out once. */
export class Nonces {
  #drawn: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(
    private readonly randomness: Randomness,
    private wanted: number,
  ) {}

  next(nonceBytes: number): Buffer {
    if (this.#drawn.length - this.#used < nonceBytes) {
      this.#drawn = this.randomness.bytes(nonceBytes * Math.max(1, Math.min(this.wanted, NONCES_A_DRAW)));
      this.#used = 0;
      this.wanted -= NONCES_A_DRAW;
    }
    this.#used += nonceBytes;
    return this.#drawn.subarray(this.#used - nonceBytes, this.#used);
  }
}
