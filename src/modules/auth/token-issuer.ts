import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Scope } from '#pure/principal/principal.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessTokenClaims, formatClaims, partiesOf, PASSWORD_LOGIN_CLIENT } from './domain/access-token.js';
import { accessTokenHeader, encodeBase64url } from './domain/compact-jws.js';

/** What a token is made for: a session that stands in the database, and the epoch that it was opened in. */
export interface TokenGrant {
  readonly principalId: string;
  readonly principalKind: 'user' | 'service';
  readonly sessionId: string;
  readonly epoch: number;
  readonly scopes: ReadonlySet<Scope>;
  readonly projectId: string | null;
  readonly assurance: AccessTokenClaims['assurance'];
  readonly authenticatedAtSeconds: number;
  readonly issuedAtSeconds: number;
  /** In base64url; null: the token is bound to no certificate. */
  readonly certificateThumbprint: string | null;
  /** Of an account for emergencies that is open: entries of this login say so. */
  readonly breakGlassId: string | null;
}

export interface IssuedToken {
  /** A secret: in the answer's body and nowhere else. */
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scopes: ReadonlySet<Scope>;
  readonly principalId: string;
  readonly sessionId: string;
  readonly mustChangePassword: boolean;
}

/** Signs access tokens. Outside transactions: a session whose token was never signed is harmless and expires. */
@Injectable()
export class TokenIssuer {
  private readonly parties: { readonly issuer: string; readonly audience: string };

  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    config: Config,
  ) {
    this.parties = partiesOf(config.http.publicUrl);
  }

  async issue(grant: TokenGrant): Promise<{ readonly accessToken: string; readonly expiresInSeconds: number }> {
    const signer = await this.keyring.signer('jwt');
    const claims: AccessTokenClaims = {
      ...this.parties,
      subject: grant.principalId,
      subjectKind: grant.principalKind,
      clientId: grant.principalKind === 'service' ? grant.principalId : PASSWORD_LOGIN_CLIENT,
      sessionId: grant.sessionId,
      tokenId: this.randomness.uuidv7(this.clock.nowMillis()),
      scopes: grant.scopes,
      projectId: grant.projectId,
      epoch: grant.epoch,
      assurance: grant.assurance,
      methods: grant.certificateThumbprint === null ? ['pwd'] : ['swk'],
      authenticatedAtSeconds: grant.authenticatedAtSeconds,
      issuedAtSeconds: grant.issuedAtSeconds,
      notBeforeSeconds: grant.issuedAtSeconds,
      expiresAtSeconds: grant.issuedAtSeconds + ACCESS_TOKEN_LIFETIME_SECONDS,
      certificateThumbprint: grant.certificateThumbprint,
    };
    const signingInput = `${accessTokenHeader(signer.keyId)}.${encodeBase64url(formatClaims(claims))}`;
    const signature = await signer.sign(Buffer.from(signingInput, 'latin1'));
    return { accessToken: `${signingInput}.${encodeBase64url(signature)}`, expiresInSeconds: ACCESS_TOKEN_LIFETIME_SECONDS };
  }
}
