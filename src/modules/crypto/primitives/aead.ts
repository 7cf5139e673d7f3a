import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyHandle, KeyTypeName } from '../domain/key-type.js';
import type { Cipher, KeyType } from './key-type.js';
import { symmetricType } from './symmetric-type.js';

export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;

type Algorithm = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';

/** The part of a handle that encrypts: a derived or a convergent handle has it like any other. */
const secretOf = (handle: KeyHandle) => {
  const { secret } = handle;
  if (secret === undefined) throw new Error('a handle without a secret');
  return secret;
};

/** Nonce, ciphertext, tag. The nonce comes from outside because a convergent key has it follow from the plaintext. */
export function aead(algorithm: Algorithm): Cipher {
  // Node's types know each algorithm's own form of cipher; all three have the one of GCM.
  const name = algorithm as 'aes-256-gcm';
  return {
    nonceBytes: AEAD_NONCE_BYTES,
    usesRandomNonce: true,
    takesAssociatedData: true,
    plaintextBytesMax: Infinity,
    encrypt(handle, plaintext, { nonce, associatedData }) {
      if (nonce?.length !== AEAD_NONCE_BYTES) throw new Error(`a nonce has ${AEAD_NONCE_BYTES} bytes`);
      const cipher = createCipheriv(name, secretOf(handle), nonce, { authTagLength: AEAD_TAG_BYTES });
      if (associatedData.length > 0) cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(handle, bytes, { associatedData }) {
      if (bytes.length < AEAD_NONCE_BYTES + AEAD_TAG_BYTES) return null;
      const decipher = createDecipheriv(name, secretOf(handle), bytes.subarray(0, AEAD_NONCE_BYTES), { authTagLength: AEAD_TAG_BYTES });
      const encrypted = bytes.subarray(AEAD_NONCE_BYTES, -AEAD_TAG_BYTES);
      if (associatedData.length > 0) decipher.setAAD(associatedData, { plaintextLength: encrypted.length });
      decipher.setAuthTag(bytes.subarray(-AEAD_TAG_BYTES));
      const plaintext = decipher.update(encrypted);
      try {
        decipher.final();
        return plaintext;
      } catch {
        plaintext.fill(0);
        return null;
      }
    },
  };
}

/** The types of one secret key that encrypts, derives and converges. */
export function aeadType(name: KeyTypeName, algorithm: Algorithm, keyBytes: 16 | 32): KeyType {
  return {
    ...symmetricType({ name, min: keyBytes, max: keyBytes, usual: keyBytes }),
    supports: { encryption: true, decryption: true, signing: false, derivation: true },
    cipher: aead(algorithm),
  };
}

/** A handle of a key that lives as long as this call: of a composite's agreed secret. Wipes nothing. */
export const secretHandle = (secret: Buffer): KeyHandle => ({ secret: createSecretKey(secret) });
