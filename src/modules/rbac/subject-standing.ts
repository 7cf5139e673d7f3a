import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import type { Permission } from '#pure/capability/permission.js';
import { partsOf } from './domain/rule.js';
import { PrincipalStanding } from './principal-standing.js';
import { StandingPolicies } from './standing-policies.js';

/**
 * What somebody may do who is not here: for what is done later in their name, without a credential of theirs. Read in
 * the caller's transaction, as any login that may see policy, and never from a cache: there is no request whose
 * security lookup could say how old one may be. A token's scope and the session's assurance were the business of the
 * request that asked for it.
 */
@Injectable()
export class SubjectStanding {
  constructor(
    private readonly standing: StandingPolicies,
    private readonly principals: PrincipalStanding,
    private readonly clock: Clock,
  ) {}

  /** Whether the subject is active and has the permission there now; null: globally. */
  async permits(tx: Tx, subjectId: string, permission: Permission, projectId: string | null): Promise<boolean> {
    if (!(await this.principals.isActive(tx, subjectId))) return false;
    const policy = await this.standing.of(tx, subjectId);
    const { resource, verb } = partsOf(permission.name);
    const nowMillis = this.clock.nowMillis();
    const known = { attributes: {}, subject: { id: subjectId, kind: null, projectId: null }, env: { ip: null, acr: null, nowMillis } };
    return policy.decide(resource, verb, projectId, nowMillis, known) === 'allowed';
  }
}
