import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring, PasswordHasher } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { noteQuota } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_METRICS } from './domain/auth.metrics.js';
import { ATTEMPTS_FREE, WINDOW_SECONDS } from './domain/login-throttle.js';
import { PASSWORD_CODE_POINTS_MAX } from './domain/password-policy.js';
import { formatScopes, requestedScopes } from './domain/scope-request.js';
import { usernameAtLogin } from './domain/username.js';
import { loginNameDigest } from './login-name-digest.js';
import { type AttemptKeys, LoginThrottle } from './login-throttle.js';
import { type Credential, UserAccountRepository } from './persistence/user-account.repository.js';
import { type LockedPrincipal, PrincipalRepository } from './persistence/principal.repository.js';
import { Sessions, type SessionTerms } from './sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from './token-issuer.js';

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  /** RFC 6749 `scope`; everything when it is absent. */
  readonly scope?: string;
  /** The client's address as the pipeline believes it. */
  readonly source: string;
  /** Of the key whose proof came with the request: the tokens are bound to it. Null: to none. */
  readonly dpopThumbprint?: Buffer | null;
}

/** What a login opens, and how it refuses: not every dialect says the same. */
export interface Opening {
  /** For an unknown name, a wrong password and a disabled account alike. */
  readonly refusal: Fault;
  /** Whether a password that must be changed opens anything. */
  readonly takesOneTime: boolean;
  /** In the transaction that records the login, with the principal locked. */
  open(tx: Tx, principal: LockedPrincipal): Promise<TokenGrant>;
}

const SYSTEM = systemPrincipal('password-login');

/**
 * Username and password → session and token.
 *
 * Whoever fails learns only that they failed: an unknown name, a wrong password and a disabled account run the same
 * statements and one argon2 verification each, and get the same answer. The entry in the ledger has the same shape
 * for all three, too: it names the account by a keyed digest of what was typed, which later entries of successful
 * logins repeat beside the principal's id, so that an auditor can join them and the holder of one receipt cannot.
 */
@Injectable()
export class PasswordLogin {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly accounts: UserAccountRepository,
    private readonly principals: PrincipalRepository,
    private readonly throttle: LoginThrottle,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly hasher: PasswordHasher,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
  ) {}

  async login(request: LoginRequest): Promise<IssuedToken> {
    const { dpopThumbprint: thumbprint = null } = request;
    const confirmation = thumbprint === null ? null : ({ kind: 'dpop', thumbprint } as const);
    const terms: SessionTerms = { scopes: requestedScopes(request.scope), methods: ['pwd'], assurance: 'aal1', refreshable: true, confirmation };
    const opening = { refusal: new Fault(AUTH_FAULTS['invalid-credentials']), takesOneTime: true, open: (tx: Tx, principal: LockedPrincipal) => this.sessions.open(tx, principal, terms) };
    const { grant, mustChangePassword } = await this.authenticate(request, opening);
    return this.issuer.issue(grant, mustChangePassword);
  }

  /** The login itself, for whatever token is then given for it. */
  async authenticate(request: Pick<LoginRequest, 'username' | 'password' | 'source'>, opening: Opening): Promise<{ readonly grant: TokenGrant; readonly mustChangePassword: boolean }> {
    const username = usernameAtLogin(request.username);
    const keys = this.throttle.keysOf(username, request.source);
    const { waitSeconds, credential } = await this.uow.run(SYSTEM, async (tx) => {
      const found = await this.accounts.credentialByUsername(tx, username);
      return { waitSeconds: await this.throttle.charge(tx, keys, found?.sealed), credential: found };
    });
    if (waitSeconds > 0) throw await this.failed(username, credential, tooManyAttempts(waitSeconds));
    const proven = await this.verify(request.password, credential);
    // Here and not only in `open`: whoever has the password of a disabled account must not learn it by the time that takes.
    if (credential === null || !proven || !credential.active) throw await this.failed(username, credential, opening.refusal);
    if (credential.mustChangePassword && !opening.takesOneTime) throw await this.failed(username, credential, new Fault(REQUEST_FAULTS['password-change-required']));
    const rehashed = this.hasher.needsRehash(credential.passwordHash) ? await this.hasher.hash(request.password) : null;
    const grant = await this.uow.run(SYSTEM, (tx) => this.open(tx, credential, keys, opening, rehashed));
    if (grant === null) throw await this.failed(username, credential, opening.refusal);
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'succeeded' });
    return { grant, mustChangePassword: credential.mustChangePassword };
  }

  /** One argon2 verification, whatever there is to verify against. */
  private async verify(password: string, credential: Credential | null): Promise<boolean> {
    // Nothing longer was ever accepted as a password; what is compared instead matches nothing.
    const typed = password.length > 2 * PASSWORD_CODE_POINTS_MAX ? '' : password;
    return credential === null ? this.hasher.verifyAgainstNothing(typed) : this.hasher.verify(typed, credential.passwordHash);
  }

  /**
   * The session, unless the account changed while the password was being verified. The share lock orders this
   * against a disabling: whichever commits second sees the other.
   */
  private async open(tx: Tx, credential: Credential, keys: AttemptKeys, opening: Opening, rehashed: string | null): Promise<TokenGrant | null> {
    const principal = await this.principals.lock(tx, credential.principalId, rehashed === null ? 'share' : 'update');
    const now = await this.accounts.credentialOf(tx, credential.principalId);
    if (principal?.status !== 'active' || now?.passwordHash !== credential.passwordHash) return null;
    if (rehashed !== null) await this.accounts.rehash(tx, principal.id, rehashed);
    await this.throttle.forgive(tx, keys, 'login');
    const grant = await opening.open(tx, principal);
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.login'],
      outcome: 'success',
      actor: actorOf(grant),
      targets: [{ type: 'user', uid: principal.id }, { type: 'session', uid: grant.sessionId }],
      facts: { loginName: loginNameDigest(this.keyring, credential.username), scopes: formatScopes(grant.scopes), mustChangePassword: credential.mustChangePassword },
      personal: { subject: principal.id, userName: credential.username },
    });
    return grant;
  }

  private async failed(username: string, credential: Credential | null, fault: Fault): Promise<Fault> {
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: fault.kind === AUTH_FAULTS['too-many-attempts'] ? 'throttled' : 'failed' });
    await this.audit.record({
      kind: AUTH_EVENTS['auth.login.failed'],
      outcome: 'failure',
      actor: null,
      facts: { loginName: loginNameDigest(this.keyring, username), reason: fault.kind.code },
      // Names of accounts only: people type passwords into the name field.
      personal: credential === null ? { subject: null } : { subject: credential.principalId, userName: credential.username },
    });
    return fault;
  }
}

/** Who did it, for the entry: the principal that this login makes. */
export function actorOf(grant: TokenGrant): Principal {
  return {
    id: grant.principalId,
    kind: grant.principalKind,
    sessionId: grant.sessionId,
    scopes: grant.scopes,
    assurance: grant.assurance,
    authenticatedAtSeconds: grant.authenticatedAtSeconds,
    projectId: grant.projectId,
    mustChangePassword: false,
    ...(grant.breakGlassId === null ? {} : { breakGlassId: grant.breakGlassId }),
    policyVersion: 0,
    transitVersion: 0,
  };
}

export function tooManyAttempts(waitSeconds: number): Fault {
  noteQuota({ name: 'login', limit: ATTEMPTS_FREE, windowSeconds: WINDOW_SECONDS, remaining: 0, resetSeconds: waitSeconds });
  return new Fault(AUTH_FAULTS['too-many-attempts'], { headers: { 'Retry-After': String(waitSeconds) } });
}
