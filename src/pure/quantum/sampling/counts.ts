import type { ShotRange } from './run-control.js';

/** What an outcome takes in a result beside its bits: quotes, colon, comma, and a count of up to ten digits. */
const ENTRY_BYTES = 14;
/** Quotes and a comma. */
const LIST_ENTRY_BYTES = 3;

/** Where outcomes of shots go. */
export interface OutcomeCounter {
  /** It has to be told the numbers of the shots. */
  readonly wantsShots: boolean;
  /** Enough: what follows is let go. */
  readonly isTooLarge: boolean;
  /** `shots` of them had the outcome; `numbers` are theirs. */
  add(bits: string, shots: number, numbers: ArrayLike<number> | null): void;
}

/** How often each classical outcome was seen, while it is being counted. */
export class Tally implements OutcomeCounter {
  private readonly counts = new Map<string, number>();
  private readonly outcomes: string[] | null;
  private bytes = 0;

  /**
   * A million shots of a 4,096-bit register are four gigabytes of keys: beyond `bytesMax`, new outcomes are let go.
   * With `memory`, the outcome of each of its shots is kept too.
   */
  constructor(private readonly bytesMax = Infinity, private readonly memory: ShotRange | null = null) {
    this.outcomes = memory === null ? null : new Array<string>(memory.count);
  }

  get wantsShots(): boolean {
    return this.outcomes !== null;
  }

  /** `numbers` are those of the shots, needed where memory is. */
  add(bits: string, shots: number, numbers: ArrayLike<number> | null = null): void {
    const known = this.counts.get(bits);
    if (known === undefined) this.bytes += bits.length + ENTRY_BYTES;
    if (known !== undefined || !this.isTooLarge) this.counts.set(bits, (known ?? 0) + shots);
    if (this.outcomes !== null && this.memory !== null && numbers !== null) {
      this.bytes += numbers.length * (bits.length + LIST_ENTRY_BYTES);
      for (let i = 0; i < numbers.length; i++) this.outcomes[(numbers[i] as number) - this.memory.first] = bits;
    }
  }

  /** The outcome of every shot in the order of their numbers, or null where it was not kept. */
  toMemory(): readonly string[] | null {
    return this.outcomes;
  }

  /** Outcomes were let go, so the counts are of no use any more. */
  get isTooLarge(): boolean {
    return this.bytes > this.bytesMax;
  }

  /**
   * Keys in lexicographic order. (JavaScript itself lists keys like "10", which read as array indices, before "00";
   * whoever needs an order on the wire sorts, as canonical JSON does.)
   */
  toRecord(): Record<string, number> {
    return recordOf([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/**
 * An object without a prototype is a dictionary from its first key on. Any other one takes its keys for the names of
 * fields, which the runtime remembers for all objects to come: ten microseconds a key, more than drawing the shot.
 */
export function recordOf(entries: Iterable<readonly [string, number]>): Record<string, number> {
  const record = Object.create(null) as Record<string, number>;
  for (const [bits, value] of entries) record[bits] = value;
  return Object.setPrototypeOf(record, Object.prototype) as Record<string, number>;
}

/** Where bit strings are written; nothing outlives a call in it. */
let scratch = Buffer.alloc(64);

/** Qiskit's bit string: classical bit 0 is the rightmost character, registers concatenated, the first one rightmost. */
export function bitString(bits: Uint8Array): string {
  if (scratch.length < bits.length) scratch = Buffer.alloc(2 * bits.length);
  for (let bit = 0, last = bits.length - 1; bit <= last; bit++) scratch[last - bit] = 0x30 + (bits[bit] as number);
  return scratch.toString('latin1', 0, bits.length);
}
