import { createECDH, createPrivateKey, createPublicKey, ECDH, hash, randomBytes, type KeyObject } from 'node:crypto';
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
 * time, so that what their duration could tell is about a number nobody knows. Verifying is the same with Q' = (z'/z)·Q
 * and handles nothing secret.
 */
interface Curve {
  /** Of the group's order and of a coordinate. */
  readonly bytes: number;
  readonly orderBits: number;
  readonly order: bigint;
  readonly prime: bigint;
  readonly openssl: string;
  /** The fixed message is empty; its digest is shorter than the order or as long. */
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

const MESSAGE = Buffer.alloc(0);

/** The integer that ECDSA makes of a digest: its leftmost bits, as many as the order has (FIPS 186-5 §6.4.1). */
function digestInteger({ orderBits, order }: Curve, digest: Uint8Array): bigint {
  const excess = digest.length * 8 - orderBits;
  const value = integerOf(digest);
  return residue(excess > 0 ? value >> BigInt(excess) : value, order);
}

const fixedInteger = (curve: Curve): bigint => digestInteger(curve, hash(curve.digest, MESSAGE, 'buffer'));

/** Whether a digest is the one integer that has no inverse. No hash of anything known is; callers are refused. */
export const isNothing = (name: CurveName, digest: Uint8Array): boolean => digestInteger(CURVES[name], digest) === 0n;

/** The two integers side by side. */
export async function signDigest(name: CurveName, key: KeyObject, digest: Uint8Array): Promise<Buffer> {
  const curve = CURVES[name];
  const [given, fixed] = [digestInteger(curve, digest), fixedInteger(curve)];
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

/** `pair` is as long as two integers of the order; false for everything that is no signature of this digest. */
export async function verifyDigest(name: CurveName, key: KeyObject, digest: Uint8Array, pair: Uint8Array): Promise<boolean> {
  const curve = CURVES[name];
  const [given, fixed] = [digestInteger(curve, digest), fixedInteger(curve)];
  const s = integerOf(pair.subarray(curve.bytes));
  // Beyond the order a number would be taken for its residue, and one signature would have two spellings.
  if (given === 0n || s === 0n || s >= curve.order) return false;
  const factor = residue(fixed * inverse(given, curve.order), curve.order);
  const scaledPair = Buffer.concat([pair.subarray(0, curve.bytes), bytesOf(residue(s * factor, curve.order), curve.bytes)]);
  const scaled = createPublicKey({ key: multiple(curve, key.export({ format: 'raw-public' }), factor), format: 'raw-public', asymmetricKeyType: 'ec', namedCurve: curve.openssl });
  return verifiedOffLoop(curve.digest, MESSAGE, { key: scaled, dsaEncoding: 'ieee-p1363' }, scaledPair);
}

/**
 * A public point times a public factor, uncompressed. OpenSSL's Diffie-Hellman has the x of it; which of the two points
 * with that x it is follows from the x of (factor + 1)·Q, which is the x of the sum of the right one and Q.
 */
function multiple(curve: Curve, point: Buffer, factor: bigint): Buffer {
  if (factor === 1n) return point;
  if (factor === curve.order - 1n) return negative(curve, point);
  const x = xOfMultiple(curve, point, factor);
  const even = ECDH.convertKey(Buffer.concat([Buffer.from([2]), x]), curve.openssl, undefined, undefined, 'uncompressed') as Buffer;
  const next = integerOf(xOfMultiple(curve, point, factor + 1n));
  return xOfSum(curve, even, point) === next ? even : negative(curve, even);
}

function xOfMultiple(curve: Curve, point: Buffer, factor: bigint): Buffer {
  const ecdh = createECDH(curve.openssl);
  ecdh.setPrivateKey(bytesOf(factor, curve.bytes));
  return ecdh.computeSecret(point);
}

const coordinates = ({ bytes }: Curve, point: Buffer): readonly [bigint, bigint] => [integerOf(point.subarray(1, 1 + bytes)), integerOf(point.subarray(1 + bytes))];

function negative(curve: Curve, point: Buffer): Buffer {
  const [, y] = coordinates(curve, point);
  return Buffer.concat([point.subarray(0, 1 + curve.bytes), bytesOf(curve.prime - y, curve.bytes)]);
}

/** Of two points that are neither equal nor opposite. */
function xOfSum(curve: Curve, left: Buffer, right: Buffer): bigint {
  const [[x1, y1], [x2, y2]] = [coordinates(curve, left), coordinates(curve, right)];
  const slope = residue((y1 - y2) * inverse(x1 - x2, curve.prime), curve.prime);
  return residue(slope * slope - x1 - x2, curve.prime);
}
