import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { normalisedPassword } from '#pure/password/normalised-password.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { isShortPassword, PASSWORD_CODE_POINTS_MAX } from './domain/password-policy.js';
import { type AttemptKeys, LoginThrottle } from './login-throttle.js';
import { SecondFactors } from './mfa/second-factors.js';
import { requirePassword } from './new-password.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { type Credential, UserAccountRepository } from './persistence/user-account.repository.js';
import { Sessions } from './sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from './token-issuer.js';

export interface PasswordChangeRequest {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Stands for the address in the throttle: whoever holds a token may guess here no faster than at the login. */
const SOURCE = 'password-change';

/**
 * A user's own new password. It ends every session but the one that asks, and moves the epoch, so that no token from
 * before is good any more; the session that asks goes on with the token that this gives out.
 */
@Injectable()
export class PasswordChange {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly factors: SecondFactors,
    private readonly throttle: LoginThrottle,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async change(principal: Principal, request: PasswordChangeRequest): Promise<IssuedToken> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const { credential, keys, hasFactor } = await this.admitted(principal);
    requirePassword(request.newPassword, '/newPassword', [credential.username, credential.displayName ?? ''], hasFactor);
    if (normalisedPassword(request.newPassword) === normalisedPassword(request.currentPassword)) {
      throw Fault.at(AUTH_FAULTS['password-rejected'], '/newPassword', 'unchanged', 'a password other than the current one');
    }
    const typed = request.currentPassword.length > 2 * PASSWORD_CODE_POINTS_MAX ? '' : request.currentPassword;
    if (!(await this.hasher.verify(typed, credential.passwordHash))) throw await this.refused(principal);
    const passwordHash = await this.hasher.hash(request.newPassword);
    const grant = await this.uow.run(principal, (tx) => this.replace(tx, principal, credential, keys, { passwordHash, isShort: isShortPassword(request.newPassword) }));
    return this.issuer.issue(grant);
  }

  /** The account's credential, once the attempt is counted. */
  private async admitted(principal: Principal): Promise<{ credential: Credential; keys: AttemptKeys; hasFactor: boolean }> {
    const { credential, keys, waitSeconds, hasFactor } = await this.uow.run(principal, async (tx) => {
      const credential = await this.accounts.credentialOf(tx, principal.id);
      // A service account has no password to change.
      if (credential === null) throw new Fault(REQUEST_FAULTS['not-found']);
      const keys = this.throttle.keysOf(credential.username, SOURCE);
      return { credential, keys, hasFactor: (await this.factors.of(tx, principal.id)).length > 0, waitSeconds: await this.throttle.charge(tx, keys) };
    });
    if (waitSeconds > 0) throw new Fault(AUTH_FAULTS['too-many-attempts'], { headers: { 'Retry-After': String(waitSeconds) } });
    return { credential, keys, hasFactor };
  }

  private async replace(tx: Tx, principal: Principal, credential: Credential, keys: AttemptKeys, { passwordHash, isShort }: { readonly passwordHash: string; readonly isShort: boolean }): Promise<TokenGrant> {
    const locked = await this.principals.lock(tx, principal.id, 'update');
    const now = await this.accounts.credentialOf(tx, principal.id);
    // Disabled, or changed by someone else, while argon2 ran: what was verified is not the password any more.
    if (locked?.status !== 'active' || now?.passwordHash !== credential.passwordHash) throw new Fault(REQUEST_FAULTS.conflict);
    // The factor that it was short beside has gone meanwhile.
    if (isShort && (await this.factors.of(tx, principal.id)).length === 0) throw new Fault(REQUEST_FAULTS.conflict);
    await this.accounts.setPassword(tx, principal.id, passwordHash, false, this.clock.now(), isShort);
    const epoch = await this.principals.bumpEpoch(tx, principal.id);
    const sessionsEnded = await this.sessions.revokeAll(tx, principal.id, principal.sessionId);
    const grant = principal.sessionId === null ? null : await this.sessions.renew(tx, { ...locked, epoch }, principal.sessionId);
    // A logout that committed first: the password must not change by a session that its holder has ended.
    if (grant === null) throw new Fault(REQUEST_FAULTS.unauthenticated);
    await this.throttle.forgive(tx, keys, 'password-change');
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.password.change'],
      outcome: 'success',
      actor: principal,
      targets: [{ type: 'user', uid: principal.id }],
      facts: { sessionsEnded },
    });
    return grant;
  }

  private async refused(principal: Principal): Promise<Fault> {
    await this.audit.record({
      kind: AUTH_EVENTS['auth.password.change.failed'],
      outcome: 'failure',
      actor: principal,
      targets: [{ type: 'user', uid: principal.id }],
    });
    return Fault.at(AUTH_FAULTS['wrong-password'], '/currentPassword', 'wrong-password');
  }
}
