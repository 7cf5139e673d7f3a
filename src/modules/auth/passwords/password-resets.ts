import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring, PasswordHasher } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { isShortPassword } from '../domain/password-policy.js';
import { SECRET_PREFIXES, secretHash } from '../domain/random-secret.js';
import { usernameAtLogin } from '../domain/username.js';
import { loginNameDigest } from '../login-name-digest.js';
import { SecondFactors } from '../mfa/second-factors.js';
import { requirePassword } from '../new-password.js';
import { ApiKeyRepository } from '../persistence/api-key.repository.js';
import { type PasswordReset, PasswordResetRepository } from '../persistence/password-reset.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { type Credential, UserAccountRepository } from '../persistence/user-account.repository.js';
import { Sessions } from '../sessions.js';

/** Why a link was refused: for the ledger. Whoever brought it only learns that it is not good. */
type Refusal = 'unknown' | 'expired' | 'overtaken' | 'account-disabled';

class Refused extends Error {
  constructor(
    readonly reason: Refusal,
    readonly principalId: string | null,
  ) {
    super(reason);
  }
}

const SYSTEM = systemPrincipal('password-reset');

/**
 * A forgotten password. To ask for a link takes a name and tells nothing about it: the same statements run for every
 * name, and what else is to be done is done behind the answer (`ResetLetters`). A link replaces the password and no
 * second factor, and opens no session.
 */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: PasswordResetRepository,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly factors: SecondFactors,
    private readonly sessions: Sessions,
    private readonly apiKeys: ApiKeyRepository,
    private readonly hasher: PasswordHasher,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Succeeds for every name. */
  async request(typedName: string): Promise<void> {
    const username = usernameAtLogin(typedName);
    await this.uow.run(SYSTEM, async (tx) => {
      const credential = await this.accounts.credentialByUsername(tx, username);
      await this.rows.request(tx, this.randomness.uuidv7(this.clock.nowMillis()), credential?.principalId ?? null);
      await this.audit.append(tx, {
        kind: AUTH_EVENTS['auth.password.reset.request'],
        outcome: 'success',
        actor: null,
        facts: { loginName: loginNameDigest(this.keyring, username) },
        // Names of accounts only: people type passwords into the name field.
        personal: credential === null ? { subject: null } : { subject: credential.principalId, userName: credential.username },
      });
    });
  }

  /** Faults: link-refused for whatever is wrong with the link, password-rejected. */
  async reset({ token, newPassword }: { readonly token: string; readonly newPassword: string }): Promise<void> {
    const hash = secretHash(SECRET_PREFIXES.passwordReset, token);
    try {
      if (hash === null) throw new Refused('unknown', null);
      const { credential, hasFactor } = await this.uow.run(SYSTEM, (tx) => this.read(tx, hash));
      requirePassword(newPassword, '/newPassword', [credential.username, credential.displayName ?? ''], hasFactor);
      const passwordHash = await this.hasher.hash(newPassword);
      await this.uow.run(SYSTEM, (tx) => this.replace(tx, hash, passwordHash, isShortPassword(newPassword)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await this.audit.record({
        kind: AUTH_EVENTS['auth.password.reset.failed'],
        outcome: 'failure',
        actor: null,
        ...(error.principalId === null ? {} : { targets: [{ type: 'user', uid: error.principalId }] }),
        facts: { reason: error.reason },
      });
      throw Fault.at(AUTH_FAULTS['link-refused'], '/token', 'refused', 'a link of the last half hour that was not used, and after which the account did not change');
    }
  }

  private async read(tx: Tx, hash: Buffer): Promise<{ readonly credential: Credential; readonly hasFactor: boolean }> {
    const { principalId } = this.requireGood(await this.rows.byHash(tx, hash));
    const credential = await this.accounts.credentialOf(tx, principalId);
    if (credential === null) throw new Refused('unknown', principalId);
    return { credential, hasFactor: (await this.factors.of(tx, principalId)).length > 0 };
  }

  private requireGood(reset: PasswordReset | null): PasswordReset {
    if (reset === null) throw new Refused('unknown', null);
    if (reset.expiresAt <= this.clock.now()) throw new Refused('expired', reset.principalId);
    return reset;
  }

  /** The link is taken first: whoever comes with the same one waits here, and then finds none. */
  private async replace(tx: Tx, hash: Buffer, passwordHash: string, isShort: boolean): Promise<void> {
    const { principalId, epoch, madeBy } = this.requireGood(await this.rows.take(tx, hash));
    const locked = await this.principals.lock(tx, principalId, 'update');
    if (locked?.status !== 'active') throw new Refused('account-disabled', principalId);
    // The password, the factors or the standing of the account changed since: whoever did that is believed.
    if (locked.epoch !== epoch) throw new Refused('overtaken', principalId);
    if (isShort && (await this.factors.of(tx, principalId)).length === 0) throw new Refused('overtaken', principalId);
    await this.accounts.setPassword(tx, principalId, passwordHash, false, this.clock.now(), isShort);
    await this.principals.bumpEpoch(tx, principalId);
    const sessionsEnded = await this.sessions.revokeAll(tx, principalId);
    // Whoever had the account may have left themselves a way in.
    const keysRevoked = await this.apiKeys.removeAll(tx, principalId);
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.password.reset'],
      outcome: 'success',
      actor: null,
      targets: [{ type: 'user', uid: principalId }, ...(madeBy === null ? [] : [{ type: 'principal', uid: madeBy }])],
      facts: { sessionsEnded, keysRevoked },
      personal: { subject: principalId },
    });
  }
}
