import { type AccessScope, formatAccessScope, parseAccessScope } from '#pure/oci/access-scope.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { type Check, type ClaimsRefusal, isInstant, isText, readCanonical, type Validity } from './canonical-claims.js';

/**
 * What a token of the container registry says (distribution, "Token Authentication Specification"). It stands for an API
 * key, and `access` narrows what that key may do: whether the key and its owner's account stand, and what they may do, is
 * looked up at each request.
 */
export interface RegistryTokenClaims extends Validity {
  /** UUIDv7 of the principal. */
  readonly subject: string;
  readonly subjectKind: 'user' | 'service';
  /** UUIDv7 of the key that it was had for. */
  readonly apiKeyId: string;
  /** UUIDv7 of the token. */
  readonly tokenId: string;
  /** Of a token that others are had for: null, it opens nothing itself. */
  readonly access: readonly AccessScope[] | null;
}

/** Five minutes: a push asks again, and nobody else notices. */
export const REGISTRY_TOKEN_LIFETIME_SECONDS = 300;
/** What `docker login` keeps; it ends with the key too, whichever is sooner. */
export const REGISTRY_REFRESH_LIFETIME_SECONDS = 30 * 24 * 3600;

/** Who issues them, and the service that alone takes them, named as clients name it: by its host. */
export function registryPartiesOf(publicUrl: string): { readonly issuer: string; readonly audience: string } {
  return { issuer: publicUrl, audience: new URL(publicUrl).host };
}

export function formatRegistryClaims(claims: RegistryTokenClaims): string {
  return JSON.stringify({
    iss: claims.issuer,
    sub: claims.subject,
    sub_type: claims.subjectKind,
    aud: claims.audience,
    exp: claims.expiresAtSeconds,
    nbf: claims.notBeforeSeconds,
    iat: claims.issuedAtSeconds,
    jti: claims.tokenId,
    key_id: claims.apiKeyId,
    ...(claims.access === null ? {} : { access: claims.access.map(({ type, name, actions }) => ({ type, name, actions })) }),
  });
}

/** Of a token that opens something. */
export function parseRegistryClaims(payload: Buffer): RegistryTokenClaims | ClaimsRefusal {
  return readCanonical(payload, { ...CLAIMS, access: isAccess }, claimsOf, formatRegistryClaims);
}

/** Of one that others are had for. */
export function parseRegistryRefreshClaims(payload: Buffer): RegistryTokenClaims | ClaimsRefusal {
  return readCanonical(payload, { ...CLAIMS, access: (value) => value === undefined }, claimsOf, formatRegistryClaims);
}

const CLAIMS: Readonly<Record<string, Check>> = {
  iss: isText,
  sub: isUuid,
  sub_type: (value) => value === 'user' || value === 'service',
  aud: isText,
  exp: isInstant,
  nbf: isInstant,
  iat: isInstant,
  jti: isUuid,
  key_id: isUuid,
};

const isAccess: Check = (value) => Array.isArray(value) && value.every((entry) => accessOf(entry) !== null);

/** An entry is what its scope, written and read again, would be; what stands beside is refused by the comparison of the whole. */
function accessOf(entry: unknown): AccessScope | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { type, name, actions } = entry as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(actions) || !actions.every(isText)) return null;
  const scope = parseAccessScope(`${type}:${name}:${actions.join(',')}`);
  return scope !== null && formatAccessScope(scope) === `${type}:${name}:${actions.join(',')}` ? scope : null;
}

/** The shape of a payload that has passed the checks. */
interface WireClaims {
  iss: string; sub: string; sub_type: 'user' | 'service'; aud: string; exp: number; nbf: number; iat: number; jti: string; key_id: string; access?: unknown[];
}

function claimsOf(checked: Readonly<Record<string, unknown>>): RegistryTokenClaims {
  const wire = checked as unknown as WireClaims;
  return Object.freeze({
    issuer: wire.iss,
    audience: wire.aud,
    subject: wire.sub,
    subjectKind: wire.sub_type,
    apiKeyId: wire.key_id,
    tokenId: wire.jti,
    access: wire.access?.flatMap((entry) => accessOf(entry) ?? []) ?? null,
    issuedAtSeconds: wire.iat,
    notBeforeSeconds: wire.nbf,
    expiresAtSeconds: wire.exp,
  });
}
