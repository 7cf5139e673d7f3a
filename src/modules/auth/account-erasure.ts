import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from './account-protection.js';
import { erasedName } from './domain/username.js';
import { deviceCodeName, loginNameDigest, serviceLoginName } from './login-name-digest.js';
import { inviteLetters } from './invites/invites.js';
import { LoginThrottle } from './login-throttle.js';
import { ApiKeyRepository } from './persistence/api-key.repository.js';
import { ClientCertificateRepository } from './persistence/client-certificate.repository.js';
import { ClientKeyRepository } from './persistence/client-key.repository.js';
import { DeviceAuthorizationRepository } from './persistence/device-authorization.repository.js';
import { ClientSecretRepository } from './persistence/client-secret.repository.js';
import { InviteRepository } from './persistence/invite.repository.js';
import { PasswordResetRepository } from './persistence/password-reset.repository.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { SecondFactorRepository } from './persistence/second-factor.repository.js';
import { ServiceAccountRepository } from './persistence/service-account.repository.js';
import { SessionRepository } from './persistence/session.repository.js';
import { UserAccountRepository } from './persistence/user-account.repository.js';
import { accountLetters } from './passwords/reset-links.js';

export interface ErasedAccount {
  readonly kind: 'user' | 'service';
  readonly sessionsRemoved: number;
  /** What entries call its names at logins. */
  readonly loginNames: readonly string[];
}

/**
 * Takes out of an account whatever is about the person: names, password, second factors, sessions, and the counters of their logins.
 * What stays is the id, which entries of the ledger name for ever, as an account that nobody
 * can log in to, and that neither an administrator nor the recovery of an owner brings back.
 *
 * The caller has decided by permission, runs the rest of the erasure in this transaction, and records it. Faults:
 * not-found, account-protected, last-owner.
 */
@Injectable()
export class AccountErasure {
  constructor(
    private readonly protection: AccountProtection,
    private readonly principals: PrincipalRepository,
    private readonly users: UserAccountRepository,
    private readonly services: ServiceAccountRepository,
    private readonly sessions: SessionRepository,
    private readonly factors: SecondFactorRepository,
    private readonly secrets: ClientSecretRepository,
    private readonly certificates: ClientCertificateRepository,
    private readonly apiKeys: ApiKeyRepository,
    private readonly clientKeys: ClientKeyRepository,
    private readonly devices: DeviceAuthorizationRepository,
    private readonly invites: InviteRepository,
    private readonly resets: PasswordResetRepository,
    private readonly outbox: OutboxRows,
    private readonly throttle: LoginThrottle,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** The account stays locked until the transaction ends: no login of it begins any more. */
  async erase(tx: Tx, principal: Principal, id: string): Promise<ErasedAccount> {
    await this.protection.serialise(tx);
    const locked = await this.principals.lock(tx, id, 'update');
    if (locked === null) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.protection.requireAuthorityOver(tx, principal, id);
    await this.protection.requireAnotherOwner(tx, id);
    return this.empty(tx, locked);
  }

  /**
   * Of an account that a backup has brought back: whether it might be erased was asked when it was. Null where there is no
   * such account.
   */
  async repeat(tx: Tx, id: string): Promise<ErasedAccount | null> {
    const locked = await this.principals.lock(tx, id, 'update');
    return locked === null ? null : this.empty(tx, locked);
  }

  private async empty(tx: Tx, { id, kind }: { readonly id: string; readonly kind: 'user' | 'service' }): Promise<ErasedAccount> {
    await this.principals.erase(tx, id, this.clock.now());
    const credential = await this.users.credentialOf(tx, id);
    const loginName = credential?.username ?? serviceLoginName(id);
    await this.throttle.forget(tx, loginName);
    await this.throttle.forget(tx, deviceCodeName(id));
    await (kind === 'user' ? this.users : this.services).erase(tx, id, erasedName(id));
    await this.factors.removeAll(tx, id);
    await this.secrets.removeAll(tx, id);
    await this.certificates.removeAll(tx, id);
    await this.apiKeys.removeAll(tx, id);
    await this.clientKeys.removeAll(tx, id);
    await this.devices.removeOf(tx, id);
    await this.resets.removeOf(tx, id);
    // Of what they promised others nothing can be kept; nor are letters sent, to them or to those.
    const promised = await this.invites.removeBy(tx, id);
    for (const destination of [accountLetters(id), ...promised.map(inviteLetters)]) await this.outbox.forget(tx, destination);
    return { kind, sessionsRemoved: await this.sessions.removeAll(tx, id), loginNames: [loginNameDigest(this.keyring, loginName)] };
  }
}
