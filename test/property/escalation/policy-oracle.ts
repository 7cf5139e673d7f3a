import { BUILTIN_ROLES } from '#modules/rbac/index.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { ASSURED, PERMISSION_SCOPES, type Question, QUESTIONS } from './questions.js';

/** Of the world's subjects one is a program, for which at first this other answers. */
export const PROGRAM = 4;
export const OWNER_OF_PROGRAM = 0;
export type Subjects = readonly string[];
/** Stands outside of what happens, and approves of whatever they are asked about. */
export const APPROVER = { id: '01900000-0000-7000-8000-0000000000aa', role: 'approver' } as const;

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
    readonly subjects: Subjects,
    readonly roles: readonly StoredRole[],
    readonly bindings: readonly StoredBinding[],
    readonly archived: readonly string[],
    /** Who answers for the program. */
    readonly guarantor: string,
  ) {
    this.#roles = new Map(roles.map((role) => [role.id, role]));
  }

  /** In an order that no id decides, since ids are drawn anew each time: so a seed means the same moves whenever it is run. */
  static async of(database: TestDatabase, subjects: Subjects): Promise<PolicyPicture> {
    const [row] = await database.query<{ roles: (Omit<StoredRole, 'rules'> & { rules: readonly Rule[] | null })[] | null; bindings: StoredBinding[] | null; archived: string[] | null; guarantor: string }>(`
      SELECT (SELECT json_agg(json_build_object('id', id, 'name', name, 'version', version, 'rules', rules, 'parents',
                (SELECT coalesce(json_agg(parent_id), '[]') FROM rbac.role_parent WHERE role_id = role.id)) ORDER BY builtin DESC, name) FROM rbac.role) AS roles,
             (SELECT json_agg(json_build_object('id', binding.id, 'subject_id', subject_id, 'role_id', role_id, 'project_id', project_id,
                'expires', extract(epoch FROM expires_at) * 1000) ORDER BY array_position($1::uuid[], subject_id), role.name, project_id NULLS FIRST)
                FROM rbac.role_binding AS binding JOIN rbac.role ON role.id = role_id WHERE subject_id <> $2) AS bindings,
             (SELECT json_agg(id) FROM rbac.project WHERE archived_at IS NOT NULL) AS archived,
             (SELECT owner_id FROM auth.service_account WHERE principal_id = $3) AS guarantor`, [subjects, APPROVER.id, subjects[PROGRAM]]);
    const builtin = BUILTIN_ROLES as Readonly<Record<string, { readonly rules: readonly Rule[] }>>;
    return new PolicyPicture(subjects, (row!.roles ?? []).map((role) => ({ ...role, rules: role.rules ?? builtin[role.id]!.rules })), row!.bindings ?? [], row!.archived ?? [], row!.guarantor);
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

  /** The ids of who acts: of a program also that of the person who answers for it. */
  selvesOf(subject: string): readonly string[] {
    return [subject, ...this.#ownerOf(subject)];
  }

  holds(subject: string, roleId: string, now: number): boolean {
    return this.selvesOf(subject).some((self) => this.liveOf(self, now).some((binding) => this.lineage(binding.role_id).has(roleId)));
  }

  #ownerOf(subject: string): readonly string[] {
    return subject === this.subjects[PROGRAM] ? [this.guarantor] : [];
  }

  /** Numbers of the questions that the answer is yes to, at this instant: of a program, by both it and its owner. */
  powersOf(subject: string, at: number): ReadonlySet<number> {
    const [own, ...owners] = this.selvesOf(subject).map((self) => this.#rolePowersOf(self, at, `own:${this.subjects.indexOf(subject)}`));
    return owners.reduce((powers, theirs) => new Set([...powers].filter((number) => theirs.has(number))), own!);
  }

  #rolePowersOf(subject: string, at: number, ownName: string): ReadonlySet<number> {
    return powersOf(this.liveOf(subject, at).flatMap(({ role_id, project_id }) => this.rulesOf(role_id).map((rule) => ({ ...rule, project: project_id }))), ownName);
  }

  /** What a role says and what it inherits. */
  rulesOf(roleId: string): readonly Rule[] {
    return [...this.lineage(roleId)].flatMap((id) => this.#roles.get(id)!.rules);
  }

  /** What this very credential lets its holder do: scopes, project and login narrow what the roles say. */
  tokenPowersOf(principal: Principal, at: number): ReadonlySet<number> {
    const hasAll = this.liveOf(principal.id, at).some(({ role_id }) => this.rulesOf(role_id).some(({ effect, resource }) => effect === 'allow' && resource === '*'));
    return new Set([...this.powersOf(principal.id, at)].filter((number) => isWithin(principal, QUESTIONS[number]!, hasAll)));
  }
}

interface PlacedRule extends Rule {
  /** Null: everywhere. */
  readonly project: string | null;
}

/** `ownName` is what a rule about the subject's own means. */
export function powersOf(placed: readonly PlacedRule[], ownName: string): ReadonlySet<number> {
  const powers = new Set<number>();
  QUESTIONS.forEach((question, number) => {
    const asked = placed.filter((rule) => (rule.project === null || rule.project === question.place) && (rule.resource === '*' || rule.resource === question.resource) && (rule.verbs.includes('*') || rule.verbs.includes(question.verb)));
    if (asked.some((rule) => rule.effect === 'allow' && gives(rule, question, ownName)) && !asked.some((rule) => rule.effect === 'deny' && takes(rule, question, ownName))) powers.add(number);
  });
  return powers;
}

/** Rules of the property are about a list of names, or about the subject's own. */
function namesOf({ where }: Rule, ownName: string): readonly unknown[] {
  const about = where!['name'] as { readonly $in?: readonly unknown[] };
  return about.$in ?? [ownName];
}

/** What is not known is not given, nor is the whole where only fields are. */
function gives(rule: Rule, { name, field }: Question, ownName: string): boolean {
  return (rule.where === undefined || (name !== undefined && namesOf(rule, ownName).includes(name))) && (rule.fields === undefined || (field !== undefined && rule.fields.includes(field)));
}

/** What is not known is taken, and the whole where some field is. */
function takes(rule: Rule, { name, field }: Question, ownName: string): boolean {
  return (rule.where === undefined || name === undefined || namesOf(rule, ownName).includes(name)) && (rule.fields === undefined || field === undefined || rule.fields.includes(field));
}

function isWithin(principal: Principal, { resource, verb, place }: Question, hasAll: boolean): boolean {
  if (principal.projectId !== null && principal.projectId !== place) return false;
  const scope = PERMISSION_SCOPES[`${resource}:${verb}`];
  // What no module declares yet may come to need any scope.
  if (scope === undefined ? principal.scopes.size < 8 : !principal.scopes.has(scope)) return false;
  // Of `*` no more than a login is asked until it is used.
  return !ASSURED.has(`${resource}:${verb}`) || hasAll || principal.assurance !== 'aal1';
}
