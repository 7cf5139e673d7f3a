import type { Randomness } from '#platform/system/randomness.js';
import type { HashName } from '../domain/hash-name.js';
import type { KeyHandle, KeyMaterial, KeyTypeName } from '../domain/key-type.js';

/**
 * What a type of key can do. One record a type (key-types.ts); nothing else in the engine knows their differences.
 *
 * Two kinds of failure are kept apart. What a stranger can cause has a value: null, false, or a refusal in words. What
 * throws is a mistake of ours: a handle of another type, a nonce of another length, options that `refusal` refuses.
 */
export interface KeyType {
  readonly name: KeyTypeName;
  readonly supports: {
    readonly encryption: boolean;
    readonly decryption: boolean;
    readonly signing: boolean;
    /** A key of its own for every context (`deriveHandle`). */
    readonly derivation: boolean;
  };
  readonly cipher: Cipher | null;
  readonly signature: SignatureScheme | null;
  /** Off the event loop. `keyBytes` is of `hmac` alone: 32 to 512, 32 unless told. */
  generate(randomness: Randomness, keyBytes?: number): Promise<KeyMaterial>;
  /**
   * A secret from elsewhere: symmetric the bytes, asymmetric PKCS #8 DER (of RSA also PKCS #1, of ECDSA SEC 1), of
   * composites also what their draft calls the private key. Null for a key of another type, curve or size, a weak one, and what is no key. The answer is a copy:
   * both are the caller's to wipe.
   */
  importSecret(bytes: Buffer): Promise<KeyMaterial | null>;
  /** A public key from elsewhere, SubjectPublicKeyInfo in PEM or DER, or as `publicForm` shows it, as `KeyMaterial.publicKey` has it; null as above, and of symmetric types. */
  importPublic(bytes: Buffer): Buffer | null;
  /** The handle of a `KeyMaterial.secret`, with its public half where it has one. Keeps nothing of the Buffer. */
  open(secret: Buffer): KeyHandle;
  /** The handle of a `KeyMaterial.publicKey`: it encrypts or verifies, no more. Throws for symmetric types. */
  openPublic(publicKey: Buffer): KeyHandle;
  /** The public half of a handle as `KeyMaterial.publicKey` has it; null of symmetric types. Tells the public key of a derived handle. */
  publicKeyOf(handle: KeyHandle): Buffer | null;
  /** As a key is read: `name` in Vault's words, PEM of SubjectPublicKeyInfo, or base64 of the raw key (Ed25519, composites). Throws for symmetric types. */
  publicForm(publicKey: Buffer): PublicForm;
  /**
   * As a secret is exported, text in ASCII: base64 of symmetric keys, of Ed25519's seed with its public key, and of
   * composites; PEM of PKCS #1 for RSA, of SEC 1 for ECDSA, of PKCS #8 for the rest. The Buffer is the caller's to wipe.
   */
  secretForm(secret: Buffer): Buffer;
}

export interface PublicForm {
  readonly name: string;
  readonly publicKey: string;
}

export interface CipherOptions {
  /** Authenticated with the text and not contained in it; empty where there is none. */
  readonly associatedData: Uint8Array;
}

export interface Cipher {
  /** What `encrypt` takes as a nonce: 12 bytes, or none (0). */
  readonly nonceBytes: 12 | 0;
  /** Whether random nonces under one key can meet, so that encryptions under it are counted (NIST SP 800-38D §8.3). */
  readonly usesRandomNonce: boolean;
  /** False of RSA: associated data has to be refused. */
  readonly takesAssociatedData: boolean;
  /** Infinity, or what one block of RSA holds; more has to be refused. */
  readonly plaintextBytesMax: number;
  /** Nonce, ciphertext and tag in one piece, as the text after `vault:vN:` decodes. `nonce` is null where `nonceBytes` is 0. */
  encrypt(handle: KeyHandle, plaintext: Uint8Array, options: CipherOptions & { readonly nonce: Buffer | null }): Buffer;
  /** Null for all that `encrypt` did not make of this key and this associated data. Never throws, and leaves no plaintext behind. */
  decrypt(handle: KeyHandle, bytes: Uint8Array, options: CipherOptions): Buffer | null;
}

export interface SignatureOptions {
  /** `none` signs what it is given, without a digest's name in front (RSA, PKCS #1 v1.5, prehashed). Types with a digest of their own pass over it. */
  readonly hash: HashName | 'none';
  /** The input is the digest by `hash` already. */
  readonly prehashed: boolean;
  /** Of RSA alone. */
  readonly algorithm: 'pss' | 'pkcs1v15';
  /** Of PSS alone. `auto`, and 0 as in Vault: the longest that fits when signing, any when verifying. `hash`: as long as the digest. */
  readonly saltLength: 'auto' | 'hash' | number;
  /** `jws`: the two numbers of ECDSA side by side (IEEE P1363). The text of a signature is base64url then, of every type. */
  readonly marshaling: 'asn1' | 'jws';
  /** Of ML-DSA, SLH-DSA and composites: up to 255 bytes that are signed with the message (FIPS 204 §5.2). */
  readonly context: Buffer | null;
}

export interface SignatureScheme {
  /** Why these options, with this input, cannot be had of this type; null where they can. Both directions ask before they work. */
  refusal(options: SignatureOptions, input: Uint8Array): string | null;
  /** Off the event loop where Node has it so and it takes a millisecond or more; costs.ts tells. */
  sign(handle: KeyHandle, input: Uint8Array, options: SignatureOptions): Promise<Buffer>;
  /** Never rejects for bytes that a stranger sent. */
  verify(handle: KeyHandle, input: Uint8Array, signature: Uint8Array, options: SignatureOptions): Promise<boolean>;
}
