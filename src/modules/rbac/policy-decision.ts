import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultContext, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Attributes, Circumstances } from '#pure/policy/facts.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { type AssuranceLevel, isAtLeast, type Principal } from '#pure/principal/principal.js';
import { ArchivedProjects } from './archived-projects.js';
import { circumstancesOf } from './circumstances.js';
import { NOT_YET_KNOWN } from './domain/condition.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_METRICS } from './domain/rbac.metrics.js';
import { partsOf } from './domain/rule.js';
import { PolicyCache } from './policy-cache.js';
import { SecondFactorDemand } from './second-factor-demand.js';
import { StandingPolicies } from './standing-policies.js';
import type { Deciding, Fields, Part, SubjectPolicy } from './subject-policy.js';

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly fault: FaultKind; readonly context: FaultContext };

/** What is known of what is asked about. */
type Known = Attributes | typeof NOT_YET_KNOWN;

/** A list as its caller may see it: which rows, and of each which fields. Both are of one moment. */
export interface PolicyView {
  readonly filter: RowFilter;
  /** Of a row that the filter shows. */
  fieldsOf(projectId: string | null, attributes: Attributes): Fields;
}

/** Of a decision that somebody asks about: how it is asked for, and what decided, once the roles were asked. */
interface Inquiry {
  readonly asking: Circumstances;
  deciding: Deciding | null;
}

const ALLOWED: Decision = Object.freeze({ allowed: true });
const refused = (fault: FaultKind, context: FaultContext = {}): Decision => ({ allowed: false, fault, context });

/** With a one-time password, only the account's own routes are open, so that it can be changed. */
const OWN_ACCOUNT = 'account';

/**
 * May this principal do this, there? Token scope ∧ an allow ∧ no deny ∧ assurance level; default deny.
 *
 * A subject's policy is cached until the policy version that the security lookup of a request saw is higher than the
 * one that it was loaded for, so a change holds from its commit on, on every replica.
 */
@Injectable()
export class PolicyDecision {
  readonly #cache: PolicyCache;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly standing: StandingPolicies,
    private readonly archived: ArchivedProjects,
    private readonly demand: SecondFactorDemand,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.#cache = new PolicyCache(
      (subject) => this.uow.run(subject, (tx) => this.standing.ofActing(tx, subject)),
      (outcome) => metrics.increment(RBAC_METRICS.rbac_policy_lookups_total, { outcome }),
    );
  }

  /** Before the body is read: is there any place and any object for which it is permitted? Who acts decides again, for those. */
  async permitsSomewhere(principal: Principal, permission: Permission): Promise<Decision> {
    return this.#decideSomewhere(principal, permission, NOT_YET_KNOWN);
  }

  /** For what belongs to no project: whoever is permitted it in some project is permitted it, without a condition. */
  async requireSomewhere(principal: Principal, permission: Permission): Promise<void> {
    enforce(await this.#decideSomewhere(principal, permission, {}));
  }

  async #decideSomewhere(principal: Principal, permission: Permission, known: Known): Promise<Decision> {
    const early = decideByCredential(principal, permission);
    if (early !== null) return early;
    const policy = await this.#cache.of(principal);
    const now = this.clock.nowMillis();
    if (this.#owesFactor(principal, permission, policy, now)) return refused(RBAC_FAULTS['mfa-enrolment-required']);
    const places = principal.projectId === null ? policy.scopes(now) : [principal.projectId, null];
    const somewhere = places.some((place) => permitsAt(policy, principal, permission, place, now, known, 'whole'));
    return somewhere ? decideByAssurance(principal, permission) : refused(REQUEST_FAULTS.forbidden);
  }

  /**
   * The decision proper. A project that the principal has nothing to do with answers exactly like one that does not
   * exist, 404; in one that it sees, a missing permission is 403. `attributes` is what rules with a condition look at:
   * of one that is not given they allow nothing, and deny.
   */
  async require(principal: Principal, permission: Permission, projectId: string | null, attributes: Attributes = {}): Promise<void> {
    enforce(await this.#decide(principal, permission, projectId, attributes));
  }

  /** Before it is known what exactly: whether there is anything there for which it is permitted. Who acts decides again, for that. */
  async requireSomethingIn(principal: Principal, permission: Permission, projectId: string | null): Promise<void> {
    enforce(await this.#decide(principal, permission, projectId, NOT_YET_KNOWN));
  }

  /** As `require`, of an object that was looked up by an id: one that its attributes keep from the principal is as if it were not there. */
  async requireFound(principal: Principal, permission: Permission, projectId: string | null, attributes: Attributes): Promise<void> {
    enforce(await this.#decideFound(principal, permission, projectId, attributes, 'whole'));
  }

  /** As `requireFound`, where the answer can leave fields out: gives those that it may show. One field is enough not to be refused. */
  async fieldsOf(principal: Principal, permission: Permission, projectId: string | null, attributes: Attributes): Promise<Fields> {
    enforce(await this.#decideFound(principal, permission, projectId, attributes, 'any'));
    return fieldsAt(await this.#cache.of(principal), principal, permission, projectId, this.clock.nowMillis(), attributes);
  }

  /** Which objects a list may show; none, rather than refused, where there are none. Rules about single fields allow none, and deny the whole. */
  async filter(principal: Principal, permission: Permission): Promise<RowFilter> {
    return (await this.#view(principal, permission, 'whole')).filter;
  }

  /** As `filter`, for a list whose items can leave fields out. */
  async view(principal: Principal, permission: Permission): Promise<PolicyView> {
    return this.#view(principal, permission, 'any');
  }

  async #view(principal: Principal, permission: Permission, part: Part): Promise<PolicyView> {
    enforce(decideByCredential(principal, permission) ?? decideByAssurance(principal, permission));
    const policy = await this.#cache.of(principal);
    const now = this.clock.nowMillis();
    const { resource, verb } = partsOf(permission.name);
    return {
      filter: policy.filterOf(resource, verb, now, circumstancesOf(principal, now), part, principal.projectId),
      fieldsOf: (projectId, attributes) => fieldsAt(policy, principal, permission, projectId, now, attributes),
    };
  }

  /** Whether the principal may know that the project exists. */
  async sees(principal: Principal, projectId: string): Promise<boolean> {
    if (principal.kind === 'system' || (principal.projectId !== null && principal.projectId !== projectId)) return false;
    return (await this.#cache.of(principal)).sees(projectId, this.clock.nowMillis());
  }

  /**
   * For what is guarded by more than a permission: by how somebody proved who they are, and how long ago. Fault:
   * insufficient-assurance, which says what would be enough (RFC 9470 §3).
   */
  requireFreshLogin({ assurance, authenticatedAtSeconds }: Principal, level: AssuranceLevel, maxAgeSeconds: number): void {
    const isFresh = this.clock.nowMillis() / 1000 - authenticatedAtSeconds <= maxAgeSeconds;
    if (!isAtLeast(assurance, level) || !isFresh) enforce(insufficientAssurance(level, maxAgeSeconds));
  }

  async #decideFound(principal: Principal, permission: Permission, projectId: string | null, attributes: Attributes, part: Part): Promise<Decision> {
    const decision = await this.#decide(principal, permission, projectId, attributes, part);
    if (decision.allowed || decision.fault !== REQUEST_FAULTS.forbidden) return decision;
    // What is seen in part is there, and may be told to be.
    if (part === 'whole' && (await this.#decide(principal, permission, projectId, attributes, 'any')).allowed) return decision;
    // Had it been another object, it might have been permitted: the refusal would say that there is this one.
    const anyThere = await this.#decide(principal, permission, projectId, NOT_YET_KNOWN, part);
    return anyThere.allowed ? refused(REQUEST_FAULTS['not-found'], { concealed: true }) : decision;
  }

  /** The decision that `require` would come to, with what decided: for who is not here, so that the inquiry says how they ask. */
  async explain(subject: Principal, permission: Permission, projectId: string | null, attributes: Attributes, asking: Circumstances): Promise<{ readonly decision: Decision; readonly deciding: Deciding | null }> {
    const inquiry: Inquiry = { asking, deciding: null };
    const decision = await this.#decide(subject, permission, projectId, attributes, 'whole', inquiry);
    return { decision, deciding: inquiry.deciding };
  }

  async #decide(principal: Principal, permission: Permission, projectId: string | null, attributes: Known, part: Part = 'whole', inquiry: Inquiry | null = null): Promise<Decision> {
    const early = decideByCredential(principal, permission);
    if (early !== null) return early;
    const [policy, now] = [await this.#cache.of(principal), this.clock.nowMillis()];
    if (this.#owesFactor(principal, permission, policy, now)) return refused(RBAC_FAULTS['mfa-enrolment-required']);
    const decision = decideByPolicy(policy, principal, permission, projectId, now, attributes, part, inquiry);
    return decision.allowed && (await this.#isClosed(principal, permission, projectId)) ? refused(RBAC_FAULTS['project-archived']) : decision;
  }

  /** As with a one-time password: the own account stays open, so that there can be a factor. */
  #owesFactor(principal: Principal, permission: Permission, policy: SubjectPolicy, nowMillis: number): boolean {
    return !isOwnAccount(permission) && this.demand.isOwed(principal, policy, nowMillis);
  }

  /** Last of all, so that only who would be permitted it learns that the project is archived. */
  async #isClosed(principal: Principal, permission: Permission, projectId: string | null): Promise<boolean> {
    return projectId !== null && !permission.whileArchived && (await this.archived.has(principal, projectId));
  }
}

export function enforce(decision: Decision): void {
  if (!decision.allowed) throw new Fault(decision.fault, decision.context);
}

/** What the credential alone settles; null when the roles must be asked. */
export function decideByCredential(principal: Principal, permission: Permission): Decision | null {
  if (principal.kind === 'system') return refused(REQUEST_FAULTS.forbidden);
  if (!principal.scopes.has(permission.scope)) return insufficientScope([permission.scope]);
  const ownAccount = isOwnAccount(permission);
  // Of the own account a key only reads: what changes it makes another credential, or is about a session.
  const takesSession = permission.sessionOnly || (ownAccount && partsOf(permission.name).verb !== 'read');
  if (principal.apiKeyId !== undefined && takesSession) return refused(RBAC_FAULTS['session-required']);
  if (principal.mustChangePassword && !ownAccount) return refused(REQUEST_FAULTS['password-change-required']);
  return null;
}

function isOwnAccount({ name, everyone }: Permission): boolean {
  return everyone && partsOf(name).resource === OWN_ACCOUNT;
}

/** What the roles say, as of a policy that the caller loaded: inside a transaction, one that it read there. */
export function decideByPolicy(
  policy: SubjectPolicy,
  principal: Principal,
  permission: Permission,
  projectId: string | null,
  nowMillis: number,
  known: Known = {},
  part: Part = 'whole',
  inquiry: Inquiry | null = null,
): Decision {
  if (permitsAt(policy, principal, permission, projectId, nowMillis, known, part, inquiry)) return decideByAssurance(principal, permission);
  const narrowed = principal.projectId !== null && principal.projectId !== projectId;
  const unseen = projectId !== null && (narrowed || !policy.sees(projectId, nowMillis));
  return unseen ? refused(REQUEST_FAULTS['not-found'], { concealed: true }) : refused(REQUEST_FAULTS.forbidden);
}

/** RFC 6750 §3.1: names the scope that would have helped. */
export function insufficientScope(scopes: readonly string[]): Decision {
  return refused(REQUEST_FAULTS['insufficient-scope'], {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"` },
  });
}

function permitsAt(policy: SubjectPolicy, principal: Principal, permission: Permission, projectId: string | null, nowMillis: number, known: Known, part: Part, inquiry: Inquiry | null = null): boolean {
  const { resource, verb } = partsOf(permission.name);
  const facts = known === NOT_YET_KNOWN ? known : { ...(inquiry?.asking ?? circumstancesOf(principal, nowMillis)), attributes: known };
  const deciding = policy.deciding(resource, verb, projectId, nowMillis, facts, facts === NOT_YET_KNOWN ? 'any' : part);
  if (inquiry !== null) inquiry.deciding = deciding;
  const { verdict } = deciding;
  // Everybody's permissions are about the principal itself, so they are global, and a token's project does not narrow them.
  if (projectId === null && permission.everyone) return verdict !== 'denied';
  return verdict === 'allowed' && (principal.projectId === null || principal.projectId === projectId);
}

function fieldsAt(policy: SubjectPolicy, principal: Principal, permission: Permission, projectId: string | null, nowMillis: number, attributes: Attributes): Fields {
  const { verb } = partsOf(permission.name);
  return policy.fieldsOf(permission.resource, verb, projectId, nowMillis, { ...circumstancesOf(principal, nowMillis), attributes });
}

/** Last, so that nobody is asked to log in more strongly for what they would not be permitted anyway. */
function decideByAssurance(principal: Principal, permission: Permission): Decision {
  return isAtLeast(principal.assurance, permission.assurance) ? ALLOWED : insufficientAssurance(permission.assurance);
}

/** RFC 9470 §3: names the level that would have helped, and how old a login may be where that matters. */
export function insufficientAssurance(level: AssuranceLevel, maxAgeSeconds?: number): Decision {
  const age = maxAgeSeconds === undefined ? '' : `, max_age="${maxAgeSeconds}"`;
  return refused(RBAC_FAULTS['insufficient-assurance'], {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_user_authentication", acr_values="${level}"${age}` },
  });
}
