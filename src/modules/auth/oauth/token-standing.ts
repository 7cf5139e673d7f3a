import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { noteAuthenticated } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { type Principal, type Scope, SCOPES, systemPrincipal } from '#pure/principal/principal.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeys } from '../api-keys/api-keys.js';
import { Authenticator } from '../authenticator.js';
import type { AccessTokenClaims } from '../domain/access-token.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { RefreshTokens } from '../refresh-tokens.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { SessionRepository } from '../persistence/session.repository.js';
import { SecurityLookup } from '../security-lookup.js';
import type { AuthenticatedClient } from './client-authentication.js';

/** What there is to say of a token that is good now. */
export type TokenStanding =
  | { readonly kind: 'access'; readonly claims: AccessTokenClaims }
  | { readonly kind: 'refresh'; readonly subject: string; readonly subjectKind: 'user' | 'service'; readonly sessionId: string; readonly clientId: string | null; readonly scopes: ReadonlySet<Scope>; readonly expiresAt: Date }
  | { readonly kind: 'api-key'; readonly subject: string; readonly subjectKind: 'user' | 'service'; readonly scopes: ReadonlySet<Scope>; readonly projectId: string | null };

/** Who asks about tokens: a client by what it proves itself by, or a principal by a token of its own. */
export type Asker = { readonly client: AuthenticatedClient } | { readonly principal: Principal };

const SYSTEM = systemPrincipal('token-standing');
/** The key of a question that is only about the versions: no session has the nil UUID. */
const NO_SESSION = '00000000-0000-0000-0000-000000000000';
const PREFIXES = { refresh: 'qrt_', apiKey: 'qak_' } as const;

/** Introspection (RFC 7662) and revocation (RFC 7009), of every kind of token. */
@Injectable()
export class TokenStandings {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly authenticator: Authenticator,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly keys: ApiKeys,
    private readonly refreshTokens: RefreshTokens,
    private readonly lookup: SecurityLookup,
    private readonly principals: PrincipalRepository,
    private readonly sessions: SessionRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Null for what is not good, is nothing of ours, or is none of the asker's business, alike. */
  async introspect(asker: Asker, token: string): Promise<TokenStanding | null> {
    const standing = await this.standingOf(token);
    if (standing === null) return null;
    const mayAsk = ('client' in asker && isOf(asker.client, standing)) || (await this.asksForOthers(asker));
    return mayAsk ? standing : null;
  }

  /** Ends the session of a token that this client was given, and an API key, which is given to no client: having it is all. Whatever else is sent is taken note of, and answered alike (RFC 7009 §2.2). */
  async revoke(client: AuthenticatedClient, token: string): Promise<void> {
    if (await this.end(client, token)) return noteAuthenticated(true);
    await this.audit.record({ kind: AUTH_EVENTS['auth.session.revoke'], outcome: 'failure', actor: null, targets: [targetOf(client)], facts: { reason: 'unknown-token' } });
  }

  private async end(client: AuthenticatedClient, token: string): Promise<boolean> {
    if (token.startsWith(PREFIXES.apiKey)) return this.keys.giveBack(token);
    if (token.startsWith(PREFIXES.refresh)) return client.kind === 'public' && (await this.refreshTokens.end(token, client.id));
    return this.endAccess(client, token);
  }

  private async standingOf(token: string): Promise<TokenStanding | null> {
    if (token.startsWith(PREFIXES.apiKey)) return this.apiKeyOf(token);
    if (!token.startsWith(PREFIXES.refresh)) {
      const claims = await this.authenticator.inspect(token);
      return claims === null ? null : { kind: 'access', claims };
    }
    const found = await this.refreshTokens.find(token);
    return found === null ? null : { kind: 'refresh', subject: found.principalId, subjectKind: found.principalKind, ...found };
  }

  private async apiKeyOf(token: string): Promise<TokenStanding | null> {
    try {
      const { id, kind, scopes, projectId } = await this.apiKeys.authenticate(token);
      return { kind: 'api-key', subject: id, subjectKind: kind === 'service' ? 'service' : 'user', scopes, projectId };
    } catch (error) {
      if (error instanceof Fault && error.kind.status === 401) return null;
      throw error;
    }
  }

  /** A program that proved itself without a token asks as what it would be with one of every scope, now. */
  private async asksForOthers(asker: Asker): Promise<boolean> {
    const principal = 'principal' in asker ? asker.principal : await this.principalOf(asker.client);
    return principal !== null && (await this.policy.permitsSomewhere(principal, AUTH_PERMISSIONS['tokens:introspect'])).allowed;
  }

  private async principalOf(client: AuthenticatedClient): Promise<Principal | null> {
    if (client.kind !== 'program') return null;
    const { policyVersion, transitVersion } = await this.lookup.find({ sessionId: NO_SESSION });
    const authenticatedAtSeconds = Math.floor(this.clock.nowMillis() / 1000);
    return { id: client.id, kind: 'service', sessionId: null, scopes: new Set(SCOPES), assurance: 'aal1', authenticatedAtSeconds, projectId: null, mustChangePassword: false, policyVersion, transitVersion };
  }

  /** Of a session that has ended already there is nothing to end, and it is told as if it were not there. */
  private async endAccess(client: AuthenticatedClient, token: string): Promise<boolean> {
    const claims = await this.authenticator.inspect(token);
    if (claims === null || !isOf(client, { kind: 'access', claims })) return false;
    const actor: Principal = { id: claims.subject, kind: claims.subjectKind, sessionId: claims.sessionId, scopes: claims.scopes, assurance: claims.assurance, authenticatedAtSeconds: claims.authenticatedAtSeconds, projectId: claims.projectId, mustChangePassword: false, policyVersion: 0, transitVersion: 0 };
    await this.uow.run(SYSTEM, async (tx) => {
      await this.principals.lock(tx, claims.subject, 'share');
      await this.sessions.revoke(tx, claims.sessionId, this.clock.now());
      const targets = [{ type: claims.subjectKind === 'user' ? 'user' : 'service-account', uid: claims.subject }, { type: 'session', uid: claims.sessionId }];
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.session.revoke'], outcome: 'success', actor, targets, facts: { sessionsEnded: 1 } });
    });
    return true;
  }
}

/** Whether the token was given to this client: to a program for itself, to a command line for a person. */
function isOf({ kind, id }: AuthenticatedClient, standing: TokenStanding): boolean {
  if (standing.kind === 'api-key') return false;
  if (standing.kind === 'refresh') return standing.clientId === id;
  const { subjectKind, subject, clientId } = standing.claims;
  return clientId === id && (kind === 'public' || (subjectKind === 'service' && subject === id));
}

function targetOf({ kind, id }: AuthenticatedClient): { type: string; uid: string } {
  return { type: kind === 'program' ? 'service-account' : 'client', uid: id };
}
