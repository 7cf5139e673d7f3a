/**
 * JWS Compact Serialization (RFC 7515 §7.1), as strict as it can be read: what Quantonium itself would have written,
 * and nothing else. Every octet of a token is pinned by the header table, the signature or the canonical encoding,
 * so there is exactly one text for one set of claims and one signature.
 */

/** Larger than any token that we issue (about 700 bytes) by an order of magnitude; bounds the work of a forger's text. */
export const TOKEN_BYTES_MAX = 8 * 1024;

/** ES256 signatures are the two 32-byte integers r ‖ s (RFC 7518 §3.4). */
export const ES256_SIGNATURE_BYTES = 64;

const BASE64URL = /^[A-Za-z0-9_-]+$/;

export interface CompactJws {
  /** The first segment as it was sent: it is compared with headers that we would write, and never parsed. */
  readonly header: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** The octets that were signed: `header.payload`, ASCII. */
  readonly signingInput: Buffer;
}

export type CompactRefusal = 'oversize' | 'not-compact' | 'not-base64url';

/** Takes a token apart without trusting any of it. */
export function splitCompact(token: string): CompactJws | CompactRefusal {
  if (token.length > TOKEN_BYTES_MAX) return 'oversize';
  const segments = token.split('.', 4);
  if (segments.length !== 3) return 'not-compact';
  const [header, body, mac] = segments as [string, string, string];
  const payload = decodeBase64url(body);
  const signature = decodeBase64url(mac);
  if (!BASE64URL.test(header) || payload === null || signature === null) return 'not-base64url';
  return { header, payload, signature, signingInput: Buffer.from(`${header}.${body}`, 'latin1') };
}

/** What keys for access tokens are made for, and what a token under each says (RFC 7518 §3.1, RFC 8037 §3.1). */
export const TOKEN_ALGORITHMS = { ES256: 'ES256', Ed25519: 'EdDSA', RS256: 'RS256' } as const;
export type TokenKeyAlgorithm = keyof typeof TOKEN_ALGORITHMS;

export function isTokenKeyAlgorithm(name: string): name is TokenKeyAlgorithm {
  return Object.hasOwn(TOKEN_ALGORITHMS, name);
}

/** What a token's header says that it is (RFC 8725 §3.11): access tokens (RFC 9068), those of the registry, and what those are had for. */
export type TokenType = 'at+jwt' | 'registry+jwt' | 'registry-refresh+jwt';

/** The protected header of a token: exactly these members, in this order. The algorithm is the key's. */
export function tokenHeader(type: TokenType, keyId: string, algorithm: TokenKeyAlgorithm): string {
  return encodeBase64url(JSON.stringify({ alg: TOKEN_ALGORITHMS[algorithm], typ: type, kid: keyId }));
}

/** The order of P-256 (SP 800-186 §3.2.1.3), and half of it. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const P256_HALF_ORDER = Buffer.from((P256_ORDER >> 1n).toString(16).padStart(64, '0'), 'hex');

/**
 * Of the two ES256 signatures that verify alike, (r, s) and (r, n - s), whether it is the one with the lower s. Anybody can
 * turn one into the other without the key: only one of them is ours, so that one token is one text.
 */
export function hasLowS(signature: Uint8Array): boolean {
  return P256_HALF_ORDER.compare(signature, 32, 64) >= 0;
}

/** The same signature with the lower s. */
export function withLowS(signature: Buffer): Buffer {
  if (hasLowS(signature)) return signature;
  const s = P256_ORDER - BigInt(`0x${signature.toString('hex', 32, 64)}`);
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
}

export function encodeBase64url(bytes: string | Uint8Array): string {
  return (typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('base64url');
}

/**
 * Null unless `text` is the one encoding of its bytes: Node's decoder skips what it does not know and ignores the
 * unused low bits of the last character, so that up to sixteen texts would mean the same signature.
 */
export function decodeBase64url(text: string): Buffer | null {
  if (!BASE64URL.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
