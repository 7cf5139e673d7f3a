import { constants, createHash, createPublicKey, verify, type VerifyKeyObjectInput } from 'node:crypto';
import { parseStrictJson } from '#pure/canonical-json/strict-parse.js';
import type { AssertionAlgorithm } from './client-jwk.js';
import { splitCompact } from './compact-jws.js';

/**
 * `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9): a text that its signer made for us, about itself, a moment
 * ago, and that is good once. What is read here is what a stranger sent: nothing of it is believed before the signature
 * of a key that the account was given, and the algorithm is the key's, never the header's.
 */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** From now: for so long a used one has to be remembered. Clients of ours send a minute. */
export const ASSERTION_SECONDS_MAX = 300;
/** How far the clock of a client may be ahead. */
const CLOCK_SKEW_SECONDS = 30;
const JTI_LENGTH_MAX = 256;
/** Nothing that a client of RFC 7523 sends has more than two levels. */
const JSON_LIMITS = { depthMax: 6, membersMax: 64 } as const;

export type AssertionRefusal =
  | 'malformed' | 'bad-header' | 'bad-claims' | 'wrong-client' | 'wrong-audience' | 'expired' | 'too-long' | 'not-yet-valid' | 'unknown-key' | 'bad-signature';

/** A key of the account, as far as a signature needs it. */
export interface AssertionKey {
  readonly id: string;
  readonly algorithm: AssertionAlgorithm;
  readonly kid: string | null;
  readonly thumbprint: Buffer;
  readonly publicKey: Buffer;
}

/** What is claimed, and still to be verified. */
export interface UnverifiedAssertion {
  /** `iss` and `sub` alike. */
  readonly clientId: string;
  readonly algorithm: string;
  readonly kid: string | null;
  readonly jti: string;
  readonly audience: readonly string[];
  readonly expiresAtSeconds: number;
  readonly notBeforeSeconds: number;
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

export interface VerifiedAssertion {
  readonly keyId: string;
  /** Of client and `jti`: by it the assertion is remembered until it ends. */
  readonly digest: Buffer;
  readonly expiresAt: Date;
}

/** RFC 7515 §4.1.11: what is marked critical and not understood makes the whole invalid; we understand no extension. */
const HEADER_MEMBERS: ReadonlySet<string> = new Set(['alg', 'kid', 'typ', 'cty']);
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'JWT', 'jwt', 'client-authentication+jwt']);

export function parseAssertion(text: string): UnverifiedAssertion | AssertionRefusal {
  const jws = splitCompact(text);
  if (typeof jws === 'string') return 'malformed';
  const header = objectOf(Buffer.from(jws.header, 'base64url'));
  const claims = objectOf(jws.payload);
  if (header === null || claims === null) return 'malformed';
  const { alg, kid = null, typ } = header;
  // `jwk`, `jku`, `x5c` and `x5u` bring a key along: whoever signs must not say by what.
  if (Object.keys(header).some((name) => !HEADER_MEMBERS.has(name)) || typeof alg !== 'string' || !TYPES.has(typ) || !(kid === null || typeof kid === 'string')) return 'bad-header';
  const { iss, sub, aud, exp, nbf, iat, jti } = claims;
  const audience = Array.isArray(aud) ? aud : [aud];
  if (typeof iss !== 'string' || iss !== sub || !audience.every((each) => typeof each === 'string')) return 'bad-claims';
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > JTI_LENGTH_MAX || !isInstant(exp)) return 'bad-claims';
  if (![nbf, iat].every((instant) => instant === undefined || isInstant(instant))) return 'bad-claims';
  const notBeforeSeconds = Math.max(Number(nbf ?? 0), Number(iat ?? 0));
  return { clientId: iss, algorithm: alg, kid, jti, audience: audience as string[], expiresAtSeconds: exp, notBeforeSeconds, signingInput: jws.signingInput, signature: jws.signature };
}

/**
 * `audiences`: the names that this server goes by. One alone, since an assertion that is for somebody else too is one
 * that they can bring here.
 */
export function verifyAssertion(assertion: UnverifiedAssertion, keys: readonly AssertionKey[], audiences: ReadonlySet<string>, nowSeconds: number): VerifiedAssertion | AssertionRefusal {
  const { audience, expiresAtSeconds, notBeforeSeconds } = assertion;
  if (audience.length !== 1 || !audiences.has(audience[0]!)) return 'wrong-audience';
  if (expiresAtSeconds <= nowSeconds) return 'expired';
  if (expiresAtSeconds > nowSeconds + ASSERTION_SECONDS_MAX) return 'too-long';
  if (notBeforeSeconds > nowSeconds + CLOCK_SKEW_SECONDS) return 'not-yet-valid';
  const candidates = keys.filter((key) => key.algorithm === assertion.algorithm && isNamed(key, assertion.kid));
  if (candidates.length === 0) return 'unknown-key';
  const signer = candidates.find((key) => isSignedBy(key, assertion));
  if (signer === undefined) return 'bad-signature';
  return { keyId: signer.id, digest: assertionDigest(assertion.clientId, assertion.jti), expiresAt: new Date(Math.ceil(expiresAtSeconds) * 1000) };
}

/** NUL stands in no client id, so that no two pairs make the same text. */
export function assertionDigest(clientId: string, jti: string): Buffer {
  return createHash('sha256').update(`client-assertion\0${clientId}\0${jti}`, 'utf8').digest();
}

/** Without a name it may be any of the account's: an account has ten at most. */
function isNamed({ kid, thumbprint }: AssertionKey, wanted: string | null): boolean {
  return wanted === null || wanted === kid || wanted === thumbprint.toString('base64url');
}

type SignatureScheme = { readonly digest: string | null; readonly options: Omit<VerifyKeyObjectInput, 'key'> };

/** RFC 7518 §3. A signature of another length, or in DER, verifies under none of them. */
const SCHEMES: Readonly<Record<AssertionAlgorithm, SignatureScheme>> = {
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { digest: null, options: {} },
  RS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
};

function isSignedBy({ algorithm, publicKey }: AssertionKey, { signingInput, signature }: UnverifiedAssertion): boolean {
  const { digest, options } = SCHEMES[algorithm];
  try {
    return verify(digest, signingInput, { key: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }), ...options }, signature);
  } catch {
    return false;
  }
}

function objectOf(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  const parsed = parseStrictJson(bytes, JSON_LIMITS);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) return null;
  return parsed.value as Readonly<Record<string, unknown>>;
}

/** RFC 7519 §2 lets a NumericDate have a fraction. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 2 ** 40;
}
