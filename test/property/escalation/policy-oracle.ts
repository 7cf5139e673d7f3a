import { BUILTIN_ROLES } from '#modules/rbac/index.js';
import { PERMISSION_SCOPES } from './questions.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { ASSURED, type Question, QUESTIONS } from './questions.js';

/**
 * Who may do what, said a second time: the tables as they are, every binding followed to every rule, a rule read as it
 * is written. Nothing of the engine is used but what its builtin roles say.
 */
interface StoredRule {
  readonly effect: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly where?: Readonly<Record<string, { readonly in: readonly string[] }>>;
}

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
  readonly rules: readonly StoredRule[];
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
    const [row] = await database.query<{ roles: (Omit<StoredRole, 'rules'> & { rules: readonly StoredRule[] | null })[] | null; bindings: StoredBinding[] | null }>(`
      SELECT (SELECT json_agg(json_build_object('id', id, 'name', name, 'version', version, 'rules', rules, 'parents',
                (SELECT coalesce(json_agg(parent_id), '[]') FROM rbac.role_parent WHERE role_id = role.id)) ORDER BY builtin DESC, id) FROM rbac.role) AS roles,
             (SELECT json_agg(json_build_object('id', id, 'subject_id', subject_id, 'role_id', role_id, 'project_id', project_id,
                'expires', extract(epoch FROM expires_at) * 1000) ORDER BY id) FROM rbac.role_binding) AS bindings`);
    const builtin = BUILTIN_ROLES as Readonly<Record<string, { readonly rules: readonly StoredRule[] }>>;
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
    QUESTIONS.forEach(({ resource, verb, place, name }, number) => {
      const asked = rules.filter((rule) => (rule.project === null || rule.project === place) && (rule.resource === '*' || rule.resource === resource) && (rule.verbs.includes('*') || rule.verbs.includes(verb)));
      const isAllowed = asked.some(({ effect, where }) => effect === 'allow' && (where === undefined || (name !== undefined && where['name']!.in.includes(name))));
      const isDenied = asked.some(({ effect, where }) => effect === 'deny' && (where === undefined || name === undefined || where['name']!.in.includes(name)));
      if (isAllowed && !isDenied) powers.add(number);
    });
    return powers;
  }

  /** What this very credential lets its holder do: scopes, project and login narrow what the roles say. */
  tokenPowersOf(principal: Principal, at: number): ReadonlySet<number> {
    const hasAll = this.liveOf(principal.id, at).some(({ role_id }) => [...this.lineage(role_id)].some((id) => this.#roles.get(id)!.rules.some(({ effect, resource }) => effect === 'allow' && resource === '*')));
    return new Set([...this.powersOf(principal.id, at)].filter((number) => isWithin(principal, QUESTIONS[number]!, hasAll)));
  }
}

function isWithin(principal: Principal, { resource, verb, place }: Question, hasAll: boolean): boolean {
  if (principal.projectId !== null && principal.projectId !== place) return false;
  const scope = PERMISSION_SCOPES[`${resource}:${verb}`];
  // What no module declares yet may come to need any scope.
  if (scope === undefined ? principal.scopes.size < 8 : !principal.scopes.has(scope)) return false;
  // Of `*` no more than a login is asked until it is used.
  return `${resource}:${verb}` !== ASSURED || hasAll || principal.assurance !== 'aal1';
}
