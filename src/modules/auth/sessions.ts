import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Principal, Scope } from '#pure/principal/principal.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, LEEWAY_SECONDS } from './domain/access-token.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import type { LockedPrincipal } from './persistence/principal.repository.js';
import { SessionRepository } from './persistence/session.repository.js';
import type { TokenGrant } from './token-issuer.js';

/** For as long as its token lives: an access token, unless told. Bound to a certificate, or to nothing. */
export interface SessionTerms {
  readonly lifetimeSeconds?: number;
  readonly certificateThumbprint?: Buffer | null;
}

/**
 * A session is one login. It lives as long as its newest token: without refresh tokens, nothing can outlive that.
 * Ending it ends its tokens at once, because every request looks it up.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: SessionRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** `principal` is locked, and was proven a moment ago. */
  async open(tx: Tx, principal: LockedPrincipal, scopes: ReadonlySet<Scope>, { lifetimeSeconds = ACCESS_TOKEN_LIFETIME_SECONDS + LEEWAY_SECONDS, certificateThumbprint = null }: SessionTerms = {}): Promise<TokenGrant> {
    const nowMillis = this.clock.nowMillis();
    const now = new Date(nowMillis);
    const session = {
      id: this.randomness.uuidv7(nowMillis),
      principalId: principal.id,
      createdAt: now,
      authenticatedAt: now,
      expiresAt: new Date(nowMillis + lifetimeSeconds * 1000),
      scopes: [...scopes],
      projectId: null,
      assurance: 'aal1',
      certificateThumbprint,
    } as const;
    await this.rows.insert(tx, { ...session, scopes: [...scopes] });
    return this.grant(principal, session, scopes, nowMillis);
  }

  /** A new token for a session that goes on, in a new epoch. Null when the session has ended. */
  async renew(tx: Tx, principal: LockedPrincipal, sessionId: string): Promise<TokenGrant | null> {
    const session = await this.rows.find(tx, sessionId);
    if (session === null || session.principalId !== principal.id || session.revokedAt !== null) return null;
    const nowMillis = this.clock.nowMillis();
    const isLive = await this.rows.extend(tx, sessionId, new Date(nowMillis + (ACCESS_TOKEN_LIFETIME_SECONDS + LEEWAY_SECONDS) * 1000), new Date(nowMillis));
    if (!isLive) return null;
    return this.grant(principal, session, new Set(session.scopes), nowMillis);
  }

  /** Ends the session of the credential that asks. A second logout finds it ended and is not refused. */
  async logout(principal: Principal): Promise<void> {
    const { sessionId } = principal;
    if (sessionId === null) return;
    await this.uow.run(principal, async (tx) => {
      await this.rows.revoke(tx, sessionId, this.clock.now());
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.logout'], outcome: 'success', actor: principal, targets: [{ type: 'session', uid: sessionId }] });
    });
  }

  /** Returns how many live sessions ended. The caller moves the epoch too: either would do, both survive a mistake in one. */
  async revokeAll(tx: Tx, principalId: string, keptId: string | null = null): Promise<number> {
    return this.rows.revokeAll(tx, principalId, this.clock.now(), keptId);
  }

  private grant(
    principal: LockedPrincipal,
    session: { id: string; projectId: string | null; assurance: TokenGrant['assurance']; authenticatedAt: Date; certificateThumbprint: Buffer | null },
    scopes: ReadonlySet<Scope>,
    nowMillis: number,
  ): TokenGrant {
    return {
      principalId: principal.id,
      principalKind: principal.kind,
      sessionId: session.id,
      epoch: principal.epoch,
      scopes,
      projectId: session.projectId,
      assurance: session.assurance,
      authenticatedAtSeconds: Math.floor(session.authenticatedAt.getTime() / 1000),
      issuedAtSeconds: Math.floor(nowMillis / 1000),
      certificateThumbprint: session.certificateThumbprint?.toString('base64url') ?? null,
      breakGlassId: principal.breakGlass !== null && nowMillis < principal.breakGlass.until.getTime() ? principal.breakGlass.id : null,
    };
  }
}
