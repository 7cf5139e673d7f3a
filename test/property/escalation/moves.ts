import fc from 'fast-check';
import type { Principal } from '#pure/principal/principal.js';
import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import type { TestPolicy } from '../../harness/policy.js';
import type { TestDatabase } from '../../harness/postgres.js';
import type { PolicyPicture, StoredRole } from './policy-oracle.js';
import { credential, HOUR_MILLIS, named, PLACES, rules } from './policy-world.js';

/** One request, as numbers: what they mean depends on what is there when it comes. */
export const move = fc.record({
  by: credential,
  kind: fc.constantFrom<Kind>('create', 'replace', 'replace', 'replace', 'replace', 'delete', 'bind', 'bind', 'bind', 'bind', 'unbind', 'unbind', 'unbind', 'unbind', 'impersonate'),
  which: fc.nat({ max: 10_000 }),
  subject: fc.constantFrom(0, 1, 2, 2, 2, 3, 3, 3),
  place: fc.nat({ max: 2 }),
  hours: fc.constantFrom(null, 1, 2),
  rules,
  parent: fc.option(fc.nat({ max: 10_000 }), { freq: 2 }),
});
export type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;
type Kind = 'create' | 'replace' | 'delete' | 'bind' | 'unbind' | 'impersonate';

/** What the move turned out to be. */
export interface Deed {
  readonly say: string;
  readonly needs: { readonly permission: string; readonly place: string | null } | null;
  /** Whose credential is given to who does it. */
  readonly becomes?: string;
  /** Who gets a role; the role that is changed. */
  readonly subject?: string;
  readonly role?: string;
  do(): Promise<unknown>;
}

const pick = <T>(from: readonly T[], number: number): T => from[number % from.length]!;

export function deedOf(move: Move, database: TestDatabase, picture: PolicyPicture, policy: TestPolicy, principal: Principal, subjects: readonly string[]): Deed | null {
  return DEEDS[move.kind](move, { database, picture, policy, principal, subjects, custom: picture.roles.filter(({ id }) => id.startsWith('0')) });
}

interface Stage {
  readonly picture: PolicyPicture;
  readonly policy: TestPolicy;
  readonly principal: Principal;
  readonly subjects: readonly string[];
  readonly custom: readonly StoredRole[];
  readonly database: TestDatabase;
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

const DEEDS: Readonly<Record<Kind, (move: Move, stage: Stage) => Deed | null>> = {
  create: ({ which, rules: own, parent }, { policy, principal, custom }) => {
    const parents = parent === null ? [] : [pick(custom, parent).id];
    return {
      say: `create ${JSON.stringify(own)} of ${parents.join()}`,
      needs: { permission: 'roles:create', place: null },
      do: () => policy.roles.create(principal, null, { name: `made-${which}-${custom.length}`, description: '', rules: own, parents }),
    };
  },
  replace: ({ which, rules: own, parent, hours }, { policy, principal, custom }) => {
    const role = pick(custom, which);
    const former: readonly Rule[] = role.rules;
    const [rules, parents] = [
      [former, parent === null ? [] : [pick(custom, parent).id]],
      [own, role.parents],
      [tweaked(former, parent ?? 0, hours), role.parents],
    ][which % 3] as [readonly Rule[], readonly string[]];
    return {
      say: `make ${role.name} ${JSON.stringify(former)} of ${role.parents.join()} into ${JSON.stringify(rules)} of ${parents.join()}`,
      needs: { permission: 'roles:update', place: null },
      role: role.id,
      do: () => policy.roles.replace(principal, role.id, null, { name: role.name, description: '', rules, parents }),
    };
  },
  delete: ({ which, place }, { picture, policy, principal, custom }) => {
    const unused = custom.filter(({ id }) => !picture.bindings.some(({ role_id }) => role_id === id) && !custom.some(({ parents }) => parents.includes(id)));
    const role = pick(place > 0 && unused.length > 0 ? unused : custom, which);
    return { say: `delete ${role.name}`, needs: { permission: 'roles:delete', place: null }, do: () => policy.roles.delete(principal, role.id, null) };
  },
  bind: ({ which, subject, place, hours }, { policy, principal, subjects, custom }) => {
    const [role, projectId] = [pick(custom, which), PLACES[place]!];
    const expiresAt = hours === null ? null : new Date(policy.clock.millis + hours * HOUR_MILLIS);
    return {
      say: `bind ${role.name} ${JSON.stringify(role.rules)} to ${subject} in ${projectId} for ${hours} h`,
      needs: { permission: 'role-bindings:create', place: projectId },
      subject: subjects[subject]!,
      do: () => policy.bindings.bind(principal, null, { subjectId: subjects[subject]!, roleId: role.id, projectId, expiresAt }),
    };
  },
  // Whoever gets a credential of somebody has all that they have.
  impersonate: ({ subject }, { policy, principal, subjects, database }) => ({
    say: `become ${subject}`,
    needs: null,
    becomes: subjects[subject]!,
    do: () => database.app.run(principal, (tx) => policy.bindings.requireAuthorityOver(tx, principal, subjects[subject]!)),
  }),
  unbind: ({ which }, { picture, policy, principal }) => {
    if (picture.bindings.length === 0) return null;
    const binding = pick(picture.bindings, which);
    return {
      say: `unbind ${binding.role_id} from ${binding.subject_id} in ${binding.project_id}`,
      needs: { permission: 'role-bindings:delete', place: binding.project_id },
      do: () => policy.bindings.unbind(principal, binding.id),
    };
  },
};
