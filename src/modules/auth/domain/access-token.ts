import { ASSURANCE_LEVELS, type AssuranceLevel, type Scope } from '#pure/principal/principal.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { type Check, type ClaimsRefusal, isInstant, isText, LEEWAY_SECONDS, readCanonical, refusalOfValidity, type Validity, type ValidityRefusal } from './canonical-claims.js';
import { formatScopes, parseScopes } from './scope-request.js';

/**
 * What an access token says (RFC 9068). It names who and which session, never what they may do: roles, status and
 * epoch are looked up at each request, so that a revocation does not wait for the token to expire.
 */
export interface AccessTokenClaims extends Validity {
  /** UUIDv7 of the principal. */
  readonly subject: string;
  readonly subjectKind: 'user' | 'service';
  readonly clientId: string;
  /** UUIDv7 of the session. */
  readonly sessionId: string;
  /** UUIDv7 of the token. */
  readonly tokenId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly projectId: string | null;
  /** The principal's epoch when the token was issued: every later epoch makes it void. */
  readonly epoch: number;
  readonly assurance: AssuranceLevel;
  /** RFC 8176 methods. */
  readonly methods: readonly string[];
  readonly authenticatedAtSeconds: number;
  /** What the holder has to prove besides; null: nothing. */
  readonly confirmation: Confirmation | null;
}

/**
 * What a token is bound to (RFC 7800): the client certificate over whose connections alone it is good (RFC 8705 §3.1), or
 * the key of whom each request brings a proof (RFC 9449 §6). The thumbprint is a SHA-256 in base64url.
 */
export interface Confirmation {
  readonly kind: 'certificate' | 'dpop';
  readonly thumbprint: string;
}

/** The member of `cnf` that names it. */
const CONFIRMATION_MEMBERS = { certificate: 'x5t#S256', dpop: 'jkt' } as const satisfies Record<Confirmation['kind'], string>;

export const ACCESS_TOKEN_LIFETIME_SECONDS = 600;
/** No token of ours lives longer, whatever a later issuer is configured to. */
const LIFETIME_SECONDS_MAX = 3600;
/** The client of people who log in with a password, which is first-party; a program is its own. RFC 9068 §2.2 demands the claim. */
export const PASSWORD_LOGIN_CLIENT = 'quantonium-login';

/**
 * Who issues tokens and who takes them. Quantonium is both, so both are its public address: replicas behind one
 * address take each other's tokens, and another installation's are refused.
 */
export function partiesOf(publicUrl: string): { readonly issuer: string; readonly audience: string } {
  return { issuer: publicUrl, audience: publicUrl };
}

/** The payload's text: the members that RFC 9068 names, always in this order. */
export function formatClaims(claims: AccessTokenClaims): string {
  return JSON.stringify({
    iss: claims.issuer,
    aud: claims.audience,
    sub: claims.subject,
    sub_type: claims.subjectKind,
    client_id: claims.clientId,
    sid: claims.sessionId,
    jti: claims.tokenId,
    scope: formatScopes(claims.scopes),
    ...(claims.projectId === null ? {} : { prj: claims.projectId }),
    sep: claims.epoch,
    acr: claims.assurance,
    amr: claims.methods,
    auth_time: claims.authenticatedAtSeconds,
    iat: claims.issuedAtSeconds,
    nbf: claims.notBeforeSeconds,
    exp: claims.expiresAtSeconds,
    ...(claims.confirmation === null ? {} : { cnf: { [CONFIRMATION_MEMBERS[claims.confirmation.kind]]: claims.confirmation.thumbprint } }),
  });
}

/** Reads a payload whose signature was verified, strictly. */
export function parseClaims(payload: Buffer): AccessTokenClaims | ClaimsRefusal {
  return readCanonical(payload, CLAIMS, claimsOf, formatClaims);
}

/** 32 bytes in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** One line a claim: what its value must be. A claim that is not here makes a token that is not canonical. */
const CLAIMS: Readonly<Record<string, Check>> = {
  iss: isText,
  aud: isText,
  sub: isUuid,
  sub_type: (value) => value === 'user' || value === 'service',
  client_id: isText,
  sid: isUuid,
  jti: isUuid,
  scope: (value) => typeof value === 'string' && parseScopes(value) !== null,
  prj: (value) => value === undefined || isUuid(value),
  sep: isInstant,
  acr: (value) => ASSURANCE_LEVELS.includes(value as AssuranceLevel),
  amr: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  auth_time: isInstant,
  iat: isInstant,
  nbf: isInstant,
  exp: isInstant,
  cnf: (value) => value === undefined || confirmationOf(value) !== null,
};

/** Null for what has not exactly one member that names a thumbprint: the comparison with the payload refuses whatever stands beside. */
function confirmationOf(value: unknown): Confirmation | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const kind of ['certificate', 'dpop'] as const) {
    const thumbprint = (value as Readonly<Record<string, unknown>>)[CONFIRMATION_MEMBERS[kind]];
    if (typeof thumbprint === 'string' && THUMBPRINT.test(thumbprint)) return { kind, thumbprint };
  }
  return null;
}

/** The shape of a payload that has passed `CLAIMS`. */
interface WireClaims {
  iss: string; aud: string; sub: string; sub_type: 'user' | 'service'; client_id: string; sid: string; jti: string; scope: string; prj?: string;
  sep: number; acr: AssuranceLevel; amr: string[]; auth_time: number; iat: number; nbf: number; exp: number; cnf?: unknown;
}

function claimsOf(checked: Readonly<Record<string, unknown>>): AccessTokenClaims | null {
  const wire = checked as unknown as WireClaims;
  const scopes = parseScopes(wire.scope);
  if (scopes === null) return null;
  return Object.freeze({
    issuer: wire.iss,
    audience: wire.aud,
    subject: wire.sub,
    subjectKind: wire.sub_type,
    clientId: wire.client_id,
    sessionId: wire.sid,
    tokenId: wire.jti,
    scopes,
    projectId: wire.prj ?? null,
    epoch: wire.sep,
    assurance: wire.acr,
    methods: wire.amr,
    authenticatedAtSeconds: wire.auth_time,
    issuedAtSeconds: wire.iat,
    notBeforeSeconds: wire.nbf,
    expiresAtSeconds: wire.exp,
    confirmation: wire.cnf === undefined ? null : confirmationOf(wire.cnf),
  });
}

/** Whether the claims are good here and now; null when they are. `nowSeconds` may have a fraction. */
export function refusalOfClaims(claims: AccessTokenClaims, expected: { issuer: string; audience: string }, nowSeconds: number): ValidityRefusal | null {
  const refusal = refusalOfValidity(claims, expected, nowSeconds, LIFETIME_SECONDS_MAX);
  return refusal === null && claims.authenticatedAtSeconds > nowSeconds + LEEWAY_SECONDS ? 'not-yet-valid' : refusal;
}
