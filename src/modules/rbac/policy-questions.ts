import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Attributes, Circumstances } from '#pure/policy/facts.js';
import { type AssuranceLevel, type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import { NOT_YET_KNOWN } from './domain/condition.js';
import type { Decider, Explanation, NamedRule } from './domain/explanation.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { HeldRole } from './domain/role-binding.js';
import { partsOf, ruleMatches } from './domain/rule.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { RoleRepository } from './persistence/role.repository.js';
import { type Decision, PolicyDecision } from './policy-decision.js';
import { PrincipalStanding } from './principal-standing.js';
import { StandingPolicies } from './standing-policies.js';
import { type Deciding, type RuleSource, SubjectPolicy } from './subject-policy.js';

export interface PolicyQuestion {
  readonly subjectId: string;
  readonly permission: Permission;
  /** Null: globally. */
  readonly projectId: string | null;
  /** Of the object; what is not said is not known of it, so that rules that look at it allow nothing and deny. */
  readonly attributes: Attributes;
  /** Of the credential that the subject would come with, and of where it would come from. */
  readonly scopes: ReadonlySet<Scope>;
  readonly assurance: AssuranceLevel;
  readonly ip: string | null;
}

/** Always: of every object, by any request. Sometimes: it depends on the object or on the request. */
export type Extent = 'always' | 'sometimes' | 'never';

export interface EffectivePolicy {
  readonly active: boolean;
  readonly held: readonly HeldRole[];
  readonly permissions: readonly { readonly permission: Permission; readonly extent: Extent }[];
}

/**
 * Who may do what, and why: for those who may read policy, which a refusal tells nobody else. Whether one may do something
 * oneself everybody is told, and not why: that is in roles. The answer is the decision
 * itself, told what decided it, and never a second reading of the rules.
 */
@Injectable()
export class PolicyQuestions {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly standing: PrincipalStanding,
    private readonly policies: StandingPolicies,
    private readonly roles: RoleRepository,
    private readonly catalogue: PermissionCatalogue,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Faults: not-found for a subject that there is not. */
  async explain(principal: Principal, question: PolicyQuestion, asked: 'check' | 'explain' = 'explain'): Promise<Explanation> {
    const { subjectId, permission, projectId } = question;
    await this.#requireAsking(principal, asked === 'check' ? subjectId : null);
    const { kind, isActive } = await this.uow.run(principal, (tx) => this.#known(tx, subjectId));
    const { subject, asking } = this.#asIfHere(principal, question, kind);
    const { decision, deciding } = await this.policy.explain(subject, permission, projectId, question.attributes, asking);
    const explained = isActive ? explanationOf(decision, deciding, question) : { ...NOTHING_NEEDED, allowed: false, code: REQUEST_FAULTS.unauthenticated.code, decidedBy: 'account-disabled' as const, rule: null, ownersRule: null };
    const roles = asked === 'explain' && ROLES_HELP.has(explained.decidedBy) ? await this.uow.run(principal, (tx) => this.#helpful(tx, question, asking)) : [];
    await this.#record(principal, asked, subjectId, permission.name);
    return { ...explained, needed: { ...explained.needed, roles } };
  }

  /** All that the subject may do in a project, or globally. Fault: not-found. */
  async effective(principal: Principal, subjectId: string, projectId: string | null): Promise<EffectivePolicy> {
    await this.#requireAsking(principal, subjectId);
    const now = this.clock.nowMillis();
    const found = await this.uow.run(principal, async (tx) => ({ ...(await this.#known(tx, subjectId)), policy: await this.policies.of(tx, subjectId) }));
    const asking: Circumstances = { subject: { id: subjectId, kind: found.kind, projectId: null }, env: { ip: null, acr: null, nowMillis: now } };
    const permissions = this.catalogue.all().map((permission) => ({ permission, extent: found.isActive ? extentOf(found.policy, permission, projectId, asking) : ('never' as const) }));
    await this.#record(principal, 'effective', subjectId, null);
    return { active: found.isActive, held: found.policy.liveAt(now).filter((held) => held.projectId === null || held.projectId === projectId), permissions };
  }

  /** Before anything is looked up, so that a refusal is the same for everybody whom there is, and for nobody. */
  async #requireAsking(principal: Principal, aboutId: string | null): Promise<void> {
    await this.policy.require(principal, RBAC_PERMISSIONS[aboutId === principal.id ? 'policy:ask' : 'policy:read'], null);
  }

  async #known(tx: Tx, subjectId: string): Promise<{ readonly kind: 'user' | 'service'; readonly isActive: boolean }> {
    const [isPerson, isActive, guarantor] = [await this.standing.isPerson(tx, subjectId), await this.standing.isActive(tx, subjectId), await this.standing.guarantorOf(tx, subjectId)];
    if (!isPerson && guarantor === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return { kind: isPerson ? 'user' : 'service', isActive };
  }

  /** The subject as a request of it would be that came with this one: it sees the same version of the policy. */
  #asIfHere({ policyVersion, transitVersion }: Principal, { subjectId, scopes, assurance, ip }: PolicyQuestion, kind: 'user' | 'service'): { subject: Principal; asking: Circumstances } {
    const nowMillis = this.clock.nowMillis();
    const subject: Principal = { id: subjectId, kind, sessionId: null, scopes, assurance, authenticatedAtSeconds: Math.floor(nowMillis / 1000), projectId: null, mustChangePassword: false, policyVersion, transitVersion };
    return { subject, asking: { subject: { id: subjectId, kind, projectId: null }, env: { ip, acr: assurance, nowMillis } } };
  }

  /** Roles of which each alone would allow it. */
  async #helpful(tx: Tx, { permission, projectId, attributes }: PolicyQuestion, asking: Circumstances): Promise<readonly string[]> {
    const { resource, verb } = partsOf(permission.name);
    const graph = await this.roles.all(tx);
    const helps = (id: string): boolean => {
      const rules = graph.effective(id);
      if (!rules.some((rule) => rule.effect === 'allow' && ruleMatches(rule, resource, verb))) return false;
      const alone = new SubjectPolicy([{ bindingId: '', roleId: id, definedIn: id, projectId: null, expiresAtMillis: null, rules }]);
      return alone.decide(resource, verb, projectId, asking.env.nowMillis, { ...asking, attributes }) === 'allowed';
    };
    return graph.roles.map(({ id }) => id).filter(helps).sort();
  }

  async #record(actor: Principal, question: string, subjectId: string, permission: string | null): Promise<void> {
    await this.audit.record({
      kind: RBAC_EVENTS['rbac.policy.ask'],
      outcome: 'success',
      actor,
      targets: [{ type: 'principal', uid: subjectId }],
      facts: { question, ...(permission === null ? {} : { permission }) },
    });
  }
}

/** Where a role that the subject has not would help. */
const ROLES_HELP: ReadonlySet<Decider> = new Set(['no-rule', 'project-unseen']);
const NOTHING_NEEDED = { needed: { scope: null, assurance: null, roles: [] } } as const;

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);

function explanationOf(decision: Decision, deciding: Deciding | null, { permission }: PolicyQuestion): Explanation {
  const rules = { rule: namedRule(deciding?.by ?? null), ownersRule: namedRule(deciding?.guarantor?.by ?? null) };
  if (decision.allowed) return { ...NOTHING_NEEDED, ...rules, allowed: true, code: null, decidedBy: deciding?.verdict === 'allowed' ? 'allow-rule' : 'everyone' };
  const { code } = decision.fault;
  const decidedBy = deciderOf(code, deciding);
  const needed = { scope: decidedBy === 'token-scope' ? permission.scope : null, assurance: decidedBy === 'assurance' ? permission.assurance : null, roles: [] };
  return { ...rules, allowed: false, code, decidedBy, needed };
}

/** By the fault, where that says it; a refusal and a concealment are told apart by what the roles said. */
const BY_FAULT: Readonly<Record<string, Decider>> = {
  [REQUEST_FAULTS['insufficient-scope'].code]: 'token-scope',
  [RBAC_FAULTS['insufficient-assurance'].code]: 'assurance',
  [RBAC_FAULTS['project-archived'].code]: 'project-archived',
};

function deciderOf(code: string, deciding: Deciding | null): Decider {
  const known = Object.hasOwn(BY_FAULT, code) ? BY_FAULT[code] : undefined;
  if (known !== undefined) return known;
  if (deciding === null || deciding.verdict === 'allowed') return 'token-project';
  if (deciding.own === 'denied') return 'deny-rule';
  if (deciding.guarantor?.verdict === 'denied') return 'owner-denies';
  if (deciding.own === 'allowed') return 'owner-lacks';
  return code === REQUEST_FAULTS['not-found'].code ? 'project-unseen' : 'no-rule';
}

function namedRule(source: RuleSource | null): NamedRule | null {
  if (source === null) return null;
  const { held, index } = source;
  const { bindingId, roleId, definedIn, projectId, expiresAtMillis } = held;
  return { bindingId, roleId, definedIn, index, projectId, expiresAtMillis, rule: held.rules[index]! };
}

/** As far as it can be said before anything is known of an object or a request. */
export function extentOf(policy: SubjectPolicy, permission: Permission, projectId: string | null, asking: Circumstances): Extent {
  const { resource, verb } = partsOf(permission.name);
  const now = asking.env.nowMillis;
  const certain = policy.decide(resource, verb, projectId, now, { ...asking, attributes: {} });
  if (certain === 'allowed' || (permission.everyone && projectId === null && certain !== 'denied')) return 'always';
  return policy.decide(resource, verb, projectId, now, NOT_YET_KNOWN) === 'allowed' ? 'sometimes' : 'never';
}
