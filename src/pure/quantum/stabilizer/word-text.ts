/** The bit string of each byte, as eight characters. */
const BYTE_TEXTS = new Uint8Array(8 * 256);
for (let k = 0; k < BYTE_TEXTS.length; k++) BYTE_TEXTS[k] = 0x30 + (((k >> 3) >> (7 - (k & 7))) & 1);
/** The same by halves: copied, not computed with, so that the order of bytes in a word makes no difference. */
const HALF_TEXTS = new Uint32Array(BYTE_TEXTS.buffer);

/** Bit strings of outcomes that are kept 32 bits to a word, eight characters at a time. */
export class WordText {
  private readonly text: Buffer;
  private readonly halves: Uint32Array;

  /** `width` bits are shown. */
  constructor(private readonly words: number, private readonly width: number) {
    this.text = Buffer.from(new ArrayBuffer(32 * words));
    this.halves = new Uint32Array(this.text.buffer);
  }

  /** Bit 0 of the first word is the rightmost character. */
  of(outcomes: Int32Array, at: number): string {
    const { words, width, text, halves } = this;
    for (let w = 0, k = halves.length; w < words; w++) {
      for (let rest = outcomes[at + w] as number, end = k - 8; k > end; rest >>>= 8) {
        const from = 2 * (rest & 0xff);
        halves[--k] = HALF_TEXTS[from + 1] as number;
        halves[--k] = HALF_TEXTS[from] as number;
      }
    }
    return text.toString('latin1', text.length - width, text.length);
  }
}
