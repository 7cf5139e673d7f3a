import { createECDH, createPrivateKey, createPublicKey, hash, randomBytes, type KeyObject } from 'node:crypto';
import { signedOffLoop, verifiedOffLoop } from './asymmetric.js';
import { bytesOf, integerOf, inverse, residue } from './big-integer.js';

/**
 * ECDSA over a digest that the caller brings. Node gives OpenSSL's ECDSA the message only, never a digest, so OpenSSL
 * is asked for an equivalent signature: with z the digest, d the key and z' the digest of a fixed message,
 *
 *     s = k⁻¹ (z + r·d)  and  s' = k⁻¹ (z' + r·d')  with  d' = d·z'/z   give   s = s'·z/z'   (mod n)
 *
 * so the signature (r, s') of the fixed message under d' becomes the one of z under d by one public factor. The nonce,
 * the multiplication on the curve and the inversion stay OpenSSL's, in constant time, and (r, s) is distributed as in
 * FIPS 186-5 §6.4. What is left to us is d' = d·z'/z: two multiplications, blinded by a random factor that is new each
 * time, so that what their duration could tell is about a number nobody knows.
 *
 * Verifying handles nothing secret, and (r, s) stays as it is: it verifies z under Q where it verifies z' under
 * Q' = Q + (z - z')/r·G, since z'·G + r·Q' is z·G + r·Q.
 */
interface Curve {
  /** Of the group's order and of a coordinate. */
  readonly bytes: number;
  readonly orderBits: number;
  readonly order: bigint;
  readonly prime: bigint;
  readonly openssl: string;
  /** Of the fixed messages: shorter than the order or as long. */
  readonly digest: string;
}

export const CURVES = {
  'P-256': {
    bytes: 32, orderBits: 256, openssl: 'prime256v1', digest: 'sha256',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  },
  'P-384': {
    bytes: 48, orderBits: 384, openssl: 'secp384r1', digest: 'sha384',
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  },
  'P-521': {
    bytes: 66, orderBits: 521, openssl: 'secp521r1', digest: 'sha512',
    order: 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
    prime: 2n ** 521n - 1n,
  },
} as const satisfies Record<string, Curve>;
export type CurveName = keyof typeof CURVES;

const MESSAGES = ['', '1', '2'].map((text) => Buffer.from(text, 'latin1'));
const MESSAGE = MESSAGES[0]!;

/** The integer that ECDSA makes of a digest: its leftmost bits, as many as the order has (FIPS 186-5 §6.4.1). */
function digestInteger({ orderBits, order }: Curve, digest: Uint8Array): bigint {
  const excess = digest.length * 8 - orderBits;
  const value = integerOf(digest);
  return residue(excess > 0 ? value >> BigInt(excess) : value, order);
}

const fixedInteger = (curve: Curve, message: Buffer): bigint => digestInteger(curve, hash(curve.digest, message, 'buffer'));

/** Whether a digest is the one integer that has no inverse. No hash of anything known is; callers are refused. */
export const isNothing = (name: CurveName, digest: Uint8Array): boolean => digestInteger(CURVES[name], digest) === 0n;

/** The two integers side by side. */
export async function signDigest(name: CurveName, key: KeyObject, digest: Uint8Array): Promise<Buffer> {
  const curve = CURVES[name];
  const [given, fixed] = [digestInteger(curve, digest), fixedInteger(curve, MESSAGE)];
  const scaled = scaledKey(curve, key, residue(fixed * inverse(given, curve.order), curve.order));
  const pair = await signedOffLoop(curve.digest, MESSAGE, { key: scaled, dsaEncoding: 'ieee-p1363' });
  const factor = residue(given * inverse(fixed, curve.order), curve.order);
  const s = residue(integerOf(pair.subarray(curve.bytes)) * factor, curve.order);
  pair.set(bytesOf(s, curve.bytes), curve.bytes);
  return pair;
}

/** The private key times a public factor. */
function scaledKey(curve: Curve, key: KeyObject, factor: bigint): KeyObject {
  const secret = key.export({ format: 'raw-private' });
  // 64 bits more than the order has: the residue is uniform but for 2^-64.
  const blinding = randomBytes(curve.bytes + 8);
  let scaled: Buffer | null = null;
  try {
    const blind = residue(integerOf(blinding), curve.order - 1n) + 1n;
    const blinded = residue(integerOf(secret) * blind, curve.order);
    scaled = bytesOf(residue(blinded * residue(factor * inverse(blind, curve.order), curve.order), curve.order), curve.bytes);
    return createPrivateKey({ key: scaled, format: 'raw-private', asymmetricKeyType: 'ec', namedCurve: curve.openssl });
  } finally {
    secret.fill(0);
    blinding.fill(0);
    scaled?.fill(0);
  }
}

/**
 * `pair` is as long as two integers of the order; false for everything that is no signature of this digest. Of three
 * fixed messages two at most are of no use to a pair: those for which the sum below is none of two different points.
 */
export async function verifyDigest(name: CurveName, key: KeyObject, digest: Uint8Array, pair: Uint8Array): Promise<boolean> {
  const curve = CURVES[name];
  const r = integerOf(pair.subarray(0, curve.bytes));
  if (r === 0n || r >= curve.order) return false;
  const [given, point, back] = [digestInteger(curve, digest), key.export({ format: 'raw-public' }), inverse(r, curve.order)];
  for (const message of MESSAGES) {
    const sum = plusMultiple(curve, point, residue((given - fixedInteger(curve, message)) * back, curve.order));
    if (sum === null) continue;
    const shifted = createPublicKey({ key: sum, format: 'raw-public', asymmetricKeyType: 'ec', namedCurve: curve.openssl });
    return verifiedOffLoop(curve.digest, message, { key: shifted, dsaEncoding: 'ieee-p1363' }, pair);
  }
  return false;
}

/** Q + factor·G, uncompressed; null where Q and factor·G are one point or opposite ones. The multiple is OpenSSL's. */
function plusMultiple(curve: Curve, point: Buffer, factor: bigint): Buffer | null {
  if (factor === 0n) return point;
  const ecdh = createECDH(curve.openssl);
  ecdh.setPrivateKey(bytesOf(factor, curve.bytes));
  const [[x1, y1], [x2, y2]] = [coordinates(curve, point), coordinates(curve, ecdh.getPublicKey())];
  if (x1 === x2) return null;
  const slope = residue((y1 - y2) * inverse(x1 - x2, curve.prime), curve.prime);
  const x = residue(slope * slope - x1 - x2, curve.prime);
  const y = residue(slope * (x1 - x) - y1, curve.prime);
  return Buffer.concat([Buffer.from([4]), bytesOf(x, curve.bytes), bytesOf(y, curve.bytes)]);
}

const coordinates = ({ bytes }: Curve, point: Buffer): readonly [bigint, bigint] => [integerOf(point.subarray(1, 1 + bytes)), integerOf(point.subarray(1 + bytes))];
