import { type AccessTokenClaims, parseClaims } from './access-token.js';
import type { ClaimsRefusal } from './canonical-claims.js';
import { type CompactRefusal, ES256_SIGNATURE_BYTES, hasLowS, splitCompact } from './compact-jws.js';

/** What verifies one key's signatures: false for anything else, and never throws. */
export interface SignatureCheck {
  readonly algorithm: string;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Keys by the one header that a token of one kind under each can have. This is where `alg`, `typ` and `kid` are pinned: a
 * header is looked up and never interpreted, so there is no `none`, no HS256 with a public key, no `jku`, no `crit`, and
 * no way for a token to choose how it is verified, or as what.
 */
export type TokenKeys = ReadonlyMap<string, SignatureCheck>;

export type SignatureRefusal = CompactRefusal | 'unknown-header' | 'bad-signature' | ClaimsRefusal;

/** The claims of a token that one of the keys signed, or why it is none. Says nothing about time or revocation. */
export function verifySignedToken<C>(token: string, keys: TokenKeys, parse: (payload: Buffer) => C | SignatureRefusal): C | SignatureRefusal {
  const jws = splitCompact(token);
  if (typeof jws === 'string') return jws;
  const key = keys.get(jws.header);
  if (key === undefined) return 'unknown-header';
  if (key.algorithm === 'ES256' && !(jws.signature.length === ES256_SIGNATURE_BYTES && hasLowS(jws.signature))) return 'bad-signature';
  if (!key.verify(jws.signingInput, jws.signature)) return 'bad-signature';
  return parse(jws.payload);
}

export function verifyAccessToken(token: string, keys: TokenKeys): AccessTokenClaims | SignatureRefusal {
  return verifySignedToken(token, keys, parseClaims);
}
