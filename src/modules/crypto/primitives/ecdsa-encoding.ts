/**
 * Signatures of ECDSA are two integers: side by side, each as long as the group's order (IEEE P1363), or as DER
 * (RFC 3279 §2.2.3). OpenSSL converts where it signs itself; these two are for signatures over digests that came from
 * elsewhere. Strict in both directions: each pair has one DER, and no other bytes are read.
 */
const SEQUENCE = 0x30;
const INTEGER = 0x02;

export function derOfSignature(pair: Uint8Array): Buffer {
  const half = pair.length / 2;
  const integers = Buffer.concat([derInteger(pair.subarray(0, half)), derInteger(pair.subarray(half))]);
  // P-521 has 2 × 69 bytes at most: one length byte does not hold them.
  const head = integers.length < 0x80 ? [SEQUENCE, integers.length] : [SEQUENCE, 0x81, integers.length];
  return Buffer.concat([Buffer.from(head), integers]);
}

/** The two integers in `half` bytes each; null for all that `derOfSignature` would not have written. */
export function pairOfDer(der: Uint8Array, half: number): Buffer | null {
  let at = der.length > 2 && der[1] === 0x81 ? 3 : 2;
  const pair = Buffer.alloc(2 * half);
  for (const end of [half, 2 * half]) {
    const length = der[at + 1] ?? 0;
    const content = der.subarray(at + 2, at + 2 + length);
    const digits = content[0] === 0 && content.length > 1 ? content.subarray(1) : content;
    if (digits.length > half) return null;
    pair.set(digits, end - digits.length);
    at += 2 + length;
  }
  // What was lenient above (tags, lengths, signs, leading zeros, bytes behind) writes differently.
  return derOfSignature(pair).equals(der) ? pair : null;
}

function derInteger(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? bytes.subarray(-1) : bytes.subarray(first);
  const sign = digits[0]! >= 0x80 ? [0] : [];
  return Buffer.from([INTEGER, digits.length + sign.length, ...sign, ...digits]);
}
