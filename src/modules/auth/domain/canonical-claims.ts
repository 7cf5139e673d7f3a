export type ClaimsRefusal = 'not-json' | 'bad-claims' | 'not-canonical';

export type Check = (value: unknown) => boolean;
export const isText: Check = (value) => typeof value === 'string' && value.length > 0;
/** Seconds since 1970, and whatever else is counted. */
export const isInstant: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Reads a payload whose signature was verified. Types are checked first, one line of `checks` a claim; then the claims are
 * written again and must give the same text, which refuses duplicate and unknown members, other orders, white space,
 * `1e3` and escapes in one comparison: a payload that we did not write is not ours, whatever its signature says.
 */
export function readCanonical<C>(payload: Buffer, checks: Readonly<Record<string, Check>>, claimsOf: (wire: Readonly<Record<string, unknown>>) => C | null, format: (claims: C) => string): C | ClaimsRefusal {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return 'not-json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'bad-claims';
  const wire = value as Readonly<Record<string, unknown>>;
  for (const [name, check] of Object.entries(checks)) if (!check(Object.hasOwn(wire, name) ? wire[name] : undefined)) return 'bad-claims';
  const claims = claimsOf(wire);
  if (claims === null) return 'bad-claims';
  return Buffer.from(format(claims), 'utf8').equals(payload) ? claims : 'not-canonical';
}

export type ValidityRefusal = 'wrong-issuer' | 'wrong-audience' | 'expired' | 'not-yet-valid' | 'lifetime-too-long';

/** Allowed difference between the clocks of two replicas. */
export const LEEWAY_SECONDS = 5;

/** What every token of ours says about where and when it is good. */
export interface Validity {
  readonly issuer: string;
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly notBeforeSeconds: number;
  readonly expiresAtSeconds: number;
}

/** Whether the claims are good here and now; null when they are. `nowSeconds` may have a fraction. */
export function refusalOfValidity(claims: Validity, expected: { readonly issuer: string; readonly audience: string }, nowSeconds: number, lifetimeSecondsMax: number): ValidityRefusal | null {
  if (claims.issuer !== expected.issuer) return 'wrong-issuer';
  if (claims.audience !== expected.audience) return 'wrong-audience';
  if (claims.expiresAtSeconds - claims.issuedAtSeconds > lifetimeSecondsMax) return 'lifetime-too-long';
  if (nowSeconds >= claims.expiresAtSeconds + LEEWAY_SECONDS) return 'expired';
  return Math.max(claims.notBeforeSeconds, claims.issuedAtSeconds) > nowSeconds + LEEWAY_SECONDS ? 'not-yet-valid' : null;
}
