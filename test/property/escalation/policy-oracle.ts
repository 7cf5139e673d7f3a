import { BUILTIN_ROLES } from '#modules/rbac/index.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { ASSURED, PERMISSION_SCOPES, type Question, QUESTIONS } from './questions.js';

/**
 * Who may do what, said a second time: the tables as they are, every binding followed to every rule, a rule read as it
 * is written. Nothing of the engine is used but what its builtin roles say.
 */
export interface StoredBinding {
  readonly id: string;
  readonly subject_id: string;
  readonly role_id: string;
  readonly project_id: string | null;
  readonly expires: number | null;
}

export interface StoredRole {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly rules: readonly Rule[];
  readonly parents: readonly string[];
}

export class PolicyPicture {
  readonly #roles: ReadonlyMap<string, StoredRole>;

  private constructor(
    readonly roles: readonly StoredRole[],
    readonly bindings: readonly StoredBinding[],
  ) {
    this.#roles = new Map(roles.map((role) => [role.id, role]));
  }

  static async of(database: TestDatabase): Promise<PolicyPicture> {
    const [row] = await database.query<{ roles: (Omit<StoredRole, 'rules'> & { rules: readonly Rule[] | null })[] | null; bindings: StoredBinding[] | null }>(`
      SELECT (SELECT json_agg(json_build_object('id', id, 'name', name, 'version', version, 'rules', rules, 'parents',
                (SELECT coalesce(json_agg(parent_id), '[]') FROM rbac.role_parent WHERE role_id = role.id)) ORDER BY builtin DESC, id) FROM rbac.role) AS roles,
             (SELECT json_agg(json_build_object('id', id, 'subject_id', subject_id, 'role_id', role_id, 'project_id', project_id,
                'expires', extract(epoch FROM expires_at) * 1000) ORDER BY id) FROM rbac.role_binding) AS bindings`);
    const builtin = BUILTIN_ROLES as Readonly<Record<string, { readonly rules: readonly Rule[] }>>;
    return new PolicyPicture((row!.roles ?? []).map((role) => ({ ...role, rules: role.rules ?? builtin[role.id]!.rules })), row!.bindings ?? []);
  }

  lineage(roleId: string): ReadonlySet<string> {
    const all = new Set<string>();
    const follow = (id: string): void => {
      if (all.has(id)) return;
      all.add(id);
      this.#roles.get(id)!.parents.forEach(follow);
    };
    follow(roleId);
    return all;
  }

  liveOf(subject: string, now: number): readonly StoredBinding[] {
    return this.bindings.filter((binding) => binding.subject_id === subject && (binding.expires === null || now < binding.expires));
  }

  holds(subject: string, roleId: string, now: number): boolean {
    return this.liveOf(subject, now).some((binding) => this.lineage(binding.role_id).has(roleId));
  }

  /** Numbers of the questions that the answer is yes to, at this instant. */
  powersOf(subject: string, at: number): ReadonlySet<number> {
    const rules = this.liveOf(subject, at).flatMap(({ role_id, project_id }) => [...this.lineage(role_id)].flatMap((id) => this.#roles.get(id)!.rules.map((rule) => ({ ...rule, project: project_id }))));
    const powers = new Set<number>();
    QUESTIONS.forEach((question, number) => {
      const asked = rules.filter((rule) => (rule.project === null || rule.project === question.place) && (rule.resource === '*' || rule.resource === question.resource) && (rule.verbs.includes('*') || rule.verbs.includes(question.verb)));
      if (asked.some((rule) => rule.effect === 'allow' && gives(rule, question)) && !asked.some((rule) => rule.effect === 'deny' && takes(rule, question))) powers.add(number);
    });
    return powers;
  }

  /** What this very credential lets its holder do: scopes, project and login narrow what the roles say. */
  tokenPowersOf(principal: Principal, at: number): ReadonlySet<number> {
    const hasAll = this.liveOf(principal.id, at).some(({ role_id }) => [...this.lineage(role_id)].some((id) => this.#roles.get(id)!.rules.some(({ effect, resource }) => effect === 'allow' && resource === '*')));
    return new Set([...this.powersOf(principal.id, at)].filter((number) => isWithin(principal, QUESTIONS[number]!, hasAll)));
  }
}

const namesOf = ({ where }: Rule): readonly unknown[] => (where!['name'] as { readonly $in: readonly unknown[] }).$in;

/** What is not known is not given, nor is the whole where only fields are. */
function gives(rule: Rule, { name, field }: Question): boolean {
  return (rule.where === undefined || (name !== undefined && namesOf(rule).includes(name))) && (rule.fields === undefined || (field !== undefined && rule.fields.includes(field)));
}

/** What is not known is taken, and the whole where some field is. */
function takes(rule: Rule, { name, field }: Question): boolean {
  return (rule.where === undefined || name === undefined || namesOf(rule).includes(name)) && (rule.fields === undefined || field === undefined || rule.fields.includes(field));
}

function isWithin(principal: Principal, { resource, verb, place }: Question, hasAll: boolean): boolean {
  if (principal.projectId !== null && principal.projectId !== place) return false;
  const scope = PERMISSION_SCOPES[`${resource}:${verb}`];
  // What no module declares yet may come to need any scope.
  if (scope === undefined ? principal.scopes.size < 8 : !principal.scopes.has(scope)) return false;
  // Of `*` no more than a login is asked until it is used.
  return `${resource}:${verb}` !== ASSURED || hasAll || principal.assurance !== 'aal1';
}
