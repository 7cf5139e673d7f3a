import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { noteAuthenticated } from '#platform/system/request-context.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import type { OAuthClient } from '../domain/oauth-client.js';
import { SECRET_PREFIXES, secretHash } from '../domain/random-secret.js';
import { formatScopes } from '../domain/scope-request.js';
import { actorOf } from '../password-login.js';
import { type DeviceAuthorization, DeviceAuthorizationRepository } from '../persistence/device-authorization.repository.js';
import { OAuthClientRepository } from '../persistence/oauth-client.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { SessionRepository } from '../persistence/session.repository.js';
import { Sessions } from '../sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from '../token-issuer.js';

/** RFC 8628 §3.5: with each poll that comes too early. */
const SLOWER_BY_SECONDS = 5;
const INTERVAL_SECONDS_MAX = 300;
/** Clocks and networks: a poll may come so much before its time. */
const EARLY_MILLIS = 500;

const SYSTEM = systemPrincipal('device-login');
type Outcome = { readonly grant: TokenGrant } | { readonly refused: FaultKind };

/**
 * The third step of RFC 8628: the device asks whether it was let in, and is, once. Its session is the person's, with the
 * strength and the age of the login that they let it in by, and never of a later one.
 */
@Injectable()
export class DeviceLogin {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: DeviceAuthorizationRepository,
    private readonly clients: OAuthClientRepository,
    private readonly principals: PrincipalRepository,
    private readonly sessionRows: SessionRepository,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Faults: invalid-grant for a code that is not known, was used or is another client's; authorization-pending, slow-down, access-denied, expired-token. */
  async redeem(client: OAuthClient, deviceCode: string, dpopThumbprint: Buffer | null): Promise<IssuedToken> {
    const hash = secretHash(SECRET_PREFIXES.deviceCode, deviceCode);
    const outcome: Outcome = hash === null ? { refused: AUTH_FAULTS['invalid-grant'] } : await this.uow.run(SYSTEM, (tx) => this.exchange(tx, client, hash, dpopThumbprint));
    if ('refused' in outcome) throw new Fault(outcome.refused);
    return this.issuer.issue(outcome.grant);
  }

  /** What a refusal leaves behind is committed with it: it is a value here, and thrown outside. */
  private async exchange(tx: Tx, { id }: OAuthClient, hash: Buffer, dpopThumbprint: Buffer | null): Promise<Outcome> {
    const row = await this.rows.lockByDeviceCode(tx, hash);
    if (row === null || row.clientId !== id) return { refused: AUTH_FAULTS['invalid-grant'] };
    // Whoever has a code of 264 bits was given it: a device that waits costs the place where it stands nothing.
    noteAuthenticated(true);
    const now = this.clock.now();
    if (row.expiresAt <= now) return { refused: AUTH_FAULTS['expired-token'] };
    if (isEarly(row, now)) {
      await this.rows.polled(tx, hash, now, Math.min(row.intervalSeconds + SLOWER_BY_SECONDS, INTERVAL_SECONDS_MAX));
      return { refused: AUTH_FAULTS['slow-down'] };
    }
    if (row.isApproved === null) {
      await this.rows.polled(tx, hash, now, row.intervalSeconds);
      return { refused: AUTH_FAULTS['authorization-pending'] };
    }
    await this.rows.remove(tx, hash);
    if (!row.isApproved) return { refused: AUTH_FAULTS['access-denied'] };
    const grant = await this.open(tx, row, dpopThumbprint);
    return grant === null ? { refused: AUTH_FAULTS['invalid-grant'] } : { grant };
  }

  /** Null when the person, their login or the client ended since: what they said then is not heeded any more. */
  private async open(tx: Tx, { clientId, principalId, sessionId, epoch, scopes }: DeviceAuthorization, dpopThumbprint: Buffer | null): Promise<TokenGrant | null> {
    const client = await this.clients.lock(tx, clientId, 'share');
    const principal = principalId === null ? null : await this.principals.lock(tx, principalId, 'share');
    const approving = sessionId === null ? null : await this.sessionRows.find(tx, sessionId);
    if (client?.status !== 'active' || principal?.status !== 'active' || principal.epoch !== epoch) return null;
    if (approving === null || approving.revokedAt !== null || approving.principalId !== principal.id) return null;
    const given = new Set(scopes.filter((scope) => client.scopes.includes(scope)));
    if (given.size === 0) return null;
    const { assurance, methods, projectId, authenticatedAt } = approving;
    const confirmation = dpopThumbprint === null ? null : ({ kind: 'dpop', thumbprint: dpopThumbprint } as const);
    const grant = await this.sessions.open(tx, principal, { scopes: given, methods, assurance, projectId, authenticatedAt, clientId, confirmation, refreshable: true });
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.device.login'],
      outcome: 'success',
      actor: actorOf(grant),
      targets: [{ type: 'user', uid: principal.id }, { type: 'session', uid: grant.sessionId }, { type: 'client', uid: clientId }],
      facts: { scopes: formatScopes(given) },
    });
    return grant;
  }
}

function isEarly({ polledAt, intervalSeconds }: DeviceAuthorization, now: Date): boolean {
  return polledAt !== null && now.getTime() < polledAt.getTime() + intervalSeconds * 1000 - EARLY_MILLIS;
}
