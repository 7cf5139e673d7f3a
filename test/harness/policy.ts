import { AuditLog } from '#modules/audit/index.js';
import { PermissionCatalogue, PolicyDecision, type PrincipalStanding, Projects, RBAC_PERMISSIONS, RoleBindings } from '#modules/rbac/index.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { type Permission, permissions } from '#pure/capability/permission.js';
import { type Principal, SCOPES } from '#pure/principal/principal.js';
import { EntryRepository } from '../../src/modules/audit/persistence/entry.repository.js';
import type { Rule } from '../../src/modules/rbac/domain/rule.js';
import { standingBy } from '../../src/modules/auth/auth-standing.module.js';
import { PrincipalRepository } from '../../src/modules/auth/persistence/principal.repository.js';
import { ApprovalDecisions } from '../../src/modules/rbac/approval-decisions.js';
import { ApprovalSweep } from '../../src/modules/rbac/approval-sweep.js';
import { Approvals } from '../../src/modules/rbac/approvals.js';
import { ApproverStanding } from '../../src/modules/rbac/approver-standing.js';
import { Granting } from '../../src/modules/rbac/granting.js';
import { ArchivedProjects } from '../../src/modules/rbac/archived-projects.js';
import { DryRun } from '../../src/modules/rbac/dry-run.js';
import { Owners } from '../../src/modules/rbac/owners.js';
import { ApprovalRepository } from '../../src/modules/rbac/persistence/approval.repository.js';
import { ProjectRepository } from '../../src/modules/rbac/persistence/project.repository.js';
import { RoleBindingRepository } from '../../src/modules/rbac/persistence/role-binding.repository.js';
import { RoleRepository } from '../../src/modules/rbac/persistence/role.repository.js';
import { SeparationRepository } from '../../src/modules/rbac/persistence/separation.repository.js';
import { ProjectApprovals } from '../../src/modules/rbac/project-approvals.js';
import { RoleHistory } from '../../src/modules/rbac/role-history.js';
import { Roles } from '../../src/modules/rbac/roles.js';
import { Separations } from '../../src/modules/rbac/separations.js';
import { SecondFactorDemand } from '../../src/modules/rbac/second-factor-demand.js';
import { PolicyQuestions } from '../../src/modules/rbac/policy-questions.js';
import { ProjectMembers } from '../../src/modules/rbac/project-members.js';
import { StandingPolicies } from '../../src/modules/rbac/standing-policies.js';
import { loadConfig } from '#platform/config/load-config.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { HandClock } from './hand-clock.js';
import { testKeyring } from './keyring.js';
import type { TestDatabase } from './postgres.js';

/** What other modules declare, as far as specs of rbac need it; `vault:*` demands more than a password. */
export const OTHERS_PERMISSIONS = permissions({
  'simulation:run': { scope: 'run:simulation', description: '' },
  'simulation:read': { scope: 'read:data', whileArchived: true, description: '' },
  'simulation:cancel': { scope: 'run:simulation', whileArchived: true, description: '' },
  'registry:pull': { scope: 'manage:registry', whileArchived: true, description: '' },
  'registry:push': { scope: 'manage:registry', description: '' },
  'waveforms:tag': { scope: 'write:data', description: '' },
  'waveforms:verify': { scope: 'read:data', whileArchived: true, description: '' },
  'users:read': { scope: 'manage:identity', description: '' },
  'users:create': { scope: 'manage:identity', description: '' },
  'users:disable': { scope: 'manage:identity', description: '' },
  'service-accounts:read': { scope: 'manage:identity', description: '' },
  'audit:read': { scope: 'read:audit', whileArchived: true, description: '' },
  'account:read': { scope: 'read:data', description: '', everyone: true },
  'version:read': { scope: 'read:data', description: '', everyone: true },
  'vault:open': { scope: 'manage:keys', description: '', assurance: 'aal2' },
}, {
  simulation: { attributes: { name: 'text' }, fields: ['status', 'result'] },
  registry: { attributes: { name: 'text' } },
  vault: { attributes: { name: 'text' } },
});

/** One replica's rbac engine on a test database, wired by hand. */
export interface TestPolicy {
  readonly decision: PolicyDecision;
  readonly projects: Projects;
  readonly bindings: RoleBindings;
  readonly roles: Roles;
  readonly history: RoleHistory;
  readonly separations: Separations;
  readonly approvals: Approvals;
  readonly decisions: ApprovalDecisions;
  readonly projectApprovals: ProjectApprovals;
  readonly sweep: ApprovalSweep;
  readonly members: ProjectMembers;
  readonly clock: HandClock;
}

/** Those who answer questions about policy; they ask who somebody is. */
export interface TestQuestions {
  readonly policy: TestPolicy;
  readonly questions: PolicyQuestions;
  readonly dryRuns: DryRun;
}

export function testQuestions(database: TestDatabase, standing: PrincipalStanding, clock = new HandClock()): TestQuestions {
  const { app } = database;
  const policy = testPolicy(database, clock, standing);
  const [bindings, roles, catalogue] = [new RoleBindingRepository(), new RoleRepository(), new FixedCatalogue()];
  const audit = testAudit(database, clock);
  return {
    policy,
    questions: new PolicyQuestions(app, policy.decision, standing, new StandingPolicies(bindings, standing), roles, catalogue, audit, clock),
    dryRuns: new DryRun(app, policy.decision, bindings, roles, standing, catalogue, audit, clock),
  };
}

function testAudit(database: TestDatabase, clock: HandClock): AuditLog {
  return new AuditLog(database.app, new EntryRepository(), clock, new SystemRandomness(), testKeyring(database), new Metrics(), { seal: () => Promise.resolve([]) });
}

class FixedCatalogue extends PermissionCatalogue {
  override all(): readonly Permission[] {
    return [...Object.values(OTHERS_PERMISSIONS), ...Object.values(RBAC_PERMISSIONS)];
  }
}

export function testPolicy(database: TestDatabase, clock = new HandClock(), standing: PrincipalStanding | null = null): TestPolicy {
  const { app } = database;
  const randomness = new SystemRandomness();
  const audit = testAudit(database, clock);
  const approvalRows = new ApprovalRepository();
  const [projectRows, bindingRows, roleRows] = [new ProjectRepository(), new RoleBindingRepository(), new RoleRepository()];
  // Programs are what the database says, also where a spec does without the protection of owners.
  const known = standing ?? standingBy(new PrincipalRepository());
  const standingPolicies = new StandingPolicies(bindingRows, known);
  const [counters, catalogue] = [new VersionCounters(), new FixedCatalogue()];
  const decision = new PolicyDecision(app, standingPolicies, new ArchivedProjects(app, projectRows), new SecondFactorDemand(catalogue, loadConfig({})), clock, new Metrics());
  const approvals = new Approvals(app, approvalRows, bindingRows, new ApproverStanding(standingPolicies, known, catalogue, clock), audit, clock, randomness);
  const owners = new Owners(bindingRows, approvals, standing);
  const granting = new Granting(counters, standingPolicies, projectRows, approvals, catalogue, clock);
  const separations = new Separations(app, new SeparationRepository(), roleRows, granting, approvals, decision, audit, clock, randomness);
  const bindings = new RoleBindings(app, counters, bindingRows, roleRows, owners, granting, separations, decision, audit, clock, randomness);
  return {
    decision,
    clock,
    approvals,
    decisions: new ApprovalDecisions(app, approvalRows, decision, catalogue, known, audit, clock),
    projectApprovals: new ProjectApprovals(app, approvalRows, approvals, decision, audit),
    sweep: new ApprovalSweep(app, approvalRows, clock),
    projects: new Projects(app, projectRows, decision, counters, audit, clock, randomness),
    separations,
    roles: new Roles(app, roleRows, granting, separations, catalogue, audit, clock, randomness),
    history: new RoleHistory(app, roleRows, decision),
    bindings,
    members: new ProjectMembers(app, bindings, bindingRows, roleRows, decision, approvals, audit),
  };
}

export type Someone = Partial<Pick<Principal, 'scopes' | 'assurance' | 'authenticatedAtSeconds' | 'projectId' | 'mustChangePassword' | 'kind' | 'policyVersion'>>;

const randomness = new SystemRandomness();
export const newId = (): string => randomness.uuidv7(Date.UTC(2026, 10, 22));

/** The principal of a request that arrives now: with the policy version that the security lookup would see. */
export async function arriving(database: TestDatabase, id: string, someone: Someone = {}): Promise<Principal> {
  const [row] = await database.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'policy'`);
  return {
    id,
    kind: 'user',
    sessionId: newId(),
    scopes: new Set(SCOPES),
    assurance: 'aal1',
    authenticatedAtSeconds: 0,
    projectId: null,
    mustChangePassword: false,
    policyVersion: Number(row!.version),
    transitVersion: 0,
    ...someone,
  };
}

/** Somebody who exists, without a role. */
export async function newSubject(database: TestDatabase): Promise<string> {
  const id = newId();
  await database.query(`INSERT INTO auth.principal (id, kind, status, created_at) VALUES ($1, 'user', 'active', now())`, [id]);
  return id;
}

/** A program for which somebody answers. */
export async function newProgram(database: TestDatabase, ownerId: string): Promise<string> {
  const id = newId();
  await database.query(`WITH principal AS (INSERT INTO auth.principal (id, kind, status, created_at) VALUES ($1, 'service', 'active', now())) SELECT`, [id]);
  await database.query('INSERT INTO auth.service_account (principal_id, name, owner_id) VALUES ($1, $2, $3)', [id, `s-${id}`, ownerId]);
  return id;
}

export async function newProject(database: TestDatabase): Promise<string> {
  const id = newId();
  await database.query('INSERT INTO rbac.project (id, slug, name) VALUES ($1, $2, $2)', [id, `p-${id.slice(-12)}`]);
  return id;
}

/** A role that nobody could make yet through the API, for what only such a role shows: denies. */
export async function customRole(database: TestDatabase, id: string, rules: readonly Rule[]): Promise<string> {
  await database.query('INSERT INTO rbac.role (id, name, builtin, rules) VALUES ($1, $1, false, $2)', [id, JSON.stringify(rules)]);
  return id;
}

/** A binding from nowhere, past all checks; moves the policy version as every change does. */
export async function give(database: TestDatabase, subjectId: string, roleId: string, projectId: string | null = null, expiresAt: Date | null = null): Promise<string> {
  const id = newId();
  await database.query(
    `WITH moved AS (UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy')
     INSERT INTO rbac.role_binding VALUES ($1, $2, $3, $4, $5, now(), 'spec')`,
    [id, subjectId, roleId, projectId, expiresAt],
  );
  return id;
}
