import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import type { Approval } from './domain/approval.js';
import { NOT_YET_KNOWN } from './domain/condition.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { partsOf } from './domain/rule.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { PrincipalStanding } from './principal-standing.js';
import { StandingPolicies } from './standing-policies.js';

/**
 * Whether who approved could be asked again. Up to a day lies between the decision and the deed, and whose account was
 * closed in between, or whose role was taken, was distrusted in between: what they agreed to is not done any more.
 */
@Injectable()
export class ApproverStanding {
  constructor(
    private readonly policies: StandingPolicies,
    private readonly principals: PrincipalStanding,
    private readonly catalogue: PermissionCatalogue,
    private readonly clock: Clock,
  ) {}

  /** As of the transaction, and never from a cache. False while nobody has approved. */
  async holds(tx: Tx, { decidedBy, permission, projectId }: Approval): Promise<boolean> {
    if (decidedBy === null || !(await this.principals.isActive(tx, decidedBy))) return false;
    const policy = await this.policies.ofActing(tx, { id: decidedBy, kind: 'user' });
    const nowMillis = this.clock.nowMillis();
    return [RBAC_PERMISSIONS['approvals:decide'].name, permission].every((name) => {
      const { resource, verb } = partsOf(name);
      // From where and how strongly they came was looked at when they decided, and is not asked of who is not here.
      const verdict = policy.decide(resource, verb, projectId, nowMillis, NOT_YET_KNOWN, 'whole');
      return verdict === 'allowed' || (verdict === 'no-rule' && projectId === null && this.#isEverybodys(name));
    });
  }

  #isEverybodys(name: string): boolean {
    return this.catalogue.all().some((permission) => permission.name === name && permission.everyone);
  }
}
