/** Eight bytes, big-endian (RFC 8446 §3.3), of a non-negative integer that a double holds exactly. */
export function uint64Bytes(value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a uint64 field takes integers from 0 to 2^53 - 1');
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** The integer at `offset`; null when fewer than eight bytes are left, or when it is beyond 2^53 - 1. */
export function readUint64(bytes: Uint8Array, offset = 0): number | null {
  if (offset + 8 > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = Number(view.getBigUint64(offset));
  return Number.isSafeInteger(value) ? value : null;
}
