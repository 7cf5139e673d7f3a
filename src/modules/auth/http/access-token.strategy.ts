import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passportJwt from 'passport-jwt';
import type { Principal } from '#pure/principal/principal.js';
import { Authenticator, type Possession } from '../authenticator.js';

/** What the pipeline's extraction found, in place of a request: headers are read in one place, and not here. */
export interface CredentialCarrier {
  readonly credential: string;
  readonly possession: Possession;
}

/** The authenticator, asked about one connection: what passport-jwt takes for a key. */
export type BoundAuthenticator = (token: string) => Promise<Principal>;

type VerifiedCallback = (error: Error | null, principal?: Principal) => void;

/**
 * passport-jwt's frame with strict parts in the two places where it can be given any (`reference/auth.md` §4).
 * Its extractors take tabs and trailing words, so `jwtFromRequest` hands over what the pipeline extracted. Its verifier
 * is jsonwebtoken behind a global static, which knows neither `typ` nor sessions, so the static is replaced by one
 * without state: it asks what this strategy gives as the "key". A second application in the same
 * process therefore asks its own.
 */
Object.assign(passportJwt.Strategy, {
  JwtVerifier: (token: string, authenticate: BoundAuthenticator, _options: unknown, done: VerifiedCallback): void => {
    authenticate(token).then(
      (principal) => done(null, principal),
      (error: unknown) => done(error instanceof Error ? error : new Error('authentication failed', { cause: error })),
    );
  },
});

@Injectable()
export class AccessTokenStrategy extends PassportStrategy(passportJwt.Strategy, 'access-token') {
  constructor(authenticator: Authenticator) {
    super({
      jwtFromRequest: (carrier: unknown) => (carrier as CredentialCarrier).credential,
      // The types know only texts and buffers as keys; the verifier above is the only reader.
      secretOrKeyProvider: (carrier: unknown, _token: unknown, done: (error: null, key: never) => void) => {
        const { possession } = carrier as CredentialCarrier;
        const authenticate: BoundAuthenticator = (token) => authenticator.authenticate(token, possession);
        done(null, authenticate as never);
      },
    });
  }

  /** Everything was verified before: passport's user is the principal as it is. */
  override validate(principal: Principal): Principal {
    return principal;
  }
}
