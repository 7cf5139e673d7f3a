import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { decrypt, encrypt, NONCE_BYTES } from './authenticated-encryption.js';
import type { KeyPurpose, WrappedKeyVersion } from './domain/key-version.js';
import type { HouseKey } from './house-key.js';
import { keyThumbprint } from './signature-algorithms.js';

export const WRAP_NONCE_BYTES = NONCE_BYTES;

/** The key-encryption key of a purpose. What a ledger process derives tells an api process's keys nothing, and back. */
export function wrappingKey(house: HouseKey, purpose: KeyPurpose): KeyObject {
  return house.derive(`quantonium/key-wrapping/v1/${purpose}`);
}

type Identity = Pick<WrappedKeyVersion, 'purpose' | 'version' | 'id'>;

/**
 * The row's identity is authenticated with the key: a wrapped key moved to another purpose, version or id does not
 * open. The id is the thumbprint of the public key, so the public key is bound as well.
 */
const associatedData = ({ purpose, version, id }: Identity): string => `${purpose}|${version}|${id}`;

/** A purpose's key wraps once a key version. */
export function wrapPrivateKey(kek: KeyObject, identity: Identity, privateKey: KeyObject, nonce: Buffer): Buffer {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  try {
    return encrypt(kek, nonce, pkcs8, associatedData(identity));
  } finally {
    pkcs8.fill(0);
  }
}

/**
 * The private key of a row, or null when the row is not what this house's key wrapped: another house's key, changed bytes,
 * another row's key, or a public key that is not its own.
 */
export function unwrapPrivateKey(kek: KeyObject, row: WrappedKeyVersion): KeyObject | null {
  const pkcs8 = decrypt(kek, row.nonce, row.wrappedPrivateKey, associatedData(row));
  if (pkcs8 === null) return null;
  try {
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(privateKey);
    const matches = keyThumbprint(row.algorithm, publicKey) === row.id && publicKey.export({ type: 'spki', format: 'der' }).equals(row.publicKey);
    return matches ? privateKey : null;
  } catch {
    // Authentic bytes that are no key of this algorithm: the column that names the algorithm was changed.
    return null;
  } finally {
    pkcs8.fill(0);
  }
}
