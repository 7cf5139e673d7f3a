import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Scope } from '#pure/principal/principal.js';
import { signCompact } from './compact-signing.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessTokenClaims, type Confirmation, formatClaims, partiesOf, PASSWORD_LOGIN_CLIENT } from './domain/access-token.js';

/** What a session's tokens are bound to, as the database has it. */
export interface Binding {
  readonly kind: Confirmation['kind'];
  /** 32 bytes. */
  readonly thumbprint: Buffer;
}

/** What a token is made for: a session that stands in the database, and the epoch that it was opened in. */
export interface TokenGrant {
  readonly principalId: string;
  readonly principalKind: 'user' | 'service';
  readonly sessionId: string;
  readonly epoch: number;
  readonly scopes: ReadonlySet<Scope>;
  readonly projectId: string | null;
  /** The client that asked; null: a login of ours, or the service account itself. */
  readonly clientId: string | null;
  readonly assurance: AccessTokenClaims['assurance'];
  /** RFC 8176. */
  readonly methods: readonly string[];
  readonly authenticatedAtSeconds: number;
  readonly issuedAtSeconds: number;
  /** Of an account for emergencies that is open: entries of this login say so. */
  readonly breakGlassId: string | null;
  /** Of the session: no token of it outlives that. */
  readonly endsAtSeconds: number;
  /** Null: whoever holds the token may use it. */
  readonly confirmation: Binding | null;
  /** A secret: in the answer's body and nowhere else. Null where the session is not refreshed, or keeps the one that it has. */
  readonly refreshToken: string | null;
}

export interface IssuedToken {
  /** A secret: in the answer's body and nowhere else. */
  readonly accessToken: string;
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly expiresInSeconds: number;
  /** A secret too; null where there is none, or the one that the session has stays good. */
  readonly refreshToken: string | null;
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

  async issue(grant: TokenGrant, mustChangePassword = false): Promise<IssuedToken> {
    const claims = this.claimsOf(grant);
    return {
      accessToken: await signCompact(this.keyring, 'jwt', 'at+jwt', formatClaims(claims)),
      tokenType: grant.confirmation?.kind === 'dpop' ? 'DPoP' : 'Bearer',
      expiresInSeconds: claims.expiresAtSeconds - claims.issuedAtSeconds,
      refreshToken: grant.refreshToken,
      scopes: grant.scopes,
      principalId: grant.principalId,
      sessionId: grant.sessionId,
      mustChangePassword,
    };
  }

  private claimsOf(grant: TokenGrant): AccessTokenClaims {
    const { confirmation, issuedAtSeconds } = grant;
    return {
      ...this.parties,
      subject: grant.principalId,
      subjectKind: grant.principalKind,
      clientId: grant.clientId ?? (grant.principalKind === 'service' ? grant.principalId : PASSWORD_LOGIN_CLIENT),
      sessionId: grant.sessionId,
      tokenId: this.randomness.uuidv7(this.clock.nowMillis()),
      scopes: grant.scopes,
      projectId: grant.projectId,
      epoch: grant.epoch,
      assurance: grant.assurance,
      methods: grant.methods,
      authenticatedAtSeconds: grant.authenticatedAtSeconds,
      issuedAtSeconds,
      notBeforeSeconds: issuedAtSeconds,
      expiresAtSeconds: Math.min(issuedAtSeconds + ACCESS_TOKEN_LIFETIME_SECONDS, grant.endsAtSeconds),
      confirmation: confirmation === null ? null : { kind: confirmation.kind, thumbprint: confirmation.thumbprint.toString('base64url') },
    };
  }
}
