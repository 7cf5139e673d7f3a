import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import type { Approvable } from './joint-need.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { PrincipalStanding } from './principal-standing.js';

/** Once there are so many, there are never fewer: four eyes need them. */
const OWNERS_MIN = 2;

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

  /**
   * Before an owner's role is taken away: 409 when no other owner could log in, and when there were two and one would be
   * left, whatever their accounts' state. Otherwise one could disable and then unmake the other, and be the only owner
   * again, who asks nobody. Whose second owner is gone for good makes a third by the recovery command.
   */
  async requireEnoughWithout(tx: Tx, principalId: string): Promise<void> {
    const others = (ids: readonly string[]): number => ids.filter((id) => id !== principalId).length;
    const owners = await this.bindings.owners(tx);
    const isLast = others(await this.active(tx)) === 0;
    if (isLast || others(owners) < Math.min(OWNERS_MIN, owners.length)) throw new Fault(RBAC_FAULTS['last-owner']);
  }

  /**
   * While one owner exists, that owner may make exactly one second, so that an installation is not one accident away
   * from having none; from then on a new owner takes a second person. Counts bindings, of disabled accounts too.
   * Returns whether it is that second one.
   */
  async requireConsentToAnother(tx: Tx, grantor: Principal, subjectId: string, request: Approvable): Promise<boolean> {
    const owners = await this.bindings.owners(tx);
    if (owners.length === 1 && owners[0] === grantor.id) return true;
    const target = { type: 'principal', uid: subjectId, version: null };
    await this.approvals.require(tx, grantor, request, { permission: 'role-bindings:create', projectId: null, target, summary: `Make ${subjectId} an owner of the installation`, always: true });
    return false;
  }
}
