import { Injectable } from '@nestjs/common';
import { PasswordHasher } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { noteQuota } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Scope, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import type { Factor } from './domain/factor.js';
import { ATTEMPTS_FREE, WINDOW_SECONDS } from './domain/login-throttle.js';
import { PASSWORD_CODE_POINTS_MAX } from './domain/password-policy.js';
import { requestedScopes } from './domain/scope-request.js';
import { usernameAtLogin } from './domain/username.js';
import { LoginJournal } from './login-journal.js';
import { type AttemptKeys, LoginThrottle } from './login-throttle.js';
import { type LoginTicket, LoginTickets } from './mfa/login-tickets.js';
import { SecondFactors } from './mfa/second-factors.js';
import { type Credential, UserAccountRepository } from './persistence/user-account.repository.js';
import { type LockedPrincipal, PrincipalRepository } from './persistence/principal.repository.js';
import { boundTo, Sessions, type SessionTerms } from './sessions.js';
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

/** The password was right, and of an account that has more: what is to be shown with one of these. */
export interface FactorOwed extends LoginTicket {
  readonly factors: readonly Factor[];
}

/** What a login opens, and how it refuses: not every dialect says the same. */
export interface Opening {
  /** For an unknown name, a wrong password and a disabled account alike. */
  readonly refusal: Fault;
  /** Whether a password that must be changed opens anything. */
  readonly takesOneTime: boolean;
  /** What the ticket is for by which a second factor is asked for; null where none can be given: then the login is refused. */
  readonly ticketScopes: ReadonlySet<Scope> | null;
  /** In the transaction that records the login, with the principal locked. */
  open(tx: Tx, principal: LockedPrincipal): Promise<TokenGrant>;
}

export interface Opened {
  readonly grant: TokenGrant;
  readonly mustChangePassword: boolean;
}

/** What the account has by now, instead of what the password was verified against. */
interface Changed {
  readonly changedTo: Credential;
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
    private readonly factors: SecondFactors,
    private readonly tickets: LoginTickets,
    private readonly journal: LoginJournal,
  ) {}

  /** A token; or, of an account with a second factor, the ticket for it: a password alone opens nothing there. */
  async login(request: LoginRequest): Promise<IssuedToken | FactorOwed> {
    const terms: SessionTerms = { scopes: requestedScopes(request.scope), methods: ['pwd'], assurance: 'aal1', refreshable: true, confirmation: boundTo(request.dpopThumbprint) };
    const opening = { refusal: new Fault(AUTH_FAULTS['invalid-credentials']), takesOneTime: true, ticketScopes: terms.scopes, open: (tx: Tx, principal: LockedPrincipal) => this.sessions.open(tx, principal, terms) };
    const opened = await this.authenticate(request, opening);
    return 'ticket' in opened ? opened : this.issuer.issue(opened.grant, opened.mustChangePassword);
  }

  /** The login itself, for whatever token is then given for it. */
  async authenticate(request: Pick<LoginRequest, 'username' | 'password' | 'source'>, opening: Opening): Promise<Opened | FactorOwed> {
    const username = usernameAtLogin(request.username);
    const keys = this.throttle.keysOf(username, request.source);
    const { waitSeconds, credential } = await this.uow.run(SYSTEM, async (tx) => {
      const found = await this.accounts.credentialByUsername(tx, username);
      return { waitSeconds: await this.throttle.charge(tx, keys, found?.sealed), credential: found };
    });
    if (waitSeconds > 0) throw await this.journal.failed(username, credential, tooManyAttempts(waitSeconds));
    const refusal = await this.refusalOf(request.password, credential, opening);
    if (credential === null || refusal !== null) throw await this.journal.failed(username, credential, refusal ?? opening.refusal);
    const opened = await this.openAsItIs(request.password, credential, keys, opening);
    if (opened instanceof Fault) throw await this.journal.failed(username, credential, opened);
    if (!('ticket' in opened)) this.journal.countSuccess();
    return opened;
  }

  /** What the password earns; null: it opens. One argon2 verification, whatever there is to verify against. */
  private async refusalOf(password: string, credential: Credential | null, { refusal, takesOneTime }: Opening): Promise<Fault | null> {
    // Nothing longer was ever accepted as a password; what is compared instead matches nothing.
    const typed = password.length > 2 * PASSWORD_CODE_POINTS_MAX ? '' : password;
    const proven = credential === null ? await this.hasher.verifyAgainstNothing(typed) : await this.hasher.verify(typed, credential.passwordHash);
    // Here and not only in `open`: whoever has the password of a disabled account must not learn it by the time that takes.
    if (credential === null || !proven || !credential.active) return refusal;
    return credential.mustChangePassword && !takesOneTime ? new Fault(REQUEST_FAULTS['password-change-required']) : null;
  }

  /**
   * Once more where there is another hash by now: of two logins at once, both by a hash of another cost, the first has
   * stored a new one of the same password. Not a third time: nothing but a change of the password itself would ask for it.
   */
  private async openAsItIs(password: string, verified: Credential, keys: AttemptKeys, opening: Opening): Promise<Opened | FactorOwed | Fault> {
    const opened = await this.openBy(password, verified, keys, opening);
    if (!('changedTo' in opened)) return opened;
    const refusal = await this.refusalOf(password, opened.changedTo, opening);
    if (refusal !== null) return refusal;
    const again = await this.openBy(password, opened.changedTo, keys, opening);
    return 'changedTo' in again ? opening.refusal : again;
  }

  private async openBy(password: string, verified: Credential, keys: AttemptKeys, opening: Opening): Promise<Opened | FactorOwed | Fault | Changed> {
    const rehashed = this.hasher.needsRehash(verified.passwordHash) ? await this.hasher.hash(password) : null;
    return this.uow.run(SYSTEM, (tx) => this.open(tx, verified, keys, opening, rehashed));
  }

  /**
   * The session, unless the account changed while the password was being verified. The share lock orders this
   * against a disabling: whichever commits second sees the other. A refusal is returned, since what is forgiven stays so.
   */
  private async open(tx: Tx, credential: Credential, keys: AttemptKeys, opening: Opening, rehashed: string | null): Promise<Opened | FactorOwed | Fault | Changed> {
    const principal = await this.principals.lock(tx, credential.principalId, rehashed === null ? 'share' : 'update');
    const now = await this.accounts.credentialOf(tx, credential.principalId);
    if (principal?.status !== 'active' || now === null) return opening.refusal;
    if (now.passwordHash !== credential.passwordHash) return { changedTo: now };
    if (rehashed !== null) await this.accounts.rehash(tx, principal.id, rehashed);
    const factors = await this.factors.of(tx, principal.id);
    if (factors.length > 0) return this.ask(tx, principal, credential, keys, opening, factors);
    await this.throttle.forgive(tx, keys, 'login');
    const grant = await opening.open(tx, principal);
    await this.journal.succeeded(tx, grant, credential);
    return { grant, mustChangePassword: credential.mustChangePassword };
  }

  /** The attempt is taken back, since the password was right; where it came from is no known place until the rest is. */
  private async ask(tx: Tx, principal: LockedPrincipal, credential: Credential, keys: AttemptKeys, { ticketScopes }: Opening, factors: readonly Factor[]): Promise<FactorOwed | Fault> {
    await this.throttle.forgive(tx, keys, 'password-change');
    if (ticketScopes === null) return new Fault(AUTH_FAULTS['second-factor-required']);
    const ticket = await this.tickets.issue(tx, principal, ticketScopes);
    await this.journal.asked(tx, credential, factors);
    return { ...ticket, factors };
  }
}

export { actorOf } from './login-journal.js';

export function tooManyAttempts(waitSeconds: number): Fault {
  noteQuota({ name: 'login', limit: ATTEMPTS_FREE, windowSeconds: WINDOW_SECONDS, remaining: 0, resetSeconds: waitSeconds });
  return new Fault(AUTH_FAULTS['too-many-attempts'], { headers: { 'Retry-After': String(waitSeconds) } });
}
