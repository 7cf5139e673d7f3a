import { createHash, X509Certificate } from 'node:crypto';

/** Bytes of the text: a certificate of a post-quantum signature has 6 KiB of them. */
export const CERTIFICATE_TEXT_MAX = 16 * 1024;

export interface ReadCertificate {
  /** SHA-256 of the DER encoding, in base64url (RFC 8705 §3.1). */
  readonly thumbprint: string;
  readonly expiresAt: Date;
}

/** Why a text is not taken as a certificate. */
export type CertificateRefusal = 'holds-a-private-key' | 'not-one-certificate';

const ONE = /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

/** Exactly one PEM certificate (RFC 7468 §5). A private key that was pasted along is named, so that somebody notices that it is out. */
export function readCertificate(text: string): ReadCertificate | CertificateRefusal {
  if (text.includes('PRIVATE KEY')) return 'holds-a-private-key';
  if (!ONE.test(text)) return 'not-one-certificate';
  try {
    const { raw, validToDate } = new X509Certificate(text);
    return { thumbprint: createHash('sha256').update(raw).digest('base64url'), expiresAt: validToDate };
  } catch {
    return 'not-one-certificate';
  }
}
