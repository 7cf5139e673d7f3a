import { constants, generateKeyPair, privateDecrypt, publicEncrypt, verify, type KeyObject } from 'node:crypto';
import { pemBytes } from '#pure/encoding/base64-bytes.js';
import { HASHES } from '../domain/hash-name.js';
import { asymmetric, pemOf, privatePart, publicPart, signedOffLoop } from './asymmetric.js';
import type { Cipher, KeyType, SignatureOptions, SignatureScheme } from './key-type.js';
import { pssSaltBytesMax, signDigest, signRaw, verifyDigest, verifyRaw } from './rsa-prehashed.js';
import { digestRefusal, noContext } from './signature-refusals.js';

type Bits = 2048 | 3072 | 4096;

/** FIPS 186-5 §A.1.1 wants odd exponents above 2^16; above 2^32 they only cost, and other implementations refuse them. */
const EXPONENT_MIN = 65_537n;
const EXPONENT_MAX = 2n ** 32n;

export function rsaType(bits: Bits): KeyType {
  const name = `rsa-${bits}` as const;
  return {
    name,
    supports: { encryption: true, decryption: true, signing: true, derivation: false },
    cipher: oaep(bits),
    signature: rsa(bits),
    ...asymmetric({
      generate: (done) => generateKeyPair('rsa', { modulusLength: bits, publicExponent: 0x10001 }, done),
      accepts: (key) => accepts(key, bits),
      digest: 'sha256',
      traditional: 'pkcs1',
      publicForm: (publicKey) => ({ name, publicKey: pemOf(publicKey) }),
      secretForm: (privateKey) => {
        const der = privateKey.export({ type: 'pkcs1', format: 'der' });
        try {
          return pemBytes('RSA PRIVATE KEY', der);
        } finally {
          der.fill(0);
        }
      },
    }),
  };
}

function accepts(key: KeyObject, bits: Bits): boolean {
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa' || modulusLength !== bits || publicExponent === undefined) return false;
  return publicExponent >= EXPONENT_MIN && publicExponent < EXPONENT_MAX && publicExponent % 2n === 1n;
}

/** RFC 8017 §7.1 with SHA-256 in both places and an empty label: one block. */
function oaep(bits: Bits): Cipher {
  const block = bits / 8;
  const keyed = (key: KeyObject) => ({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' });
  return {
    nonceBytes: 0,
    usesRandomNonce: false,
    takesAssociatedData: false,
    plaintextBytesMax: block - 2 * HASHES['sha2-256'].bytes - 2,
    encrypt: (handle, plaintext) => publicEncrypt(keyed(publicPart(handle)), plaintext),
    decrypt: (handle, bytes, { associatedData }) => {
      if (bytes.length !== block || associatedData.length > 0) return null;
      try {
        return privateDecrypt(keyed(privatePart(handle)), bytes);
      } catch {
        return null;
      }
    },
  };
}

/** RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017 §8), of a message or of a digest that came from elsewhere. */
function rsa(bits: Bits): SignatureScheme {
  const block = bits / 8;
  return {
    refusal: (options, input) => noContext(`rsa-${bits}`, options) ?? optionsRefusal(options, input, block),
    sign: async (handle, input, options) => {
      const key = privatePart(handle);
      const { hash, prehashed } = options;
      if (hash === 'none') return signRaw(key, input);
      return prehashed ? signDigest(key, input, { ...options, hash }) : signedOffLoop(HASHES[hash].openssl, input, padded(key, options));
    },
    verify: async (handle, input, signature, options) => {
      if (signature.length !== block) return false;
      const key = publicPart(handle);
      const { hash, prehashed } = options;
      if (hash === 'none') return verifyRaw(key, input, signature);
      return prehashed ? verifyDigest(key, input, signature, { ...options, hash }) : verify(HASHES[hash].openssl, input, padded(key, options), signature);
    },
  };
}

/** PKCS #1 v1.5 needs eleven bytes around what it pads (RFC 8017 §9.2). */
const PADDING_BYTES = 11;

function optionsRefusal(options: SignatureOptions, input: Uint8Array, block: number): string | null {
  const { hash, prehashed, algorithm, saltLength } = options;
  if (hash === 'none' && prehashed && algorithm === 'pkcs1v15') return input.length > block - PADDING_BYTES ? `the input has at most ${block - PADDING_BYTES} bytes` : null;
  const refused = digestRefusal(options, input);
  if (refused !== null || hash === 'none' || algorithm !== 'pss' || typeof saltLength !== 'number') return refused;
  const isLength = Number.isSafeInteger(saltLength) && saltLength >= 0 && saltLength <= pssSaltBytesMax(block, hash);
  return isLength ? null : `requested salt length ${saltLength} is invalid`;
}

function padded(key: KeyObject, { algorithm, saltLength }: SignatureOptions) {
  if (algorithm === 'pkcs1v15') return { key, padding: constants.RSA_PKCS1_PADDING };
  // The same number for both: the longest where it signs, any where it verifies.
  const { RSA_PSS_SALTLEN_AUTO, RSA_PSS_SALTLEN_DIGEST } = constants;
  const length = saltLength === 'auto' || saltLength === 0 ? RSA_PSS_SALTLEN_AUTO : saltLength === 'hash' ? RSA_PSS_SALTLEN_DIGEST : saltLength;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: length };
}
