/** Transposes 32 words of 32 bits in place, halves exchanged first (Warren, Hacker's Delight, 7-3; bit 0 is the lowest). */
export function transpose(block: Int32Array): void {
  for (let half = 16, mask = 0x0000ffff; half !== 0; half >>= 1, mask ^= mask << half) {
    for (let k = 0; k < 32; k = ((k | half) + 1) & ~half) {
      const low = block[k] as number;
      const high = block[k | half] as number;
      const moved = ((low >>> half) ^ high) & mask;
      block[k] = low ^ (moved << half);
      block[k | half] = high ^ moved;
    }
  }
}
