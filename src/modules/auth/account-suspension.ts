import { Injectable } from '@nestjs/common';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from './account-protection.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { type LockedPrincipal, PrincipalRepository } from './persistence/principal.repository.js';
import { Sessions } from './sessions.js';

/** An id of the other kind is unknown: the lists of people and of programs show nothing of one another. */
interface Target {
  readonly id: string;
  readonly kind: 'user' | 'service';
  readonly expected: ExpectedVersion;
}

/**
 * Disabling and enabling, the same for people and programs. The caller has decided by permission and records the deed
 * in the same transaction; what depends on who stands above whom is decided here, under the lock that keeps it so.
 * Faults: not-found, account-protected, last-owner, account-erased, precondition-failed.
 */
@Injectable()
export class AccountSuspension {
  constructor(
    private readonly protection: AccountProtection,
    private readonly principals: PrincipalRepository,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  /** Ends the account's sessions too; returns how many. An account that is disabled already stays so. */
  async disable(tx: Tx, principal: Principal, target: Target): Promise<number> {
    const { status } = await this.lock(tx, principal, target);
    await this.protection.requireAnotherOwner(tx, target.id);
    if (status === 'active') await this.principals.disable(tx, target.id, this.clock.now());
    return this.sessions.revokeAll(tx, target.id);
  }

  async enable(tx: Tx, principal: Principal, target: Target): Promise<void> {
    const { status, erased } = await this.lock(tx, principal, target);
    if (erased) throw new Fault(AUTH_FAULTS['account-erased']);
    if (status === 'disabled') await this.principals.enable(tx, target.id);
  }

  private async lock(tx: Tx, principal: Principal, { id, kind, expected }: Target): Promise<LockedPrincipal> {
    await this.protection.serialise(tx);
    const locked = await this.principals.lock(tx, id, 'update');
    if (locked === null || locked.kind !== kind) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.protection.requireAuthorityOver(tx, principal, id);
    requireVersion(locked, expected);
    return locked;
  }
}
