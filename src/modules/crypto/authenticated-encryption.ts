import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM, type KeyObject } from 'node:crypto';
import { freeMemory } from '#platform/system/free-memory.js';

/**
 * AES-256-GCM. Under random 96-bit nonces a key may encrypt 2^32 times (NIST SP 800-38D §8.3): whoever calls says how
 * far below that it stays.
 */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What malloc keeps for the next one: larger memory comes from the kernel each time, page by page, which costs twice what AES does. */
const PART_BYTES = 96 * 1024;

/** Ciphertext and tag in one piece. What `associatedData` says is authenticated with it and not contained. */
export function encrypt(key: KeyObject, nonce: Buffer, plaintext: Uint8Array, associatedData: string): Buffer {
  return Buffer.concat(encryptInParts(key, nonce, plaintext, associatedData));
}

/** As `encrypt`, the parts of the piece in their order: for who writes them out and needs no copy of a large one. */
export function encryptInParts(key: KeyObject, nonce: Buffer, plaintext: Uint8Array, associatedData: string): readonly Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(associatedData, 'utf8'));
  const parts: Buffer[] = [];
  for (let offset = 0; offset < plaintext.byteLength; offset += PART_BYTES) parts.push(cipher.update(plaintext.subarray(offset, offset + PART_BYTES)));
  cipher.final(); // Of this mode it is empty.
  return [...parts, cipher.getAuthTag()];
}

/** Null for everything that `encrypt` did not make of this key, nonce and associated data; never throws, and leaves no plaintext behind. */
export function decrypt(key: KeyObject, nonce: Uint8Array, encrypted: Uint8Array, associatedData: string): Buffer | null {
  if (nonce.length !== NONCE_BYTES || encrypted.length < TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(associatedData, 'utf8'));
  decipher.setAuthTag(encrypted.subarray(-TAG_BYTES));
  const plain = decipher.update(encrypted.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}

/**
 * GMAC (NIST SP 800-38D §3): as `encrypt`, of bytes that may be read and must not be changed. Nonces come from the same
 * supply as those of `encrypt` under the key.
 */
export function authenticate(key: KeyObject, nonce: Buffer, bytes: Uint8Array, associatedData: string): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  authenticateWith(cipher, associatedData, bytes);
  cipher.final();
  return cipher.getAuthTag();
}

/** Whether `authenticate` made the tag of this key, nonce, bytes and associated data; never throws. */
export function isAuthentic(key: KeyObject, nonce: Uint8Array, bytes: Uint8Array, tag: Uint8Array, associatedData: string): boolean {
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return false;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  authenticateWith(decipher, associatedData, bytes);
  decipher.setAuthTag(tag);
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

function authenticateWith(cipher: CipherGCM | DecipherGCM, associatedData: string, bytes: Uint8Array): void {
  const authenticated = Buffer.concat([lengthPrefixed(associatedData), bytes]);
  cipher.setAAD(authenticated);
  freeMemory(authenticated);
}

/** So that no end of the one can be taken for a beginning of the other, nor for associated data of `encrypt`, which begin with a letter or a digit. */
function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
