import { Injectable } from '@nestjs/common';
import { RoleBindings } from '#modules/rbac/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from './account-protection.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { type LockedPrincipal, PrincipalRepository } from './persistence/principal.repository.js';
import { ServiceAccountRepository } from './persistence/service-account.repository.js';

/** Who may be given what a program proves itself by, and have it taken, of whatever kind that is. */
@Injectable()
export class CredentialReceivers {
  constructor(
    private readonly bindings: RoleBindings,
    private readonly protection: AccountProtection,
    private readonly principals: PrincipalRepository,
    private readonly accounts: ServiceAccountRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * To be called first in the transaction that gives: the service account stays locked until it ends, and who gave is noted.
   * Faults: not-found, account-protected, conflict for an account that is disabled, and those of granting the account's
   * roles, since who knows the credential could be the account.
   */
  async lock(tx: Tx, giver: Principal, accountId: string): Promise<LockedPrincipal> {
    await this.bindings.requireAuthorityOver(tx, giver, accountId);
    const account = await this.lockToRevoke(tx, giver, accountId);
    if (account.status !== 'active') throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The service account is disabled.' });
    await this.accounts.noteGiven(tx, accountId, giver.id, this.clock.now());
    return account;
  }

  /**
   * To be called first in the transaction that takes a credential away: a login with it that is under way holds this lock
   * shared, and has committed before, or finds it gone. Taking the last one away is disabling the account, and by whom that
   * may be done to one that decides what others may do holds here too; only itself it may always bare. Faults: not-found,
   * account-protected.
   */
  async lockToRevoke(tx: Tx, taker: Principal, accountId: string): Promise<LockedPrincipal> {
    const account = await this.principals.lock(tx, accountId, 'update');
    if (account?.kind !== 'service') throw new Fault(REQUEST_FAULTS['not-found']);
    if (taker.id !== accountId) await this.protection.requireAuthorityOver(tx, taker, accountId);
    return account;
  }
}

/** Enough to replace one while others are in use; what nobody remembers should be revoked and not joined. */
export const CREDENTIALS_MAX = 10;

/** Of one kind; those that have expired do not count. */
export function requireRoom(held: readonly { readonly expiresAt: Date }[], now: Date): void {
  if (held.filter(({ expiresAt }) => expiresAt > now).length >= CREDENTIALS_MAX) throw new Fault(AUTH_FAULTS['too-many-secrets']);
}
