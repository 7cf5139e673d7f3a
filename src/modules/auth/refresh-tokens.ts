import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Scope, SCOPES, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { SECRET_PREFIXES, secretHash } from './domain/random-secret.js';
import { formatScopes } from './domain/scope-request.js';
import { SESSION_LIMITS } from './domain/session-limits.js';
import { actorOf } from './password-login.js';
import { type LockedPrincipal, PrincipalRepository } from './persistence/principal.repository.js';
import { RefreshTokenRepository, type RefreshTokenRow } from './persistence/refresh-token.repository.js';
import { SessionRepository, type SessionRow } from './persistence/session.repository.js';
import { RefreshTokenChain } from './refresh-token-chain.js';
import { Sessions } from './sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from './token-issuer.js';

/** Who presents a refresh token. */
export interface RefreshTerms {
  /** The registered client that was authenticated, or said its name; null: none, as at our own login. */
  readonly clientId: string | null;
  /** Of the key whose proof came with the request (DpopProofs). */
  readonly dpopThumbprint: Buffer | null;
  /** For the access token alone (RFC 6749 §6): some of the session's scopes; all of them when absent. */
  readonly scopes?: ReadonlySet<Scope>;
}

/** A refresh token that is good now, as introspection tells of it. */
export interface LiveRefreshToken {
  readonly principalId: string;
  readonly principalKind: 'user' | 'service';
  readonly sessionId: string;
  readonly clientId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Unless it is used before. */
  readonly expiresAt: Date;
}

/** A token's row, its session and whose it is, under their locks. */
interface Held {
  readonly row: RefreshTokenRow;
  readonly session: SessionRow;
  readonly principal: LockedPrincipal;
}

/**
 * How long the parent of the newest token still gets that one: two tabs that refresh at once, or an answer that was lost
 * on the way, are not two people. Long enough for a retry, too short to be of use to whoever finds a token later.
 */
const GRACE_MILLIS = 10_000;

const SYSTEM = systemPrincipal('refresh-tokens');

/**
 * The exchange of refresh tokens. Each is good once; only the newest one's direct parent gets its successor again, for
 * ten seconds. Every earlier one that comes again was copied, and nobody can say by whom: the session ends.
 */
@Injectable()
export class RefreshTokens {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: RefreshTokenRepository,
    private readonly sessionRows: SessionRepository,
    private readonly principals: PrincipalRepository,
    private readonly chain: RefreshTokenChain,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Faults: refresh-refused for whatever is not good now, for this client and key; invalid-request for scopes that the session has not. */
  async redeem(text: string, terms: RefreshTerms): Promise<IssuedToken> {
    const hash = secretHash(SECRET_PREFIXES.refreshToken, text);
    const grant = hash === null ? null : await this.uow.run(SYSTEM, (tx) => this.exchange(tx, text, hash, terms));
    if (grant === null) throw new Fault(AUTH_FAULTS['refresh-refused']);
    return this.issuer.issue(terms.scopes === undefined ? grant : { ...grant, scopes: terms.scopes });
  }

  /** Null unless `redeem` would take it now from its own client. */
  async find(text: string): Promise<LiveRefreshToken | null> {
    const hash = secretHash(SECRET_PREFIXES.refreshToken, text);
    if (hash === null) return null;
    return this.uow.run(SYSTEM, async (tx) => {
      const held = await this.hold(tx, hash);
      if (held === null || !this.stands(held) || held.row.generation !== held.row.newestGeneration) return null;
      const { principal, session } = held;
      return { principalId: principal.id, principalKind: principal.kind, sessionId: session.id, clientId: session.clientId, scopes: new Set(session.scopes), expiresAt: session.expiresAt };
    });
  }

  /** Ends the session of a token, an earlier one too, that this client was given. False for one that is not known, or another's. */
  async end(text: string, clientId: string | null): Promise<boolean> {
    const hash = secretHash(SECRET_PREFIXES.refreshToken, text);
    if (hash === null) return false;
    return this.uow.run(SYSTEM, async (tx) => {
      const held = await this.hold(tx, hash);
      if (held === null || held.session.clientId !== clientId) return false;
      await this.sessionRows.revoke(tx, held.session.id, this.clock.now());
      const actor = actorOf(this.sessions.grant(held.principal, held.session, this.clock.now(), null));
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.session.revoke'], outcome: 'success', actor, targets: targetsOf(held), facts: { sessionsEnded: held.session.revokedAt === null ? 1 : 0 } });
      return true;
    });
  }

  /** Null where it is refused; the end of a session that this finds out about is committed all the same. */
  private async exchange(tx: Tx, text: string, hash: Buffer, terms: RefreshTerms): Promise<TokenGrant | null> {
    const held = await this.hold(tx, hash);
    if (held === null || !this.stands(held) || !isFor(held.session, terms)) return null;
    const { row, session } = held;
    if (terms.scopes !== undefined && ![...terms.scopes].every((scope) => session.scopes.includes(scope))) {
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/scope', 'not-granted', `some of: ${SCOPES.filter((scope) => session.scopes.includes(scope)).join(' ')}`);
    }
    if (row.generation === row.newestGeneration) return this.goOn(tx, text, held);
    const isParent = row.generation === row.newestGeneration - 1 && row.replacedAt !== null;
    if (isParent && this.clock.nowMillis() < row.replacedAt.getTime() + GRACE_MILLIS) return this.repeat(tx, text, held);
    await this.endReused(tx, held);
    return null;
  }

  private async goOn(tx: Tx, text: string, held: Held): Promise<TokenGrant> {
    const { row, session } = held;
    const now = this.clock.now();
    const successor = await this.chain.succeed(tx, text, row);
    await this.sessionRows.extend(tx, session.id, new Date(now.getTime() + SESSION_LIMITS[session.assurance].idleSeconds * 1000), now);
    return this.granted(tx, held, successor, row.generation + 1);
  }

  private async repeat(tx: Tx, text: string, held: Held): Promise<TokenGrant> {
    return this.granted(tx, held, this.chain.successorOf(text), held.row.newestGeneration);
  }

  private async granted(tx: Tx, held: Held, refreshToken: string, generation: number): Promise<TokenGrant> {
    const { principal, session } = held;
    const grant = this.sessions.grant(principal, session, this.clock.now(), refreshToken);
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.token.refresh'],
      outcome: 'success',
      actor: actorOf(grant),
      targets: targetsOf(held),
      facts: { generation, scopes: formatScopes(grant.scopes), ...(generation === held.row.newestGeneration ? { again: true } : {}) },
    });
    return grant;
  }

  private async endReused(tx: Tx, held: Held): Promise<void> {
    const { principal, session, row } = held;
    await this.sessionRows.revoke(tx, session.id, this.clock.now());
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.refresh.reuse'],
      outcome: 'failure',
      // Whose token it is, as far as anybody can know who came with it.
      actor: actorOf(this.sessions.grant(principal, session, this.clock.now(), null)),
      targets: targetsOf(held),
      facts: { generation: row.generation, newestGeneration: row.newestGeneration },
    });
  }

  /** Locks account and session, in the order in which a disabling does, and reads the token behind both. */
  private async hold(tx: Tx, hash: Buffer): Promise<Held | null> {
    const found = await this.rows.find(tx, hash);
    if (found === null) return null;
    const principal = await this.principals.lock(tx, found.principalId, 'share');
    const session = await this.sessionRows.lock(tx, found.sessionId);
    const row = await this.rows.find(tx, hash);
    return principal === null || session === null || row === null ? null : { principal, session, row };
  }

  private stands({ principal, session, row }: Held): boolean {
    const now = this.clock.now();
    // As the lookup has it: a session of an emergency ends with it.
    const until = principal.breakGlass?.until;
    if (until !== undefined && session.createdAt < until && until <= now) return false;
    return principal.status === 'active' && principal.epoch === row.epoch && session.revokedAt === null && session.expiresAt > now;
  }
}

/** Neither another client nor another key may use it: whoever asks with one ends nothing, and learns nothing. */
function isFor(session: SessionRow, { clientId, dpopThumbprint }: RefreshTerms): boolean {
  if (session.clientId !== clientId) return false;
  return session.dpopThumbprint === null || (dpopThumbprint !== null && session.dpopThumbprint.equals(dpopThumbprint));
}

function targetsOf({ principal, session }: Held): { type: string; uid: string }[] {
  return [{ type: principal.kind === 'user' ? 'user' : 'service-account', uid: principal.id }, { type: 'session', uid: session.id }];
}
