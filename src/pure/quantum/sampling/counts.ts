/** How often each classical outcome was seen, while it is being counted. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(bits: string, shots: number): void {
    this.counts.set(bits, (this.counts.get(bits) ?? 0) + shots);
  }

  /**
   * Keys in lexicographic order. (JavaScript itself lists keys like "10", which read as array indices, before "00";
   * whoever needs an order on the wire sorts, as canonical JSON does.)
   */
  toRecord(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Qiskit's bit string: classical bit 0 is the rightmost character, registers concatenated, the first one rightmost. */
export function bitString(bits: Uint8Array): string {
  return String.fromCharCode(...bits.map((bit) => 0x30 + bit).reverse());
}
