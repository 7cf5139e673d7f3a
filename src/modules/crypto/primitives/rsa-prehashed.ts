import { constants, hash as digestOf, privateEncrypt, publicDecrypt, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { HASHES, type HashName } from '../domain/hash-name.js';
import type { SignatureOptions } from './key-type.js';

/**
 * RSA over a digest that the caller brings. Node gives OpenSSL's RSA signatures the message only, so the encodings of
 * RFC 8017 §9 are written here around the digest; the private operation, blinded, is OpenSSL's.
 */
type DigestOptions = Pick<SignatureOptions, 'algorithm' | 'saltLength'> & { readonly hash: HashName };

const { RSA_PKCS1_PADDING, RSA_NO_PADDING } = constants;

export function signDigest(key: KeyObject, digest: Uint8Array, options: DigestOptions): Buffer {
  if (options.algorithm === 'pkcs1v15') return signRaw(key, digestInfo(options.hash, digest));
  const block = blockOf(key);
  const salt = randomBytes(saltBytesToSign(block, options));
  return privateEncrypt({ key, padding: RSA_NO_PADDING }, encodePss(digest, options.hash, salt, block));
}

/** `signature` is as long as the modulus. */
export function verifyDigest(key: KeyObject, digest: Uint8Array, signature: Uint8Array, options: DigestOptions): boolean {
  if (options.algorithm === 'pkcs1v15') return verifyRaw(key, digestInfo(options.hash, digest), signature);
  const encoded = opened(key, signature, RSA_NO_PADDING);
  return encoded !== null && isPss(encoded, digest, options);
}

/** PKCS #1 v1.5 padding around these very bytes. */
export function signRaw(key: KeyObject, bytes: Uint8Array): Buffer {
  return privateEncrypt({ key, padding: RSA_PKCS1_PADDING }, bytes);
}

/** OpenSSL checks the padding and takes it off; what is behind it is compared whole, so that nothing of a stranger's DigestInfo is parsed. */
export function verifyRaw(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  return opened(key, signature, RSA_PKCS1_PADDING)?.equals(bytes) ?? false;
}

function opened(key: KeyObject, signature: Uint8Array, padding: number): Buffer | null {
  try {
    return publicDecrypt({ key, padding }, signature);
  } catch {
    return null;
  }
}

/** DigestInfo in DER (RFC 8017 §9.2): which algorithm, with NULL parameters, and the digest. */
export function digestInfo(hash: HashName, digest: Uint8Array): Buffer {
  const [family, algorithm] = HASHES[hash].arcs;
  const identifier = Buffer.from([0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, family, algorithm, 0x05, 0x00]);
  return Buffer.concat([Buffer.from([0x30, identifier.length + 2 + digest.length]), identifier, Buffer.from([0x04, digest.length]), digest]);
}

const blockOf = (key: KeyObject): number => key.asymmetricKeyDetails!.modulusLength! / 8;

/** What a block leaves beside the digest, the byte before the salt and the one at the end. */
export const pssSaltBytesMax = (block: number, hash: HashName): number => block - HASHES[hash].bytes - 2;

function saltBytesToSign(block: number, { hash, saltLength }: DigestOptions): number {
  if (saltLength === 'hash') return HASHES[hash].bytes;
  return saltLength === 'auto' || saltLength === 0 ? pssSaltBytesMax(block, hash) : saltLength;
}

const TRAILER = 0xbc;

/** The digest over the digest and the salt (RFC 8017 §9.1.1, step 6). */
const salted = (hash: HashName, digest: Uint8Array, salt: Uint8Array): Buffer => digestOf(HASHES[hash].openssl, Buffer.concat([Buffer.alloc(8), digest, salt]), 'buffer');

/** EMSA-PSS-ENCODE for moduli of whole bytes: the encoded message has one bit less, its first, and that is zero. */
function encodePss(digest: Uint8Array, hash: HashName, salt: Uint8Array, block: number): Buffer {
  const seed = salted(hash, digest, salt);
  const encoded = Buffer.alloc(block);
  const masked = encoded.subarray(0, block - seed.length - 1);
  masked[masked.length - salt.length - 1] = 1;
  masked.set(salt, masked.length - salt.length);
  mask(masked, seed, hash);
  encoded.set(seed, masked.length);
  encoded[block - 1] = TRAILER;
  return encoded;
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2). */
function isPss(encoded: Buffer, digest: Uint8Array, { hash, saltLength }: DigestOptions): boolean {
  const { bytes } = HASHES[hash];
  const masked = encoded.subarray(0, encoded.length - bytes - 1);
  const seed = encoded.subarray(masked.length, -1);
  if (encoded.at(-1) !== TRAILER || (encoded[0]! & 0x80) !== 0) return false;
  mask(masked, seed, hash);
  const start = masked.findIndex((byte) => byte !== 0);
  if (start === -1 || masked[start] !== 1) return false;
  const salt = masked.subarray(start + 1);
  const wanted = saltLength === 'hash' ? bytes : saltLength;
  if (wanted !== 'auto' && wanted !== 0 && wanted !== salt.length) return false;
  return timingSafeEqual(salted(hash, digest, salt), seed);
}

/** MGF1 (RFC 8017 §B.2.1) over the bytes in place, and their first bit cleared. */
function mask(bytes: Buffer, seed: Uint8Array, hash: HashName): void {
  const { openssl, bytes: step } = HASHES[hash];
  const input = Buffer.concat([seed, Buffer.alloc(4)]);
  for (let from = 0, counter = 0; from < bytes.length; from += step, counter += 1) {
    input.writeUInt32BE(counter, seed.length);
    const block = digestOf(openssl, input, 'buffer');
    for (let at = 0; at < step && from + at < bytes.length; at += 1) bytes[from + at]! ^= block[at]!;
  }
  bytes[0]! &= 0x7f;
}
