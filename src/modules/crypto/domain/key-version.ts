/**
 * What a key is for decides its algorithm and who may hold it. A purpose has numbered versions; a version's life is
 * next → active → retiring → revoked, and only forwards.
 */
export type SignatureAlgorithmName = 'ES256' | 'Ed25519' | 'RS256' | 'ML-DSA-44';

/** The process roles that unwrap private keys. A worker is no holder of anything: it has verifiers only. */
export type KeyHolder = 'api' | 'ledger';

interface Purpose {
  /** Of versions that are made from now on, where no other is configured; each version keeps its own. */
  readonly algorithm: SignatureAlgorithmName;
  readonly holder: KeyHolder;
  readonly description: string;
  /**
   * What becomes of a version that was replaced. `retires`: after this many seconds nothing that it signed is good any
   * more, and it verifies no longer. `verifies`: for ever, since what it signed is kept. `identity`: never replaced by
   * schedule, because strangers have pinned it.
   */
  readonly succession: { readonly kind: 'retires'; readonly afterSeconds: number } | { readonly kind: 'verifies' } | { readonly kind: 'identity' };
}

/** Twice as long as any access token is taken for (one hour), so that clocks and a slow rotation do not matter. */
const TOKEN_OVERLAP_SECONDS = 2 * 3600;
/** A container client keeps what `docker login` gave it for thirty days, and no rotation is to log everybody out. */
const REGISTRY_TOKEN_OVERLAP_SECONDS = 31 * 24 * 3600;

export const KEY_PURPOSES = {
  'jwt': { algorithm: 'ES256', holder: 'api', description: 'access tokens', succession: { kind: 'retires', afterSeconds: TOKEN_OVERLAP_SECONDS } },
  'registry': { algorithm: 'Ed25519', holder: 'api', description: 'checkpoints of the registry’s tags', succession: { kind: 'verifies' } },
  'registry-token': { algorithm: 'ES256', holder: 'api', description: 'tokens of container clients', succession: { kind: 'retires', afterSeconds: REGISTRY_TOKEN_OVERLAP_SECONDS } },
  'attestation': { algorithm: 'Ed25519', holder: 'api', description: 'what a running server says of itself', succession: { kind: 'verifies' } },
  'audit-checkpoint': { algorithm: 'Ed25519', holder: 'ledger', description: 'the log signature of checkpoints, C2SP key type 0x01', succession: { kind: 'identity' } },
  'audit-cosign': { algorithm: 'ML-DSA-44', holder: 'ledger', description: 'the post-quantum cosignature of checkpoints, C2SP key type 0x06', succession: { kind: 'identity' } },
  'result': { algorithm: 'Ed25519', holder: 'ledger', description: 'results of simulations', succession: { kind: 'verifies' } },
} as const satisfies Readonly<Record<string, Purpose>>;

export type KeyPurpose = keyof typeof KEY_PURPOSES;
export const KEY_PURPOSE_NAMES = Object.freeze(Object.keys(KEY_PURPOSES) as KeyPurpose[]);

/**
 * `next` is published and not used yet, so that every verifier knows it before the first signature; `active` signs,
 * one a purpose; `retiring` verifies what it signed; `revoked` verifies nothing any more.
 */
export type KeyState = 'next' | 'active' | 'retiring' | 'revoked';

const SUCCESSORS: Readonly<Record<KeyState, readonly KeyState[]>> = {
  next: ['active', 'revoked'],
  active: ['retiring', 'revoked'],
  retiring: ['revoked'],
  revoked: [],
};

export function mayBecome(from: KeyState, to: KeyState): boolean {
  return SUCCESSORS[from].includes(to);
}

/** What everybody may know of a key version. */
export interface PublicKeyVersion {
  /** RFC 7638 thumbprint of the public key, base64url: names the key by its content. */
  readonly id: string;
  readonly purpose: KeyPurpose;
  /** Counted from 1 within the purpose. */
  readonly version: number;
  readonly algorithm: SignatureAlgorithmName;
  readonly state: KeyState;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  readonly createdAt: Date;
  /** Since when it is in its state. */
  readonly stateSince: Date;
}

/** The whole row: the private key only as ciphertext under the purpose's key-encryption key. */
export interface WrappedKeyVersion extends PublicKeyVersion {
  /** AES-256-GCM of the PKCS #8 private key: ciphertext, then the 16-byte tag. */
  readonly wrappedPrivateKey: Buffer;
  /** 12 random bytes, one wrapping each. */
  readonly nonce: Buffer;
}
