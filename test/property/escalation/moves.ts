import fc from 'fast-check';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import type { TestPolicy } from '../../harness/policy.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { type PolicyPicture, powersOf, type StoredRole } from './policy-oracle.js';
import { questionAbout } from './questions.js';
import { credential, HOUR_MILLIS, named, PLACES, rules } from './policy-world.js';

/** More often what is refused more often. */
export const POLICY_KINDS = ['create', 'replace', 'replace', 'replace', 'replace', 'delete', 'bind', 'bind', 'bind', 'bind', 'unbind', 'unbind', 'unbind', 'unbind', 'members', 'members', 'leave', 'impersonate'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** One request, as numbers: what they mean depends on what is there when it comes. */
export const moveOf = <Kind extends string>(kinds: readonly Kind[]) =>
  fc.record({
    by: credential,
    kind: fc.constantFrom<Kind>(...kinds),
    which: fc.nat({ max: 10_000 }),
    /** Whether whoever asks looks first for what they may ask for: else most that is asked would be refused, and change nothing. */
    prudent: fc.boolean(),
    subject: fc.constantFrom(0, 1, 2, 2, 2, 3, 3, 3, 4),
    /** Whether somebody approves of it, where that is asked for. */
    consent: fc.boolean(),
    place: fc.nat({ max: 2 }),
    hours: fc.constantFrom(null, 1, 2),
    rules,
    parent: fc.option(fc.nat({ max: 10_000 }), { freq: 2 }),
  });
export type Move<Kind extends string = string> = ReturnType<typeof moveOf<Kind>> extends fc.Arbitrary<infer T> ? T : never;

/** What the move turned out to be. */
export interface Deed {
  readonly say: string;
  readonly needs: { readonly permission: string; readonly place: string | null } | null;
  /** With which permission somebody goes beyond what they have, and where. */
  readonly beyond?: { readonly permission: 'roles:escalate' | 'roles:bind'; readonly place: string | null };
  /** Whose doing it is, where that is not who is here. */
  readonly by?: Principal;
  /** Whose credential is given to who does it. */
  readonly becomes?: string;
  /** After it was done: as whom, and how narrowed, who did it may come from now on. */
  yields?(): Principal;
  /** After it was done: what is wrong with it beside what anybody may. */
  wrong?(): string | null;
  /** The role that is changed. */
  readonly role?: string;
  do(request: ApprovableRequest | null): Promise<unknown>;
}

const PROJECTS = PLACES.filter((place) => place !== null);
export const pick = <T>(from: readonly T[], number: number): T => from[number % from.length]!;

/** By what its holder may do now; nothing is said about whether the engine lets them. */
export class Stage {
  readonly custom: readonly StoredRole[];
  readonly #own: ReadonlySet<number>;

  constructor(
    readonly picture: PolicyPicture,
    readonly policy: TestPolicy,
    readonly principal: Principal,
    readonly database: TestDatabase,
  ) {
    this.custom = picture.roles.filter(({ id }) => id.startsWith('0'));
    this.#own = picture.tokenPowersOf(principal, policy.clock.millis);
  }

  /** One of them; of a prudent move, of those that may be asked for, where there are any. */
  choose<T>({ prudent }: Move, from: readonly T[], number: number, mayAsk: (each: T) => boolean): T {
    const may = prudent ? from.filter(mayAsk) : [];
    return pick(may.length > 0 ? may : from, number);
  }

  /** Who looks first asks for nothing that they may not do at all. */
  asksFor({ prudent }: Move, { needs }: Deed): boolean {
    return !prudent || needs === null || this.#own.has(questionAbout(needs.permission, needs.place));
  }

  has(rules: readonly Rule[], project: string | null): boolean {
    return this.#covers(powersOf(rules.map((rule) => ({ ...rule, project })), 'own:0'));
  }

  hasAllOf(subject: string): boolean {
    return this.#covers(this.picture.powersOf(subject, this.policy.clock.millis));
  }

  #covers(powers: ReadonlySet<number>): boolean {
    return [...powers].every((number) => this.#own.has(number));
  }
}

/** One rule gone, or under another condition: what most changes of roles are. */
function tweaked(rules: readonly Rule[], which: number, hours: number | null): readonly Rule[] {
  const at = which % Math.max(rules.length, 1);
  return rules.flatMap((rule, index) => {
    if (index !== at) return [rule];
    if (hours === null || rule.resource === '*') return [];
    return [{ ...rule, where: named(hours === 1 ? ['a'] : ['a', 'b']) }];
  });
}

const denies = (rules: readonly Rule[]): boolean => rules.some(({ effect }) => effect === 'deny');

export const POLICY_DEEDS: Readonly<Record<PolicyKind, (move: Move, stage: Stage) => Deed | null>> = {
  create: ({ which, rules: wanted, parent, prudent }, stage) => {
    const { policy, principal, custom } = stage;
    const own = prudent ? wanted.filter((rule) => stage.has([rule], null)) : wanted;
    const parents = parent === null ? [] : [pick(custom, parent).id];
    return {
      say: `create ${JSON.stringify(own)} of ${parents.join()}`,
      needs: { permission: 'roles:create', place: null },
      beyond: { permission: 'roles:escalate', place: null },
      do: (request) => policy.roles.create(principal, null, { name: `made-${which}-${custom.length}`, description: '', rules: own, parents }, request),
    };
  },
  replace: (move, stage) => {
    const { which, rules: own, parent, hours } = move;
    const { picture, policy, principal, custom } = stage;
    const role = stage.choose(move, custom, which, ({ id }) => !picture.holds(principal.id, id, policy.clock.millis));
    const former: readonly Rule[] = role.rules;
    const [rules, parents] = [
      [former, parent === null ? [] : [pick(custom, parent).id]],
      [own, role.parents],
      [tweaked(former, parent ?? 0, hours), role.parents],
    ][which % 3] as [readonly Rule[], readonly string[]];
    return {
      say: `make ${role.name} ${JSON.stringify(former)} of ${role.parents.join()} into ${JSON.stringify(rules)} of ${parents.join()}`,
      needs: { permission: 'roles:update', place: null },
      beyond: { permission: 'roles:escalate', place: null },
      role: role.id,
      do: (request) => policy.roles.replace(principal, role.id, null, { name: role.name, description: '', rules, parents }, request),
    };
  },
  delete: ({ which, place }, { picture, policy, principal, custom }) => {
    const unused = custom.filter(({ id }) => !picture.bindings.some(({ role_id }) => role_id === id) && !custom.some(({ parents }) => parents.includes(id)));
    const role = pick(place > 0 && unused.length > 0 ? unused : custom, which);
    return { say: `delete ${role.name}`, needs: { permission: 'roles:delete', place: null }, do: () => policy.roles.delete(principal, role.id, null) };
  },
  bind: (move, stage) => {
    const { which, subject, place, hours } = move;
    const { picture, policy, principal, custom } = stage;
    const projectId = PLACES[place]!;
    const role = stage.choose(move, custom, which, ({ id }) => stage.has(picture.rulesOf(id), projectId));
    const expiresAt = hours === null ? null : new Date(policy.clock.millis + hours * HOUR_MILLIS);
    return {
      say: `bind ${role.name} ${JSON.stringify(role.rules)} to ${subject} in ${projectId} for ${hours} h`,
      needs: { permission: 'role-bindings:create', place: projectId },
      beyond: { permission: 'roles:bind', place: projectId },
      do: (request) => policy.bindings.bind(principal, null, { subjectId: picture.subjects[subject]!, roleId: role.id, projectId, expiresAt }, request),
    };
  },
  // Whoever gets a credential of somebody has all that they have.
  impersonate: (move, stage) => {
    const { picture, policy, principal, database } = stage;
    const subject = stage.choose(move, picture.subjects, move.subject, (each) => stage.hasAllOf(each));
    return {
      say: `become ${picture.subjects.indexOf(subject)}`,
      needs: null,
      becomes: subject,
      do: () => database.app.run(principal, (tx) => policy.bindings.requireAuthorityOver(tx, principal, subject)),
    };
  },
  unbind: (move, stage) => {
    const { picture, policy, principal } = stage;
    if (picture.bindings.length === 0) return null;
    const binding = stage.choose(move, picture.bindings, move.which, ({ role_id }) => !denies(picture.rulesOf(role_id)));
    return {
      say: `unbind ${binding.role_id} from ${binding.subject_id} in ${binding.project_id}`,
      needs: { permission: 'role-bindings:delete', place: binding.project_id },
      beyond: { permission: 'roles:bind', place: binding.project_id },
      do: (request) => policy.bindings.unbind(principal, binding.id, request),
    };
  },
  members: (move, stage) => {
    const { which, subject, place, hours, parent } = move;
    const { picture, policy, principal, custom } = stage;
    const projectId = PROJECTS[place % PROJECTS.length]!;
    const expiresAt = hours === null ? null : new Date(policy.clock.millis + hours * HOUR_MILLIS);
    const may = ({ id }: StoredRole): boolean => stage.has(picture.rulesOf(id), projectId);
    const roles = [...new Set([stage.choose(move, custom, which, may), ...(parent === null ? [] : [stage.choose(move, custom, parent, may)])])];
    return {
      say: `have ${subject} be ${roles.map(({ name, rules }) => `${name} ${JSON.stringify(rules)}`).join()} in ${projectId} for ${hours} h`,
      needs: { permission: 'role-bindings:create', place: projectId },
      beyond: { permission: 'roles:bind', place: projectId },
      do: (request) => policy.members.put(principal, projectId, picture.subjects[subject]!, roles.map(({ id }) => ({ role: id, expiresAt })), request),
    };
  },
  leave: (move, stage) => {
    const { picture, policy, principal } = stage;
    const projectId = PROJECTS[move.place % PROJECTS.length]!;
    const isMember = (subject: string): boolean => picture.bindings.some((each) => each.subject_id === subject && each.project_id === projectId);
    const subject = stage.choose(move, picture.subjects, move.subject, isMember);
    return {
      say: `have ${picture.subjects.indexOf(subject)} be nothing in ${projectId}`,
      needs: { permission: 'role-bindings:delete', place: projectId },
      beyond: { permission: 'roles:bind', place: projectId },
      do: (request) => policy.members.remove(principal, projectId, subject, request),
    };
  },
};
