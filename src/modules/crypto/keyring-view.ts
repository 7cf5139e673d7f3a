import { createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyPurpose, KeyState, PublicKeyVersion, SignatureAlgorithmName, WrappedKeyVersion } from './domain/key-version.js';
import { SIGNATURE_ALGORITHMS, verifySignature } from './signature-algorithms.js';

/** Verifies what one key version signed. */
export interface Verifier {
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: KeyObject;
  readonly state: Exclude<KeyState, 'revoked'>;
  /** False for anything but this key's signature over exactly these bytes; never throws. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** What a key version was, whatever has become of it. */
export interface PastVersion extends Omit<PublicKeyVersion, 'id' | 'publicKey'> {
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

export function pastVersionOf({ id, purpose, version, algorithm, state, publicKey, createdAt, stateSince }: PublicKeyVersion): PastVersion {
  return Object.freeze({ keyId: id, purpose, version, algorithm, state, createdAt, stateSince, publicKey: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }) });
}

/** Signs with one key version. The private key is behind the closure and has no other way out. */
export interface Signer {
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: KeyObject;
  /** Off the event loop. ES256: the 64 bytes of IEEE P1363. */
  sign(bytes: Uint8Array): Promise<Buffer>;
}

/** The keyring as it stood at one version of its counter. Never changed after it was made. */
export interface KeyringView {
  readonly version: number;
  readonly verifiers: ReadonlyMap<KeyPurpose, readonly Verifier[]>;
  readonly signers: ReadonlyMap<KeyPurpose, Signer>;
}

export function verifierOf(row: PublicKeyVersion): Verifier {
  const { algorithm } = row;
  const publicKey = createPublicKey({ key: row.publicKey, format: 'der', type: 'spki' });
  return Object.freeze({
    keyId: row.id,
    algorithm,
    publicKey,
    state: row.state as Verifier['state'],
    verify: (bytes: Uint8Array, signature: Uint8Array) => verifySignature(algorithm, publicKey, bytes, signature),
  });
}

export function signerOf(row: WrappedKeyVersion, privateKey: KeyObject): Signer {
  const { algorithm } = row;
  return Object.freeze({
    keyId: row.id,
    algorithm,
    publicKey: createPublicKey({ key: row.publicKey, format: 'der', type: 'spki' }),
    sign: (bytes: Uint8Array) => SIGNATURE_ALGORITHMS[algorithm].sign(privateKey, bytes),
  });
}
