/** Unsigned integers, big-endian, of a fixed length. Bytes come in and go out as Buffers: no text of a number is made. */
export function integerOf(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const odd = bytes.length % 8;
  let value = 0n;
  for (let at = 0; at < odd; at += 1) value = (value << 8n) | BigInt(bytes[at]!);
  for (let at = odd; at < bytes.length; at += 8) value = (value << 64n) | view.getBigUint64(at);
  return value;
}

/** Outside the pool: the caller's to wipe where it is secret. */
export function bytesOf(value: bigint, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = length - 1, rest = value; at >= 0; at -= 1, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}

/** The least non-negative residue. */
export const residue = (value: bigint, modulus: bigint): bigint => {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
};

/** The inverse modulo a prime, by Euclid. Throws for multiples of it. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [left, right] = [residue(value, modulus), modulus];
  let [x, y] = [1n, 0n];
  if (left === 0n) throw new RangeError('zero has no inverse');
  while (left > 1n) {
    const quotient = right / left;
    [left, right] = [right - quotient * left, left];
    [x, y] = [y - quotient * x, x];
  }
  return residue(x, modulus);
}
