import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * Both have to be good: one is trusted today, the other should quantum computers come (RFC 8032; FIPS 204). Each has its file
 * beside the manifest, named by it, and its keys among those that are trusted.
 */
export const RELEASE_ALGORITHMS = ['ed25519', 'ml-dsa-65'] as const;
export type ReleaseAlgorithm = (typeof RELEASE_ALGORITHMS)[number];

export const MANIFEST_FILE = 'release.manifest';
export const signatureFile = (algorithm: ReleaseAlgorithm): string => `${MANIFEST_FILE}.${algorithm}`;

export type TrustedKeys = Readonly<Record<ReleaseAlgorithm, readonly KeyObject[]>>;

/** Nobody but the operator may say whom to trust, and this place does not show that. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
}

const PEM = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Public keys in `<directory>/<algorithm>.pem`, several one after the other while they are exchanged. The directory lies
 * outside of the release, which would vouch for itself; file and directory belong to root or to who runs this, and nobody
 * else may write them. Throws `TrustError`.
 */
export function readTrustedKeys(directory: string, releaseRoot: string): TrustedKeys {
  const [ed25519, mlDsa65] = RELEASE_ALGORITHMS.map((algorithm) => keysOf(directory, releaseRoot, algorithm));
  return { ed25519: ed25519!, 'ml-dsa-65': mlDsa65! };
}

function keysOf(directory: string, releaseRoot: string, algorithm: ReleaseAlgorithm): readonly KeyObject[] {
  const file = join(directory, `${algorithm}.pem`);
  const place = real(file);
  if (`${place}${sep}`.startsWith(`${real(releaseRoot)}${sep}`)) throw new TrustError(`${file} is a part of the release that it is to vouch for`);
  for (const path of [place, real(directory)]) {
    const { mode, uid } = statSync(path);
    if ((mode & WRITABLE_BY_OTHERS) !== 0) throw new TrustError(`${path} can be written by others`);
    if (uid !== 0 && uid !== process.getuid?.()) throw new TrustError(`${path} belongs to somebody else`);
  }
  const keys = (readFileSync(place, 'utf8').match(PEM) ?? []).map((pem) => keyOf(pem, file));
  if (keys.length === 0) throw new TrustError(`${file} has no public key`);
  const stranger = keys.find(({ asymmetricKeyType }) => asymmetricKeyType !== algorithm);
  if (stranger !== undefined) throw new TrustError(`${file} has a key of another kind: ${stranger.asymmetricKeyType}`);
  return keys;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new TrustError(`${path} is not there`);
  }
}

function keyOf(pem: string, file: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new TrustError(`${file} has a key that cannot be read`);
  }
}

/** Of the manifest as it is, byte for byte. */
export function signManifest(manifest: Uint8Array, privateKey: KeyObject): Buffer {
  return sign(null, manifest, privateKey);
}

/** The first algorithm of which no trusted key has signed these bytes; null: both have. */
export function missingSignature(manifest: Uint8Array, signatures: Readonly<Record<ReleaseAlgorithm, Uint8Array>>, trusted: TrustedKeys): ReleaseAlgorithm | null {
  return RELEASE_ALGORITHMS.find((algorithm) => !trusted[algorithm].some((key) => verify(null, manifest, key, signatures[algorithm]))) ?? null;
}
