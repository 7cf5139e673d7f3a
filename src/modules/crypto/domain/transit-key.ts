import type { KeyTypeName } from './key-type.js';

/** A named key of a project: what everybody who may see it may know. Its versions have rows of their own. */
export interface TransitKey {
  /** UUIDv7: what entries of the ledger name, and what every wrapping is bound to. A name can be given again, an id cannot. */
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly type: KeyTypeName;
  /** How long the secrets of an `hmac` key are, 32 to 512 bytes; null where the type says it. */
  readonly keyBytes: number | null;
  /** Each context has a key of its own (HKDF-SHA-256). */
  readonly derived: boolean;
  /** The nonce follows from the plaintext: equal plaintexts give equal ciphertexts. Only of derived keys. */
  readonly convergent: boolean;
  /** Both flags go one way: what could once leave the server is never again one that could not. */
  readonly exportable: boolean;
  readonly allowPlaintextBackup: boolean;
  readonly deletionAllowed: boolean;
  readonly imported: boolean;
  /** Of an imported key: whether the server may make versions of its own. */
  readonly allowRotation: boolean;
  readonly latestVersion: number;
  /** Versions below are destroyed; 0 while none is. */
  readonly minAvailableVersion: number;
  /** At least 1. */
  readonly minDecryptionVersion: number;
  /** 0: as `minDecryptionVersion`. Who asks for no version gets the latest. */
  readonly minEncryptionVersion: number;
  /** 0: never by itself. */
  readonly autoRotateSeconds: number;
  readonly softDeleted: boolean;
  readonly createdAt: Date;
}

/** Of one project: ten times what the largest users of such engines have, and a list that is read in ten pages. */
export const KEYS_MAX = 10_000;

/** Versions are counted in an `integer` of the database; there is no other limit to them, and none is slower for the others. */
export const VERSION_MAX = 2 ** 31 - 1;

/** What may be seen of a version. */
export interface TransitKeyVersion {
  readonly version: number;
  /** As `KeyMaterial` has it; null of symmetric keys. */
  readonly publicKey: Buffer | null;
  readonly createdAt: Date;
}

/** The whole row: secrets only as the project's key wrapped them. */
export interface WrappedTransitVersion extends TransitKeyVersion {
  /** Null where only a public key was imported. */
  readonly wrappedSecret: Buffer | null;
  readonly wrappedHmacKey: Buffer;
  /** Encryptions under random nonces that processes have reserved so far. */
  readonly encryptionsReserved: number;
}
