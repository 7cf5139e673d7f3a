import { Injectable } from '@nestjs/common';
import { RBAC_FAULTS, RoleBindings } from '#modules/rbac/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';

/**
 * Who may act upon whose account. Whoever decides what others may do, by whatever role, is disabled, enabled or reset by
 * an owner alone. Otherwise the right to administer accounts would be the right to remove whoever stands above it, which
 * is a way up: disable the owners, be the last admin left.
 */
@Injectable()
export class AccountProtection {
  constructor(
    private readonly bindings: RoleBindings,
    private readonly counters: VersionCounters,
  ) {}

  /**
   * To be called first in the transaction: holds back every other change of bindings and of protected accounts until it
   * ends, so that two owners who disable one another meet here, and the second finds itself the last.
   */
  async serialise(tx: Tx): Promise<void> {
    await this.counters.bump(tx, 'policy');
  }

  async requireAuthorityOver(tx: Tx, principal: Principal, targetId: string): Promise<void> {
    if (!(await this.bindings.isGuardian(tx, targetId))) return;
    const owners = await this.bindings.activeOwners(tx);
    if (!owners.includes(principal.id)) throw new Fault(AUTH_FAULTS['account-protected']);
  }

  /** Refuses to leave the installation without a person who can log in and owns it. */
  async requireAnotherOwner(tx: Tx, targetId: string): Promise<void> {
    const owners = await this.bindings.activeOwners(tx);
    if (owners.length === 1 && owners[0] === targetId) throw new Fault(RBAC_FAULTS['last-owner']);
  }
}
