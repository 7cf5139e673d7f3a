import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';

/** People who come together to unseal a server do it within this; shares that were given and not used do not wait for more. */
const KEPT_FOR_MILLIS = 15 * 60_000;

/** Shares that were given so far, in memory alone, and wiped when they are combined, reset, or too old. */
export class ShareCollection {
  #shares: Uint8Array[] = [];
  #nonce = '';
  #untilMillis = 0;
  #expiry: NodeJS.Timeout | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  get count(): number {
    if (this.#shares.length > 0 && this.clock.monotonicMillis() >= this.#untilMillis) this.clear();
    return this.#shares.length;
  }

  /** Names the attempt that is under way; empty when none is. */
  get nonce(): string {
    return this.count === 0 ? '' : this.#nonce;
  }

  /** Takes the share over. One that is there already adds nothing; another one of the same place replaces it. */
  add(share: Uint8Array): void {
    if (this.count === 0) this.#nonce = this.randomness.uuidv7(this.clock.nowMillis());
    const place = share.at(-1);
    const at = this.#shares.findIndex((known) => known.at(-1) === place);
    if (at < 0) this.#shares.push(share);
    else if (timingSafeEqual(this.#shares[at]!, share)) share.fill(0);
    else this.#shares.splice(at, 1, share)[0]!.fill(0);
    this.#untilMillis = this.clock.monotonicMillis() + KEPT_FOR_MILLIS;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.clear(), KEPT_FOR_MILLIS).unref();
  }

  /** Copies of all, as they would be with this one, which stays the caller's as the copies are: nothing is taken over yet. */
  copiesWith(share: Uint8Array): readonly Uint8Array[] {
    const others = this.count === 0 ? [] : this.#shares.filter((known) => known.at(-1) !== share.at(-1));
    return [...others, share].map((each) => new Uint8Array(each));
  }

  clear(): void {
    for (const share of this.#shares) share.fill(0);
    this.#shares = [];
    this.#nonce = '';
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = null;
  }
}
