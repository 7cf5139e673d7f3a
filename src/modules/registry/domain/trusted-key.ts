import { createHash } from 'node:crypto';
import { readCertificate } from '#pure/oci/signatures/certificate-chain.js';
import { readPublicKey } from '#pure/oci/signatures/public-key.js';
import type { TrustAnchor } from '#pure/oci/signatures/signed-image.js';

export const TRUSTED_KEY_KINDS = ['public-key', 'certificate-authority'] as const;
export type TrustedKeyKind = (typeof TRUSTED_KEY_KINDS)[number];

/** Each costs one verification for each signature that is looked at. */
export const TRUSTED_KEYS_MAX = 20;

export interface TrustedKey {
  readonly id: string;
  readonly projectId: string;
  readonly label: string;
  readonly kind: TrustedKeyKind;
  /** PEM: a public key, or a certificate. */
  readonly material: string;
  /** SHA-256, in hex, of the key's SPKI or of the certificate: how people compare it with what they were told. */
  readonly fingerprint: string;
  readonly addedBy: string;
  readonly addedAt: Date;
}

const sha256 = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

/** How each kind is read: what it is compared by; null for what is none. */
const FINGERPRINTS: Readonly<Record<TrustedKeyKind, (material: string) => string | null>> = {
  'public-key': (material) => {
    const key = readPublicKey(material);
    return key === null ? null : sha256(key.export({ type: 'spki', format: 'der' }));
  },
  'certificate-authority': (material) => {
    const certificate = readCertificate(material);
    return certificate === null ? null : sha256(certificate.raw);
  },
};

export function fingerprintOf(kind: TrustedKeyKind, material: string): string | null {
  return FINGERPRINTS[kind](material);
}

/** For verification. What was read when it was added is read again. */
export function anchorOf({ id, kind, material }: Pick<TrustedKey, 'id' | 'kind' | 'material'>): TrustAnchor | null {
  if (kind === 'public-key') {
    const key = readPublicKey(material);
    return key === null ? null : { id, kind, key };
  }
  const certificate = readCertificate(material);
  return certificate === null ? null : { id, kind, certificate };
}
