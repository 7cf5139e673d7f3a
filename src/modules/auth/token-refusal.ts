import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { ValidityRefusal } from './domain/canonical-claims.js';
import type { SignatureRefusal } from './domain/verify-access-token.js';
import { dpopChallenge } from './dpop/dpop-proofs.js';

/** Why a token was refused: for the log and the specs. A client only ever learns that it was. */
export type TokenRefusal = SignatureRefusal | ValidityRefusal | 'malformed' | 'no-session' | 'session-ended' | 'account-disabled' | 'epoch-passed' | 'wrong-certificate' | 'wrong-proof';

export function refused(refusal: TokenRefusal): Fault {
  const challenge = refusal === 'wrong-proof' ? { headers: { 'WWW-Authenticate': dpopChallenge('invalid_token') } } : {};
  return new Fault(REQUEST_FAULTS.unauthenticated, { ...challenge, cause: new TokenRefused(refusal) });
}

/** The reason beneath an `unauthenticated`: logged, never rendered. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';

  constructor(readonly refusal: TokenRefusal) {
    super(`token refused: ${refusal}`);
  }
}
