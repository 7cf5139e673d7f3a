import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { requestTrail } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import type { AssuranceLevel, Principal, Scope } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { SESSION_LIMITS, SINGLE_TOKEN_SECONDS } from './domain/session-limits.js';
import type { LockedPrincipal } from './persistence/principal.repository.js';
import { SessionRepository, type SessionRow } from './persistence/session.repository.js';
import { RefreshTokenChain } from './refresh-token-chain.js';
import type { Binding, TokenGrant } from './token-issuer.js';

/** What a login proved, and what is given for it. */
export interface SessionTerms {
  readonly scopes: ReadonlySet<Scope>;
  /** RFC 8176: at least one. */
  readonly methods: readonly string[];
  readonly assurance: AssuranceLevel;
  /** The registered client that asked; null: a login of ours, or the service account itself. */
  readonly clientId?: string | null;
  readonly projectId?: string | null;
  /** The secret or key that a program proved itself by; with it the session ends. */
  readonly credentialId?: string | null;
  /** Whether it gets a refresh token: then it goes on as SESSION_LIMITS say, or to `endsAt` if that is sooner. */
  readonly refreshable?: boolean;
  /** Of one that is not refreshed: as long as one access token, unless told. */
  readonly lifetimeSeconds?: number;
  /** Beyond this it is neither refreshed nor renewed; without, its own end. */
  readonly endsAt?: Date;
  readonly confirmation?: Binding | null;
  /** When the holder proved who it is; a moment ago, unless told. Never later than now. */
  readonly authenticatedAt?: Date;
  /** Of the request that this runs in, unless told. */
  readonly source?: string | null;
  readonly userAgent?: string | null;
}

/** Of a login that may have come with a proof of possession. */
export function boundTo(dpopThumbprint: Buffer | null | undefined): Binding | null {
  return dpopThumbprint == null ? null : { kind: 'dpop', thumbprint: dpopThumbprint };
}

const USER_AGENT_UNITS_MAX = 256;
const SOURCE_UNITS_MAX = 64;

/**
 * A session is one login. It lives as long as its newest token, or with a refresh token as long as that is used.
 * Ending it ends its tokens at once, because every request looks it up.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: SessionRepository,
    private readonly chain: RefreshTokenChain,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * `principal` is locked, and was proven as the terms say. Fault: possession-required, which the callers that can ask for
   * a proof say earlier and in words of their own; here it is decided under the lock that the demand is made under.
   */
  async open(tx: Tx, principal: LockedPrincipal, terms: SessionTerms): Promise<TokenGrant> {
    const now = this.clock.now();
    const session = this.made(principal, terms, now);
    this.rows.insert(tx, [session]);
    const refreshToken = terms.refreshable === true ? await this.chain.begin(tx, session.id, principal.epoch) : null;
    return this.grant(principal, session, now, refreshToken);
  }

  /** As `open`, of several logins at once that are not refreshed. */
  openAll(tx: Tx, logins: readonly { readonly principal: LockedPrincipal; readonly terms: Omit<SessionTerms, 'refreshable'> }[]): readonly TokenGrant[] {
    const now = this.clock.now();
    const opened = logins.map(({ principal, terms }) => ({ principal, session: this.made(principal, terms, now) }));
    this.rows.insert(tx, opened.map(({ session }) => session));
    return opened.map(({ principal, session }) => this.grant(principal, session, now, null));
  }

  /**
   * A new token for a session that goes on, in a new epoch; a new refresh token too where it has one, since those of the
   * epoch before are void. Null when the session has ended.
   */
  async renew(tx: Tx, principal: LockedPrincipal, sessionId: string): Promise<TokenGrant | null> {
    const session = await this.live(tx, principal, sessionId);
    if (session === null) return null;
    const now = this.clock.now();
    await this.rows.prolong(tx, sessionId, singleTokenEnd(now), now);
    const ends = { ...session, endsAt: latest(session.endsAt, singleTokenEnd(now)) };
    return this.grant(principal, ends, now, await this.chain.restart(tx, sessionId, principal.epoch));
  }

  /**
   * The holder has proved more, just now: what tokens of this session say from now on. Those that were given before stay
   * what they were, and so does its refresh token. Null when the session has ended. Records nothing.
   */
  async raise(tx: Tx, principal: LockedPrincipal, sessionId: string, { assurance, methods }: Pick<SessionTerms, 'assurance' | 'methods'>): Promise<TokenGrant | null> {
    const session = await this.live(tx, principal, sessionId);
    if (session === null) return null;
    const now = this.clock.now();
    const isRefreshed = await this.chain.has(tx, sessionId);
    // One that is refreshed gets the limits of its new level; the other one token more.
    const expiresAt = isRefreshed ? after(now, SESSION_LIMITS[assurance].idleSeconds) : latest(session.expiresAt, singleTokenEnd(now));
    const endsAt = isRefreshed ? after(now, SESSION_LIMITS[assurance].totalSeconds) : latest(session.endsAt, singleTokenEnd(now));
    const raised = { ...session, assurance, methods: [...methods], authenticatedAt: now, expiresAt, endsAt };
    await this.rows.raise(tx, raised);
    return this.grant(principal, raised, now, null);
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

  /** Those that no key and no certificate stands behind. Returns how many ended. */
  async revokeUnbound(tx: Tx, principalId: string): Promise<number> {
    return this.rows.revokeUnbound(tx, principalId, this.clock.now());
  }

  /** Every live session that a client has asked for, of whomever. Returns how many ended. */
  async revokeAllOfClient(tx: Tx, clientId: string): Promise<number> {
    return this.rows.revokeAllOfClient(tx, clientId, this.clock.now());
  }

  /** What a token of this session is made from. */
  grant(principal: LockedPrincipal, session: SessionRow, now: Date, refreshToken: string | null): TokenGrant {
    return {
      principalId: principal.id,
      principalKind: principal.kind,
      sessionId: session.id,
      epoch: principal.epoch,
      scopes: new Set(session.scopes),
      projectId: session.projectId,
      clientId: session.clientId,
      assurance: session.assurance,
      methods: session.methods,
      authenticatedAtSeconds: secondsOf(session.authenticatedAt),
      issuedAtSeconds: secondsOf(now),
      endsAtSeconds: secondsOf(session.endsAt),
      confirmation: bindingOf(session),
      refreshToken,
      breakGlassId: principal.breakGlass !== null && now < principal.breakGlass.until ? principal.breakGlass.id : null,
    };
  }

  private made(principal: LockedPrincipal, terms: SessionTerms, now: Date): SessionRow {
    if (principal.dpopRequired && (terms.confirmation ?? null) === null) throw new Fault(AUTH_FAULTS['possession-required']);
    const authenticatedAt = terms.authenticatedAt ?? now;
    const { idleSeconds, totalSeconds } = SESSION_LIMITS[terms.assurance];
    const wanted = after(now, terms.refreshable === true ? idleSeconds : (terms.lifetimeSeconds ?? SINGLE_TOKEN_SECONDS));
    const endsAt = terms.endsAt ?? (terms.refreshable === true ? after(authenticatedAt, totalSeconds) : wanted);
    const trail = requestTrail()?.source;
    const { confirmation = null } = terms;
    return {
      id: this.randomness.uuidv7(now.getTime()),
      principalId: principal.id,
      createdAt: now,
      lastUsedAt: now,
      authenticatedAt,
      expiresAt: earliest(wanted, endsAt),
      endsAt,
      revokedAt: null,
      scopes: [...terms.scopes],
      projectId: terms.projectId ?? null,
      clientId: terms.clientId ?? null,
      credentialId: terms.credentialId ?? null,
      assurance: terms.assurance,
      methods: [...terms.methods],
      certificateThumbprint: confirmation?.kind === 'certificate' ? confirmation.thumbprint : null,
      dpopThumbprint: confirmation?.kind === 'dpop' ? confirmation.thumbprint : null,
      source: shortened(terms.source === undefined ? trail?.ipAddress : terms.source, SOURCE_UNITS_MAX),
      userAgent: shortened(terms.userAgent === undefined ? trail?.userAgent : terms.userAgent, USER_AGENT_UNITS_MAX),
    };
  }

  private async live(tx: Tx, principal: LockedPrincipal, sessionId: string): Promise<SessionRow | null> {
    const session = await this.rows.lock(tx, sessionId);
    if (session === null || session.principalId !== principal.id || session.revokedAt !== null) return null;
    return session.expiresAt.getTime() > this.clock.nowMillis() ? session : null;
  }
}

function bindingOf({ certificateThumbprint, dpopThumbprint }: SessionRow): Binding | null {
  if (certificateThumbprint !== null) return { kind: 'certificate', thumbprint: certificateThumbprint };
  return dpopThumbprint === null ? null : { kind: 'dpop', thumbprint: dpopThumbprint };
}

/** What a stranger sent, of any length; NUL is in no header that arrives. */
function shortened(text: string | null | undefined, unitsMax: number): string | null {
  return text === null || text === undefined || text === '' ? null : text.slice(0, unitsMax).toWellFormed();
}

const secondsOf = (time: Date): number => Math.floor(time.getTime() / 1000);
const after = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);
const singleTokenEnd = (now: Date): Date => after(now, SINGLE_TOKEN_SECONDS);
const earliest = (one: Date, other: Date): Date => (one < other ? one : other);
const latest = (one: Date, other: Date): Date => (one < other ? other : one);
