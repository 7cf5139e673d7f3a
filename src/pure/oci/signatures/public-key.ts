import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { TrustAnchor } from './signed-image.js';

/** What signs images, and the digest that cosign signs with each; null: the algorithm has its own. */
const CURVE_DIGESTS: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  // cosign signs payloads with SHA-256 whatever the curve, and bundles with the curve's own.
  secp384r1: ['sha256', 'sha384'],
  secp521r1: ['sha256', 'sha512'],
};
/** NIST SP 800-131A: what is shorter is no signature any more. */
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 8192;

/** The digests that a key may have signed with; null for a key that is not taken. */
function digestsOf(key: KeyObject): readonly (string | null)[] | null {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return [null];
  if (key.asymmetricKeyType === 'ec') return CURVE_DIGESTS[namedCurve ?? ''] ?? null;
  if (key.asymmetricKeyType === 'rsa' && modulusLength !== undefined && modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX) return ['sha256'];
  return null;
}

/** A public key in PEM (SPKI); null for anything else, a private key among it. */
export function readPublicKey(pem: string): KeyObject | null {
  if (!/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----$/.test(pem.replaceAll('\r\n', '\n').trim())) return null;
  try {
    const key = createPublicKey(pem);
    return digestsOf(key) === null ? null : key;
  } catch {
    return null;
  }
}

/** The first of the listed keys that made the signature, in DER where it is ECDSA; null when none did. */
export function signerAmong(anchors: readonly TrustAnchor[], payload: Uint8Array, signature: Uint8Array): string | null {
  const signer = anchors.find((anchor) => anchor.kind === 'public-key' && isSignedBy(anchor.key, payload, signature));
  return signer?.id ?? null;
}

function isSignedBy(key: KeyObject, payload: Uint8Array, signature: Uint8Array): boolean {
  return (digestsOf(key) ?? []).some((digest) => {
    try {
      return verify(digest, payload, { key, dsaEncoding: 'der' }, signature);
    } catch {
      return false; // A signature that is no DER at all.
    }
  });
}
