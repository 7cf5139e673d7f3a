import { createHash, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import { parseStrictJson } from '#pure/canonical-json/strict-parse.js';
import { decodeBase64url, splitCompact } from './compact-jws.js';

/** A proof says four things about one request; a key of ours has 200 octets. */
const PROOF_BYTES_MAX = 4096;
/** How old a proof may be: as long as a request may be on its way, and clocks of clients may be behind. */
const AGE_SECONDS_MAX = 120;
/** How far the clock of a client may be ahead. */
const AHEAD_SECONDS_MAX = 30;
const JTI_UNITS_MAX = 256;
const JSON_LIMITS = { depthMax: 4, membersMax: 64 };

export interface DpopRequest {
  readonly method: string;
  /** Absolute, without query and fragment. */
  readonly url: string;
  /** Where the proof comes with one. */
  readonly accessToken: string | null;
}

/** A proof that is good for the request, unless it was used before. */
export interface ExaminedProof {
  /** RFC 7638, SHA-256: 32 bytes. */
  readonly thumbprint: Buffer;
  /** Of key and jti: what it is known by when it comes again. */
  readonly hash: Buffer;
  /** From then on it is too old in any case. */
  readonly expiresAtMillis: number;
}

/** Why a proof is none; told to the client, who made it. */
export type ProofRefusal =
  | 'not a JWT'
  | 'not the header of a proof'
  | 'not a public key of the algorithm'
  | 'a private key was sent: do not use it again'
  | 'a wrong signature'
  | 'claims are missing or of a wrong type'
  | 'made for another method'
  | 'made for another URL'
  | 'made too long ago, or in the future'
  | 'made for another access token'
  | 'an access token that came without its hash';

interface ProofAlgorithm {
  /** Exactly what RFC 7638 hashes, in its order. */
  readonly members: (jwk: Members) => Readonly<Record<string, string>> | null;
  readonly verify: (key: KeyObject, bytes: Buffer, signature: Buffer) => boolean;
}

type Members = Readonly<Record<string, unknown>>;

/** 32 bytes in their one spelling. */
const isCoordinate = (value: unknown): value is string => typeof value === 'string' && value.length === 43 && decodeBase64url(value)?.length === 32;

const ED25519: ProofAlgorithm = {
  members: ({ kty, crv, x }) => (kty === 'OKP' && crv === 'Ed25519' && isCoordinate(x) ? { crv, kty, x } : null),
  verify: (key, bytes, signature) => signature.length === 64 && verifySignature(null, bytes, key, signature),
};

const ES256: ProofAlgorithm = {
  members: ({ kty, crv, x, y }) => (kty === 'EC' && crv === 'P-256' && isCoordinate(x) && isCoordinate(y) ? { crv, kty, x, y } : null),
  verify: (key, bytes, signature) => signature.length === 64 && verifySignature('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature),
};

/** RFC 7518 §3.4, RFC 8037 §3.1 and, of the same keys, RFC 9864 §2.2. */
const ALGORITHMS: ReadonlyMap<unknown, ProofAlgorithm> = new Map([['ES256', ES256], ['EdDSA', ED25519], ['Ed25519', ED25519]]);
export const DPOP_ALGORITHMS: readonly string[] = Object.freeze([...ALGORITHMS.keys()] as string[]);

/** Members of a JWK that are nobody's business (RFC 7518 §6.2.2, §6.3.2, §6.4). */
const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * RFC 9449 §4.3, but for the eleventh check of its kind, whether the proof was used before. The time of the request is the
 * server's. What is not read is not looked at: a proof may say more than it has to.
 */
export function examineProof(proof: string, request: DpopRequest, nowMillis: number): ExaminedProof | ProofRefusal {
  const jws = proof.length > PROOF_BYTES_MAX ? 'oversize' : splitCompact(proof);
  if (typeof jws === 'string') return 'not a JWT';
  const header = objectOf(decodeBase64url(jws.header));
  const algorithm = header === null ? undefined : ALGORITHMS.get(header['alg']);
  // What is critical would have to be understood (RFC 7515 §4.1.11), and nothing is.
  if (header === null || algorithm === undefined || header['typ'] !== 'dpop+jwt' || Object.hasOwn(header, 'crit')) return 'not the header of a proof';
  const key = publicKeyOf(header['jwk'], algorithm);
  if (typeof key === 'string') return key;
  if (!algorithm.verify(key.object, jws.signingInput, jws.signature)) return 'a wrong signature';
  const claims = claimsOf(objectOf(jws.payload));
  if (claims === null) return 'claims are missing or of a wrong type';
  const refusal = refusalOf(claims, request, nowMillis);
  if (refusal !== null) return refusal;
  const hash = createHash('sha256').update(key.thumbprint).update(claims.jti, 'utf8').digest();
  return { thumbprint: key.thumbprint, hash, expiresAtMillis: (claims.iat + AGE_SECONDS_MAX) * 1000 };
}

/** The member `ath`: SHA-256 of the access token's text, in base64url. */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'utf8').digest('base64url');
}

interface ProofClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly iat: number;
  readonly ath: unknown;
}

function refusalOf({ htm, htu, iat, ath }: ProofClaims, { method, url, accessToken }: DpopRequest, nowMillis: number): ProofRefusal | null {
  if (htm !== method) return 'made for another method';
  const wanted = normalised(url);
  if (wanted === null || normalised(htu) !== wanted) return 'made for another URL';
  const ageSeconds = nowMillis / 1000 - iat;
  if (ageSeconds > AGE_SECONDS_MAX || ageSeconds < -AHEAD_SECONDS_MAX) return 'made too long ago, or in the future';
  if (accessToken === null) return null;
  if (ath === undefined) return 'an access token that came without its hash';
  return ath === accessTokenHash(accessToken) ? null : 'made for another access token';
}

function objectOf(bytes: Buffer | null): Members | null {
  if (bytes === null) return null;
  const parsed = parseStrictJson(bytes, JSON_LIMITS);
  return parsed.ok && typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value) ? (parsed.value as Members) : null;
}

function publicKeyOf(jwk: unknown, algorithm: ProofAlgorithm): { readonly object: KeyObject; readonly thumbprint: Buffer } | ProofRefusal {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'not a public key of the algorithm';
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return 'a private key was sent: do not use it again';
  const members = algorithm.members(jwk as Members);
  if (members === null) return 'not a public key of the algorithm';
  try {
    const object = createPublicKey({ key: { ...members }, format: 'jwk' });
    return { object, thumbprint: createHash('sha256').update(JSON.stringify(members)).digest() };
  } catch {
    // Not on the curve.
    return 'not a public key of the algorithm';
  }
}

function claimsOf(claims: Members | null): ProofClaims | null {
  if (claims === null) return null;
  const { jti, htm, htu, iat, ath } = claims as Record<keyof ProofClaims, unknown>;
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > JTI_UNITS_MAX) return null;
  if (typeof htm !== 'string' || typeof htu !== 'string' || typeof iat !== 'number' || !Number.isFinite(iat) || iat < 0) return null;
  return { jti, htm, htu, iat, ath };
}

/** Scheme and host as they are compared (RFC 3986 §6.2.2, §6.2.3), without query and fragment; null for what is no such URL. */
function normalised(text: string): string | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { origin, pathname, username, password } = new URL(text);
  return username !== '' || password !== '' ? null : origin + pathname.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}
