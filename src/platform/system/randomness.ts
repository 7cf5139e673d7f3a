import { randomBytes, randomFillSync } from 'node:crypto';

/** What W3C Trace Context reserves for no span. */
const NO_SPAN = '0'.repeat(16);

/** The operating system's generator as a port. */
export abstract class Randomness {
  /** Cryptographically secure bytes. */
  abstract bytes(lengthBytes: number): Buffer;

  /**
   * A UUIDv7 (RFC 9562 §5.7): 48 bits of time, so that ids sort by creation and indexes stay dense, and 74 random
   * bits, so that an id cannot be guessed. Ids are not secrets all the same: access is decided, never implied.
   */
  uuidv7(nowMillis: number): string {
    const bytes = this.idBytes();
    bytes.writeUIntBE(nowMillis, 0, 6);
    bytes[6] = (bytes[6]! & 0x0f) | 0x70;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** A W3C span id: 8 random bytes in hex, not all zero. */
  spanId(): string {
    const id = this.idBytes().toString('hex', 0, 8);
    return id === NO_SPAN ? this.spanId() : id;
  }

  /** Bytes that no two callers are given, which is all that a nonce has to be: it is sent in clear. */
  nonce(lengthBytes: number): Buffer {
    return this.bytes(lengthBytes);
  }

  /** 16 bytes that become an id, and nothing that has to stay secret. */
  protected idBytes(): Buffer {
    return this.bytes(16);
  }
}

/**
 * As `crypto.randomUUID` does it: a call of the generator is most of an id's cost, and as much as encrypting 1 KiB; every
 * request has ids and nonces.
 */
const DRAWN_BYTES = 16 * 256;

export class SystemRandomness extends Randomness {
  /** Bytes drawn ahead for ids and nonces alone; each is used once. Secrets are drawn when they are wanted. */
  private readonly drawn = Buffer.alloc(DRAWN_BYTES);
  private used = this.drawn.length;

  override bytes(lengthBytes: number): Buffer {
    return randomBytes(lengthBytes);
  }

  /** A copy: what is drawn next goes into the same place, and a nonce may be kept that long. */
  override nonce(lengthBytes: number): Buffer {
    return lengthBytes > DRAWN_BYTES ? this.bytes(lengthBytes) : Buffer.from(this.next(lengthBytes));
  }

  protected override idBytes(): Buffer {
    return this.next(16);
  }

  private next(lengthBytes: number): Buffer {
    if (this.used + lengthBytes > this.drawn.length) {
      randomFillSync(this.drawn);
      this.used = 0;
    }
    this.used += lengthBytes;
    return this.drawn.subarray(this.used - lengthBytes, this.used);
  }
}
