import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
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
    private readonly approvals: Approvals,
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
   * While one owner exists, that owner may make exactly one second, so that an installation is not one accident away
   * from having none; from then on a new owner takes a second person. Counts bindings, of disabled accounts too: whoever
   * wants to replace a disabled owner takes that binding away first. Returns whether it is that second one.
   */
  async requireConsentToAnother(tx: Tx, grantor: Principal, subjectId: string, request: ApprovableRequest | null): Promise<boolean> {
    const owners = await this.bindings.owners(tx);
    if (owners.length === 1 && owners[0] === grantor.id) return true;
    const target = { type: 'principal', uid: subjectId, version: null };
    await this.approvals.require(tx, grantor, request, { permission: 'role-bindings:create', projectId: null, target, summary: `Make ${subjectId} an owner of the installation`, always: true });
    return false;
  }
}
