import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { RoleBindings } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, SCOPES } from '#pure/principal/principal.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from './domain/access-token.js';
import { LEEWAY_SECONDS } from './domain/canonical-claims.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from './domain/random-secret.js';
import { type HeldToken, LEASE_SECONDS, LEASE_SECONDS_MAX, renewedUntil, type VaultMethod } from './domain/vault-token.js';
import type { MatchedSecret } from './persistence/client-secret.repository.js';
import { OpaqueTokenRepository } from './persistence/opaque-token.repository.js';
import type { LockedPrincipal } from './persistence/principal.repository.js';
import { SessionRepository } from './persistence/session.repository.js';
import { Sessions } from './sessions.js';
import type { TokenGrant } from './token-issuer.js';

/** A token as its holder is told of it. */
export interface TokenStanding extends HeldToken {
  /** From now; never negative. */
  readonly remainingSeconds: number;
  /** The ids of the principal's roles. */
  readonly roles: readonly string[];
}

/**
 * Tokens of the Vault dialect, which its clients keep, look up and renew: opaque, each the credential of one session that
 * lives as long as its lease. An access token may ask about itself and end itself too, and is not renewed.
 */
@Injectable()
export class VaultTokens {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly sessions: Sessions,
    private readonly sessionRows: SessionRepository,
    private readonly tokens: OpaqueTokenRepository,
    private readonly bindings: RoleBindings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** A new secret: in the answer of the login and nowhere else. */
  draw(): string {
    return formatSecret(SECRET_PREFIXES.vaultToken, this.randomness.bytes(SECRET_RANDOM_BYTES));
  }

  /**
   * The session that the token is the credential of. The principal is locked, and was proven a moment ago. Given for a
   * secret, it does not outlive it, whatever is renewed.
   */
  async open(tx: Tx, principal: LockedPrincipal, token: string, { method, secret }: { readonly method: VaultMethod; readonly secret: MatchedSecret | null }): Promise<TokenGrant> {
    const hash = secretHash(SECRET_PREFIXES.vaultToken, token);
    if (hash === null) throw new Error('only a token of ours is given out');
    const nowMillis = this.clock.nowMillis();
    const endsAtMillis = Math.min(nowMillis + LEASE_SECONDS_MAX * 1000, secret?.expiresAt.getTime() ?? Infinity);
    // No session ends before it begins: the secret was good a moment ago.
    const leaseSeconds = Math.max(1, Math.min(LEASE_SECONDS, Math.floor((endsAtMillis - nowMillis) / 1000)));
    const grant = await this.sessions.open(tx, principal, { scopes: new Set(SCOPES), methods: ['pwd'], assurance: 'aal1', lifetimeSeconds: leaseSeconds, endsAt: new Date(Math.max(endsAtMillis, nowMillis + leaseSeconds * 1000)) });
    await this.tokens.insert(tx, { hash, sessionId: grant.sessionId, epoch: principal.epoch, endsAt: new Date(endsAtMillis), method, clientSecretId: secret?.id ?? null });
    return grant;
  }

  async standing(principal: Principal): Promise<TokenStanding> {
    return this.uow.run(principal, (tx) => this.told(tx, principal.sessionId));
  }

  /** Faults: token-not-renewable for an access token. */
  async renew(principal: Principal, incrementSeconds: number | undefined): Promise<TokenStanding & { readonly curtailed: boolean }> {
    return this.uow.run(principal, async (tx) => {
      const { sessionId, endsAt } = await this.told(tx, principal.sessionId);
      if (endsAt === null) throw new Fault(AUTH_FAULTS['token-not-renewable'], { detail: 'lease is not renewable' });
      const { untilMillis, curtailed } = renewedUntil(this.clock.nowMillis(), endsAt.getTime(), incrementSeconds);
      // Ended since it was looked up: nothing brings it back.
      if (!(await this.sessionRows.extend(tx, sessionId, new Date(untilMillis), this.clock.now()))) throw new Fault(REQUEST_FAULTS.unauthenticated);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.token.renew'], outcome: 'success', actor: principal, targets: [{ type: 'session', uid: sessionId }], facts: { untilMillis } });
      return { ...(await this.told(tx, sessionId)), curtailed };
    });
  }

  private async told(tx: Tx, sessionId: string | null): Promise<TokenStanding> {
    const held = sessionId === null ? null : await this.tokens.held(tx, sessionId);
    if (held === null) throw new Fault(REQUEST_FAULTS.unauthenticated);
    // An access token's session outlives it: by the leeway of the clocks, or by far where it is refreshed.
    const accessTokenEndMillis = Math.min(held.expiresAt.getTime() - LEEWAY_SECONDS * 1000, this.clock.nowMillis() + ACCESS_TOKEN_LIFETIME_SECONDS * 1000);
    const expiresAtMillis = held.method === null ? accessTokenEndMillis : held.expiresAt.getTime();
    const remainingSeconds = Math.max(0, Math.floor((expiresAtMillis - this.clock.nowMillis()) / 1000));
    return { ...held, expiresAt: new Date(expiresAtMillis), remainingSeconds, roles: [...(await this.bindings.rolesOf(tx, held.principalId))].sort() };
  }
}
