import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import type { ApprovalNeed } from '#pure/approval/approval.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { isAtLeast, type Principal } from '#pure/principal/principal.js';
import { Approvals } from './approvals.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { type Grant, mayGrant } from './grant-authority.js';
import type { Approvable } from './joint-need.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { ProjectRepository } from './persistence/project.repository.js';
import { type Decision, decideByCredential, decideByPolicy, enforce, insufficientAssurance } from './policy-decision.js';
import { StandingPolicies } from './standing-policies.js';
import type { SubjectPolicy } from './subject-policy.js';

/** How old a login may be by which somebody goes beyond their own rights. */
const FRESH_LOGIN_SECONDS = 300;

/** Who changes policy, with what they have in the transaction that does it. */
export interface Grantor {
  readonly principal: Principal;
  /** Their id; of a program also that of the person who answers for it, who would give to themselves through it. */
  readonly selves: readonly string[];
  readonly policy: SubjectPolicy;
  readonly nowMillis: number;
}

/** Whether the role is theirs, directly or by an heir. */
export const holdsRole = ({ policy, nowMillis }: Grantor, roleId: string): boolean =>
  policy.groundsAt(nowMillis).some((live) => live.some(({ definedIn }) => definedIn === roleId));

/** The way beyond one's own rights: which permission opens it, and what a second person is asked to approve. */
export interface Escalation extends Pick<ApprovalNeed, 'projectId' | 'target' | 'summary'> {
  readonly permission: Permission;
  readonly request: Approvable;
}

/**
 * Decides who may change policy, and what by it may become effective. Everything here holds under the lock on the
 * policy's version, which `begin` takes: what was read is still true when the transaction commits.
 */
@Injectable()
export class Granting {
  constructor(
    private readonly counters: VersionCounters,
    private readonly standing: StandingPolicies,
    private readonly projects: ProjectRepository,
    private readonly approvals: Approvals,
    private readonly catalogue: PermissionCatalogue,
    private readonly clock: Clock,
  ) {}

  /**
   * To be called first in the transaction. The decision again, by what it reads: rights that were taken since the
   * request came are gone.
   */
  async begin(tx: Tx, principal: Principal, permission: Permission, projectId: string | null): Promise<Grantor> {
    const grantor = await this.open(tx, principal);
    this.require(grantor, permission, projectId);
    // Whoever archives it takes the same lock: it is archived before, or after.
    const isClosed = projectId !== null && !permission.whileArchived && ((await this.projects.find(tx, projectId))?.archivedAt ?? null) !== null;
    if (isClosed) throw new Fault(RBAC_FAULTS['project-archived']);
    return grantor;
  }

  /** `begin` where what it is about has to be read before it is known which permission is needed where. */
  async open(tx: Tx, principal: Principal): Promise<Grantor> {
    await this.counters.bump(tx, 'policy');
    const nowMillis = this.clock.nowMillis();
    const policy = await this.standing.ofActing(tx, principal);
    return { principal, selves: await this.standing.selvesOf(tx, principal), policy, nowMillis };
  }

  require(grantor: Grantor, permission: Permission, projectId: string | null): void {
    enforce(decide(grantor, permission, projectId));
  }

  permits(grantor: Grantor, permission: Permission, projectId: string | null): boolean {
    return decide(grantor, permission, projectId).allowed;
  }

  /**
   * Refuses what the grantor does not have, unless they go beyond it: with the permission for that, a second factor, a
   * fresh login and an approval. What they have and this credential is too narrow or too weak for needs a better
   * credential, and no approval. Returns whether they went beyond.
   */
  async requireGrant(tx: Tx, grantor: Grantor, grant: Grant, escalation: Escalation): Promise<boolean> {
    const decision = this.mayGrant(grantor, grant);
    if (decision.allowed) return false;
    if (decision.fault !== RBAC_FAULTS['grant-exceeds-own']) enforce(decision);
    await this.requireEscalation(tx, grantor, RBAC_FAULTS['grant-exceeds-own'], escalation);
    return true;
  }

  /** A program grants only what the person who answers for it could grant too. */
  mayGrant({ principal, policy, nowMillis }: Grantor, grant: Grant): Decision {
    const decisions = policy.groundsAt(nowMillis).map((live) => mayGrant(principal, live, grant, this.catalogue.all()));
    const refusals = decisions.filter(({ allowed }) => !allowed);
    // What a better credential does not help with comes first: nobody is asked for one in vain.
    return refusals.find((each) => !each.allowed && each.fault === RBAC_FAULTS['grant-exceeds-own']) ?? refusals[0] ?? decisions[0]!;
  }

  /** Refuses as `refusal` who has not the permission to go beyond; who has it is told what else is missing. */
  async requireEscalation(tx: Tx, grantor: Grantor, refusal: FaultKind, { permission, request, projectId, target, summary }: Escalation): Promise<void> {
    const { principal, nowMillis } = grantor;
    const decision = decide(grantor, permission, projectId);
    if (!decision.allowed && (decision.fault === REQUEST_FAULTS.forbidden || decision.fault === REQUEST_FAULTS['not-found'])) throw new Fault(refusal);
    const isFresh = nowMillis / 1000 - principal.authenticatedAtSeconds <= FRESH_LOGIN_SECONDS;
    if (!isAtLeast(principal.assurance, permission.assurance) || !isFresh) enforce(insufficientAssurance(permission.assurance, FRESH_LOGIN_SECONDS));
    enforce(decision);
    await this.approvals.require(tx, principal, request, { permission: permission.name, projectId, target, summary, always: true });
  }
}

function decide({ principal, policy, nowMillis }: Grantor, permission: Permission, projectId: string | null): Decision {
  return decideByCredential(principal, permission) ?? decideByPolicy(policy, principal, permission, projectId, nowMillis);
}
