import { constants, createCipheriv, createDecipheriv, createPublicKey, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { Randomness } from '#platform/system/randomness.js';

/** The hash of OAEP, of its digest and of its mask both. */
export type ImportHash = 'sha256' | 'sha384' | 'sha512';

const AES_KEY_BYTES = 32;
/** RFC 5649 §3: the constant part of the alternative initial value; OpenSSL adds the length itself. */
const AIV = Buffer.from('a65959a6', 'hex');

/** RSA-OAEP of an AES-256 key, as long as the modulus, and behind it the secret under AES-KWP (RFC 5649) with that key. */
export function wrapForImport(publicKey: KeyObject, secret: Buffer, hash: ImportHash, randomness: Randomness): Buffer {
  const aesKey = randomness.bytes(AES_KEY_BYTES);
  try {
    const wrappedKey = publicEncrypt({ key: createPublicKey({ key: publicKey.export({ format: 'der', type: 'spki' }), format: 'der', type: 'spki' }), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, aesKey);
    const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, AIV);
    return Buffer.concat([wrappedKey, cipher.update(secret), cipher.final()]);
  } finally {
    aesKey.fill(0);
  }
}

/** The secret, the caller's to wipe; null for what does not open, whichever layer it is. */
export async function unwrapImport(privateKey: KeyObject, blob: Buffer, hash: ImportHash): Promise<Buffer | null> {
  const modulusBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  let aesKey: Buffer | null = null;
  try {
    aesKey = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, blob.subarray(0, modulusBytes));
    if (aesKey.length !== AES_KEY_BYTES) return null;
    const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, AIV);
    return Buffer.concat([decipher.update(blob.subarray(modulusBytes)), decipher.final()]);
  } catch {
    return null;
  } finally {
    aesKey?.fill(0);
  }
}
