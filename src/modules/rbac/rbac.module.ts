import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { ApprovalDecisions } from './approval-decisions.js';
import { ApprovalSweep } from './approval-sweep.js';
import { Approvals } from './approvals.js';
import { ApproverStanding } from './approver-standing.js';
import { BreakGlass } from './break-glass.js';
import { ArchivedProjects } from './archived-projects.js';
import { DryRun } from './dry-run.js';
import { Granting } from './granting.js';
import { Owners } from './owners.js';
import { RbacPersistenceModule } from './persistence/rbac-persistence.module.js';
import { PolicyDecision } from './policy-decision.js';
import { SecondFactorDemand } from './second-factor-demand.js';
import { PolicyQuestions } from './policy-questions.js';
import { ProjectApprovals } from './project-approvals.js';
import { ProjectMembers } from './project-members.js';
import { Projects } from './projects.js';
import { RoleBindings } from './role-bindings.js';
import { RoleHistory } from './role-history.js';
import { Roles } from './roles.js';
import { Separations } from './separations.js';
import { StandingPolicies } from './standing-policies.js';
import { SubjectStanding } from './subject-standing.js';

const ENGINE = [ApprovalDecisions, Approvals, ApprovalSweep, BreakGlass, DryRun, PolicyDecision, PolicyQuestions, ProjectApprovals, ProjectMembers, Projects, RoleBindings, RoleHistory, Roles, Separations];

/** What somebody may do who is not here: where the role `ledger` is, without a login that serves requests. */
@Module({ imports: [RbacPersistenceModule], providers: [StandingPolicies, SubjectStanding], exports: [SubjectStanding] })
export class SubjectStandingModule {}

/**
 * The roof gives it, from a global module: `PermissionCatalogue`, and `PrincipalStanding` by auth.
 */
@Module({ imports: [AuditModule, RbacPersistenceModule], providers: [...ENGINE, ApproverStanding, ArchivedProjects, Granting, Owners, SecondFactorDemand, StandingPolicies], exports: ENGINE })
export class RbacModule {}
