import { randomBytes } from 'node:crypto';

/** The operating system's generator as a port. */
export abstract class Randomness {
  /** Cryptographically secure bytes. */
  abstract bytes(lengthBytes: number): Buffer;

  /**
   * A UUIDv7 (RFC 9562 §5.7): 48 bits of time, so that ids sort by creation and indexes stay dense, and 74 random
   * bits, so that an id cannot be guessed. Ids are not secrets all the same: access is decided, never implied.
   */
  uuidv7(nowMillis: number): string {
    const bytes = this.bytes(16);
    bytes.writeUIntBE(nowMillis, 0, 6);
    bytes[6] = (bytes[6]! & 0x0f) | 0x70;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

export class SystemRandomness extends Randomness {
  override bytes(lengthBytes: number): Buffer {
    return randomBytes(lengthBytes);
  }
}
