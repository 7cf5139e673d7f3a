import { type KeyObject, X509Certificate } from 'node:crypto';
import type { SignatureRefusal, TrustAnchor } from './signed-image.js';

/** RFC 5280 §4.2.1.12. */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
/** A leaf, three authorities between and a root. */
const CHAIN_MAX = 5;

export type ChainVerdict = { readonly anchorId: string; readonly key: KeyObject } | SignatureRefusal;

/** One certificate in PEM; null for anything else. */
export function readCertificate(pem: string): X509Certificate | null {
  if (!/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----$/.test(pem.replaceAll('\r\n', '\n').trim())) return null;
  return certificateIn(pem);
}

/**
 * Whether a listed authority vouches for the first of the certificates to sign code: each is issued by the next, and the last
 * is listed or issued by one that is. All have to be valid at the instant: nobody trusted says when it was signed, so a
 * certificate that has ended could sign with any date.
 */
export function verifyChain(chain: readonly Buffer[], anchors: readonly TrustAnchor[], atMillis: number): ChainVerdict {
  if (chain.length === 0 || chain.length > CHAIN_MAX) return 'malformed';
  const certificates = chain.map(certificateIn);
  if (!certificates.every((certificate): certificate is X509Certificate => certificate !== null)) return 'malformed';
  const [leaf, ...authorities] = certificates as [X509Certificate, ...X509Certificate[]];
  if (!certificates.slice(0, -1).every((certificate, index) => isIssuedBy(certificate, certificates[index + 1]!))) return 'malformed';
  // What may sign certificates does not sign images: whoever has such a key could make a leaf for it.
  if (leaf.ca || !(leaf.keyUsage ?? []).includes(CODE_SIGNING)) return 'unsupported';

  const last = certificates.at(-1)!;
  const anchor = anchors.find((listed) => listed.kind === 'certificate-authority' && (listed.certificate.raw.equals(last.raw) || (listed.certificate.ca && isIssuedBy(last, listed.certificate))));
  if (anchor?.kind !== 'certificate-authority' || !authorities.every(({ ca }) => ca)) return 'untrusted';
  if (![...certificates, anchor.certificate].every((certificate) => isValidAt(certificate, atMillis))) return 'expired';
  return { anchorId: anchor.id, key: leaf.publicKey };
}

/** By name, by key identifier, and by the signature itself. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // A key of a kind that cannot have signed it.
  }
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, atMillis: number): boolean {
  return validFromDate.getTime() <= atMillis && atMillis <= validToDate.getTime();
}

function certificateIn(encoded: Buffer | string): X509Certificate | null {
  try {
    return new X509Certificate(encoded);
  } catch {
    return null;
  }
}
