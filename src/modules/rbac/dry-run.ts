import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Circumstances } from '#pure/policy/facts.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_FAULTS } from './domain/rbac.faults.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { readDraft, requireShallow } from './domain/role-draft.js';
import type { HeldRole } from './domain/role-binding.js';
import type { RoleGraph } from './domain/role-graph.js';
import { partsOf, type Rule } from './domain/rule.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { RoleRepository } from './persistence/role.repository.js';
import { PolicyDecision } from './policy-decision.js';
import { type Extent, extentOf } from './policy-questions.js';
import { PrincipalStanding } from './principal-standing.js';
import { SubjectPolicy } from './subject-policy.js';

/** What would be changed. Roles by id or name; a rule set or parents that are not given stay. */
export type PolicyChange =
  | { readonly kind: 'bind'; readonly subjectId: string; readonly role: string; readonly projectId: string | null; readonly expiresAtMillis: number | null }
  | { readonly kind: 'unbind'; readonly bindingId: string }
  | { readonly kind: 'role'; readonly role: string; readonly rules?: readonly Rule[]; readonly parents?: readonly string[] };

/** Of one permission in one place. `changed`: it depends on the object or the request before and after, by other rules. */
export interface Difference {
  readonly permission: string;
  readonly projectId: string | null;
  readonly before: Extent;
  readonly after: Extent;
  readonly effect: 'gains' | 'loses' | 'changed';
}

export interface Affected {
  readonly subjectId: string;
  readonly differences: readonly Difference[];
}

export interface DryRunResult {
  readonly subjectsExamined: number;
  /** There are more subjects, or more time would have been needed: what is said is true and not all. */
  readonly truncated: boolean;
  readonly affected: readonly Affected[];
}

/** Bounds of one run; whoever needs more asks about a smaller change. */
export const DRY_RUN_SUBJECTS_MAX = 1000;
const RUN_MILLIS_MAX = 2000;
/** So long the event loop is held at most, before others have a turn. Half of the 5 ms that are promised: one place may follow. */
const TURN_MILLIS_MAX = 2.5;

/** Who would be concerned, and what they hold before and after. */
interface Plan {
  readonly subjectIds: readonly string[];
  readonly after: (held: readonly HeldRole[], subjectId: string) => readonly HeldRole[];
}

/**
 * What a change of policy would do to everybody, before anybody makes it: who gains and who loses what. It changes
 * nothing and grants nothing, so it asks for no right to make the change; whether the change would be let through, by
 * whom and with whose approval, is decided when it is made.
 */
@Injectable()
export class DryRun {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly bindings: RoleBindingRepository,
    private readonly roles: RoleRepository,
    private readonly standing: PrincipalStanding,
    private readonly catalogue: PermissionCatalogue,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Faults: not-found, builtin-role, role-cycle, invalid-request for a change that could not be made at all. */
  async run(principal: Principal, change: PolicyChange): Promise<DryRunResult> {
    await this.policy.require(principal, RBAC_PERMISSIONS['policy:read'], null);
    const began = this.clock.monotonicMillis();
    const plan = await this.uow.run(principal, (tx) => this.#plan(tx, change));
    const examined = plan.subjectIds.slice(0, DRY_RUN_SUBJECTS_MAX);
    const affected: Affected[] = [];
    const turn = { beganMillis: this.clock.monotonicMillis(), untilMillis: began + RUN_MILLIS_MAX };
    let subjectsExamined = 0;
    for (const subjectId of examined) {
      if (this.clock.monotonicMillis() > turn.untilMillis) break;
      const [before, after] = await this.uow.run(principal, (tx) => this.#policies(tx, subjectId, plan));
      const differences = await this.#differences(before, after, turn);
      if (differences === null) break;
      if (differences.length > 0) affected.push({ subjectId, differences });
      subjectsExamined += 1;
    }
    await this.audit.record({ kind: RBAC_EVENTS['rbac.policy.ask'], outcome: 'success', actor: principal, facts: { question: 'dry-run', change: change.kind } });
    return { subjectsExamined, truncated: subjectsExamined < plan.subjectIds.length, affected };
  }

  async #plan(tx: Tx, change: PolicyChange): Promise<Plan> {
    const graph = await this.roles.all(tx);
    if (change.kind === 'role') return this.#planOfRole(tx, change, graph);
    const [subjectId, after] = change.kind === 'bind' ? boundBy(change, graph) : await this.#unboundBy(tx, change.bindingId);
    return { subjectIds: [subjectId, ...(await this.standing.programsOf(tx, [subjectId]))], after: (held, id) => (id === subjectId ? after(held) : held) };
  }

  async #planOfRole(tx: Tx, change: PolicyChange & { kind: 'role' }, graph: RoleGraph): Promise<Plan> {
    const role = graph.resolve(change.role);
    if (role === undefined) throw new Fault(REQUEST_FAULTS['not-found']);
    if (role.builtin) throw new Fault(RBAC_FAULTS['builtin-role']);
    const content = readDraft({ ...role, rules: change.rules ?? role.rules, parents: change.parents ?? role.parents }, graph, this.catalogue.all());
    const changed = { ...role, ...content };
    const then = graph.with(changed);
    requireShallow(then, changed);
    const heirs = graph.heirs(role.id).map(({ id }) => id);
    const holders = await this.bindings.holdersOf(tx, heirs, DRY_RUN_SUBJECTS_MAX + 1);
    const programs = await this.standing.programsOf(tx, holders);
    const isHeir = new Set(heirs);
    return {
      subjectIds: [...new Set([...holders, ...programs])],
      after: (held) => [...held.filter(({ roleId }) => !isHeir.has(roleId)), ...bindingsIn(held.filter(({ roleId }) => isHeir.has(roleId))).flatMap((binding) => lineageOf(then, binding))],
    };
  }

  async #unboundBy(tx: Tx, bindingId: string): Promise<[string, (held: readonly HeldRole[]) => readonly HeldRole[]]> {
    const binding = await this.bindings.find(tx, bindingId);
    if (binding === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return [binding.subjectId, (held) => held.filter((each) => each.bindingId !== bindingId)];
  }

  async #policies(tx: Tx, subjectId: string, plan: Plan): Promise<[SubjectPolicy, SubjectPolicy]> {
    const guarantor = await this.standing.guarantorOf(tx, subjectId);
    const own = await this.bindings.heldBy(tx, subjectId);
    if (guarantor === null) return [new SubjectPolicy(own), new SubjectPolicy(plan.after(own, subjectId))];
    const theirs = guarantor.isActive ? await this.bindings.heldBy(tx, guarantor.id) : [];
    const changed = new SubjectPolicy(plan.after(theirs, guarantor.id));
    return [new SubjectPolicy(own, new SubjectPolicy(theirs)), new SubjectPolicy(plan.after(own, subjectId), changed)];
  }

  /** Gives others a turn whenever this one has lasted; null when the time of the whole run is over before the subject's last place. */
  async #differences(before: SubjectPolicy, after: SubjectPolicy, turn: { beganMillis: number; readonly untilMillis: number }): Promise<readonly Difference[] | null> {
    const nowMillis = this.clock.nowMillis();
    const asking: Circumstances = { subject: { id: '', kind: null, projectId: null }, env: { ip: null, acr: null, nowMillis } };
    const places = new Set([...before.scopes(nowMillis), ...after.scopes(nowMillis)]);
    const differences: Difference[] = [];
    for (const projectId of places) {
      for (const permission of this.catalogue.all()) {
        const difference = differenceOf(before, after, permission, projectId, asking);
        if (difference !== null) differences.push(difference);
      }
      const now = this.clock.monotonicMillis();
      if (now > turn.untilMillis) return null;
      if (now - turn.beganMillis < TURN_MILLIS_MAX) continue;
      await nextTurn();
      turn.beganMillis = this.clock.monotonicMillis();
    }
    // What is so everywhere is said once.
    const everywhere = new Set(differences.filter(({ projectId }) => projectId === null).map(sameOf));
    return differences.filter((each) => each.projectId === null || !everywhere.has(sameOf(each)));
  }
}

const sameOf = ({ permission, before, after }: Difference): string => [permission, before, after].join();

const ORDER: readonly Extent[] = ['never', 'sometimes', 'always'];

function differenceOf(before: SubjectPolicy, after: SubjectPolicy, permission: Permission, projectId: string | null, asking: Circumstances): Difference | null {
  const [was, is] = [extentOf(before, permission, projectId, asking), extentOf(after, permission, projectId, asking)];
  const found = { permission: permission.name, projectId, before: was, after: is };
  if (was !== is) return { ...found, effect: ORDER.indexOf(is) > ORDER.indexOf(was) ? 'gains' : 'loses' };
  if (is !== 'sometimes') return null;
  const { resource, verb } = partsOf(permission.name);
  const [ruled, rules] = [before, after].map((policy) => policy.rulesAbout(resource, verb, projectId, asking.env.nowMillis));
  return ruled === rules ? null : { ...found, effect: 'changed' };
}

function boundBy({ subjectId, role: reference, projectId, expiresAtMillis }: PolicyChange & { kind: 'bind' }, graph: RoleGraph): [string, (held: readonly HeldRole[]) => readonly HeldRole[]] {
  const role = graph.resolve(reference);
  if (role === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/change/role', 'unknown', 'There is no such role.');
  return [subjectId, (held) => [...held, ...lineageOf(graph, { bindingId: '', roleId: role.id, projectId, expiresAtMillis })]];
}

type Bound = Pick<HeldRole, 'bindingId' | 'roleId' | 'projectId' | 'expiresAtMillis'>;

/** What a binding gives when the roles are these. */
const lineageOf = (graph: RoleGraph, { bindingId, roleId, projectId, expiresAtMillis }: Bound): readonly HeldRole[] =>
  graph.lineage(roleId).map(({ id, rules }) => ({ bindingId, roleId, projectId, expiresAtMillis, definedIn: id, rules }));

/** Each binding once, of which `held` has one for every role of its lineage. */
const bindingsIn = (held: readonly HeldRole[]): readonly Bound[] => [...new Map(held.map((each) => [each.bindingId, each])).values()];
