import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { PrincipalStanding } from './principal-standing.js';

/**
 * Who owns the installation. All of it holds only under the lock on the policy version, which every caller has taken
 * in this transaction before: two owners who remove each other at once come one after the other.
 */
@Injectable()
export class Owners {
  constructor(
    private readonly bindings: RoleBindingRepository,
    @Optional() @Inject(PrincipalStanding) private readonly standing: PrincipalStanding | null = null,
  ) {}

  /** Owners who can log in. */
  async active(tx: Tx): Promise<readonly string[]> {
    const owners = await this.bindings.owners(tx);
    return this.standing === null ? owners : this.standing.activeAmong(tx, owners);
  }

  /** Refuses with 409 when nobody but this principal is an owner who can log in. */
  async requireAnotherThan(tx: Tx, principalId: string): Promise<void> {
    const active = await this.active(tx);
    if (!active.some((id) => id !== principalId)) throw new Fault(RBAC_FAULTS['last-owner']);
  }

  /**
   * While one owner exists, that owner may bind exactly one second, so that an installation is not one accident away
   * from having none; from then on a new owner needs an approval. Counts bindings, of disabled accounts too: whoever
   * wants to replace a disabled owner takes that binding away first.
   */
  async requireBootstrapOfSecond(tx: Tx, grantor: Principal): Promise<void> {
    const owners = await this.bindings.owners(tx);
    if (owners.length !== 1 || owners[0] !== grantor.id) throw new Fault(REQUEST_FAULTS['approval-unavailable']);
  }
}
