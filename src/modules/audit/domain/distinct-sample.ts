/** What is kept: enough for any rule that counts distinct values, and 1.2 KB of an entry's 16. */
const KEPT_MAX = 64;

/** Of a digest in hex, so many digits are read as a number: 48 bits, which a double holds exactly. */
const FRACTION_DIGITS = 12;

/**
 * Distinct values of a flood in constant memory: the smallest of their digests, and how many there were. Digests of a
 * keyed function lie evenly and nobody can aim at them, so the smallest are a fair sample, and how close they lie says
 * how many there are (k minimum values: Bar-Yossef et al., 2002; standard error 1/√(k - 2), an eighth). Up to `KEPT_MAX`
 * the number is exact. Whatever the order of arrival, the sample is the same, and samples of two entries can be joined.
 */
export class DistinctSample {
  /** Sorted; never longer than `KEPT_MAX`. */
  readonly #kept: string[] = [];
  #overflown = false;

  /** @param digest lower-case hex, of one length for all. */
  add(digest: string): void {
    const at = this.#placeOf(digest);
    if (this.#kept[at] === digest) return;
    if (this.#kept.length === KEPT_MAX) {
      this.#overflown = true;
      if (at === KEPT_MAX) return;
      this.#kept.pop();
    }
    this.#kept.splice(at, 0, digest);
  }

  get values(): readonly string[] {
    return [...this.#kept];
  }

  /** How many distinct values were added. */
  get total(): number {
    if (!this.#overflown) return this.#kept.length;
    const greatest = Number.parseInt(this.#kept.at(-1)!.slice(0, FRACTION_DIGITS), 16) / 16 ** FRACTION_DIGITS;
    return Math.round((KEPT_MAX - 1) / greatest);
  }

  /** Where it stands, or would. */
  #placeOf(digest: string): number {
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#kept[middle]! < digest) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
