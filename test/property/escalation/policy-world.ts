import fc from 'fast-check';
import type { Condition } from '#pure/policy/condition.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import { SCOPES, type Scope } from '#pure/principal/principal.js';
import { arriving, newProgram, newSubject } from '../../harness/policy.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { APPROVER, OWNER_OF_PROGRAM, PROGRAM } from './policy-oracle.js';
import { BLUE, RED } from './questions.js';

export const HOUR_MILLIS = 3_600_000;
export const PLACES = [null, RED, BLUE] as const;
/** The last is a program of the first. */
export const SUBJECTS = 5;
/** These act; all are acted upon. */
export const ACTORS = [0, 1, PROGRAM] as const;
/** Who sometimes may go beyond what they have. */
const ESCALATOR = 1;

const VERBS: Readonly<Record<string, readonly string[]>> = {
  simulation: ['run', 'read', '*'],
  registry: ['pull', 'push', '*'],
  vault: ['open'],
};

/** Objects of these names only, or of one's own; fields of a simulation. */
const names = fc.constantFrom<readonly string[] | null>(null, null, ['a'], ['a'], ['b'], ['b'], ['a', 'b'], []);
const fields = fc.constantFrom(null, null, null, ['status']);
const about = fc.constantFrom('simulation', 'simulation', 'registry', 'vault');
const narrow: fc.Arbitrary<Rule> = fc.record({ effect: fc.constantFrom<Rule['effect']>('allow', 'allow', 'deny'), about, verb: fc.nat(), names, fields }).map(({ effect, about: resource, verb, names: of, fields: some }) => {
  const verbs = VERBS[resource]!;
  return { effect, resource, verbs: [verbs[verb % verbs.length]!], ...(of === null ? {} : { where: named(of) }), ...(some === null || resource !== 'simulation' ? {} : { fields: some }) };
});
export const named = (of: readonly string[]): Condition => ({ name: of.length === 0 ? { $eq: '${subject.id}' } : { $in: of } });
const rule = fc.oneof({ weight: 12, arbitrary: narrow }, { weight: 1, arbitrary: fc.constant<Rule>({ effect: 'allow', resource: '*', verbs: ['read'] }) });
export const rules = fc.array(rule, { maxLength: 2 });

const expiry = fc.constantFrom(null, null, 1, 2);
const place = fc.nat({ max: PLACES.length - 1 });

/** What is there before anybody acts: past all checks, as an installation that has grown for years. */
export const beginning = fc.record({
  /** Parents of role n are among the roles before it. */
  roles: fc.array(fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 2 }), parent: fc.option(fc.nat(), { freq: 2 }) }), { minLength: 4, maxLength: 6 }),
  bindings: fc.array(fc.record({ subject: fc.constantFrom(0, 1, 2, 2, 2, 3, 3, 3), role: fc.nat(), place, expiry }), { minLength: 3, maxLength: 10 }),
  /** What each has beside; mostly something to give. */
  wealth: fc.tuple(...Array.from({ length: SUBJECTS }, () => fc.record({ of: fc.constantFrom<keyof typeof WEALTH>('everything', 'everything', 'everything', 'everything', 'everything', 'simulations', 'some', 'own', 'nothing'), expiry: fc.constantFrom(null, null, null, null, null, 2) }))),
  /** Where the actors may change policy. */
  admin: fc.tuple(...ACTORS.map(() => fc.constantFrom(0, 0, 0, 1))),
  escalates: fc.constantFrom(false, false, true),
  archived: fc.constantFrom(null, null, null, RED),
});
export type Beginning = typeof beginning extends fc.Arbitrary<infer T> ? T : never;

const all = (...resources: string[]): readonly Rule[] => resources.map((on) => ({ effect: 'allow', resource: on, verbs: ['*'] }));
const WEALTH = {
  everything: all('simulation', 'registry', 'vault'),
  simulations: all('simulation'),
  some: all('simulation', 'registry').map((each) => ({ ...each, where: named(['a']) })),
  own: all('simulation', 'registry').map((each) => ({ ...each, where: named([]) })),
  nothing: [],
} satisfies Readonly<Record<string, readonly Rule[]>>;

const id = (number: number): string => `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const BEYOND: readonly Rule[] = [{ effect: 'allow', resource: 'roles', verbs: ['escalate', 'bind'] }];
const APPROVING: readonly Rule[] = [...BEYOND, { effect: 'allow', resource: 'approvals', verbs: ['decide'] }];
const BINDING: readonly Rule[] = [{ effect: 'allow', resource: 'role-bindings', verbs: ['create', 'read', 'delete'] }];
const ADMIN: readonly Rule[] = [...BINDING, { effect: 'allow', resource: 'roles', verbs: ['read', 'create', 'update', 'delete'] }];

export async function subjectsOf(database: TestDatabase): Promise<readonly string[]> {
  for (const project of [RED, BLUE]) await database.query('INSERT INTO rbac.project (id, slug, name) VALUES ($1, $2, $2)', [project, project === RED ? 'red' : 'blue']);
  const subjects: string[] = [];
  await database.query(`INSERT INTO auth.principal (id, kind, status, created_at) VALUES ($1, 'user', 'active', now())`, [APPROVER.id]);
  for (let number = 0; number < SUBJECTS; number += 1) subjects.push(number === PROGRAM ? await newProgram(database, subjects[OWNER_OF_PROGRAM]!) : await newSubject(database));
  return subjects;
}

/** One statement: there are hundreds of worlds in a run. */
export async function begin(database: TestDatabase, subjects: readonly string[], { roles, bindings, wealth, admin, escalates, archived }: Beginning, now: number, { offices, programMakesRoles }: { readonly offices: readonly Rule[]; readonly programMakesRoles: boolean }): Promise<void> {
  const rows = [
    ...roles.map(({ rules: own, parent }, index) => ({ id: id(index + 1), rules: own, parents: parent === null || index === 0 ? [] : [id((parent % index) + 1)] })),
    ...admin.map((_, index) => ({ id: id(0x100 + index), rules: [...(ACTORS[index] !== PROGRAM || programMakesRoles ? ADMIN : BINDING), ...offices], parents: [] as string[] })),
    { id: id(0x300), rules: BEYOND, parents: [] as string[] },
    { id: APPROVER.role, rules: APPROVING, parents: [] as string[] },
    ...wealth.map(({ of }, index) => ({ id: id(0x200 + index), rules: WEALTH[of], parents: [] as string[] })),
  ];
  const held = new Map<string, readonly unknown[]>([[APPROVER.role, [APPROVER.id, APPROVER.role, null, null]]]);
  const give = (subject: number, role: string, project: string | null, expires: number | null): void => void held.set(`${subject} ${role} ${project}`, [subjects[subject], role, project, expires === null ? null : new Date(now + expires * HOUR_MILLIS).toISOString()]);
  for (const { subject, role, place: at, expiry: hours } of bindings) give(subject, id((role % roles.length) + 1), PLACES[at]!, hours);
  admin.forEach((at, index) => give(ACTORS[index]!, id(0x100 + index), PLACES[at]!, null));
  if (escalates) give(ESCALATOR, id(0x300), null, null);
  wealth.forEach(({ expiry: hours }, index) => give(index, id(0x200 + index), null, hours));
  await database.query(`
    WITH counted AS (UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy'),
    wanted AS (SELECT * FROM json_to_recordset($1) AS r(id text, rules jsonb, parents jsonb)),
    shut AS (UPDATE rbac.project SET archived_at = now() WHERE id = $3),
    made AS (INSERT INTO rbac.role (id, name, builtin, rules) SELECT id, 'role-' || right(id, 4), false, rules FROM wanted RETURNING id),
    given AS (INSERT INTO rbac.role_binding SELECT gen_random_uuid(), (b->>0)::uuid, b->>1, (b->>2)::uuid, (b->>3)::timestamptz, now(), 'spec' FROM json_array_elements($2) AS b)
    INSERT INTO rbac.role_parent SELECT id, jsonb_array_elements_text(parents) FROM wanted`, [JSON.stringify(rows), JSON.stringify([...held.values()]), archived]);
}

export async function clear(database: TestDatabase): Promise<void> {
  await database.query(`DELETE FROM rbac.role_binding; DELETE FROM rbac.role_parent; DELETE FROM rbac.role WHERE NOT builtin; DELETE FROM rbac.role_version; DELETE FROM rbac.approval; UPDATE rbac.project SET archived_at = NULL WHERE archived_at IS NOT NULL`);
}

/** How somebody arrives: mostly with a credential for everything, sometimes with less. */
export const credential = fc.record({
  actor: fc.constantFrom<number>(...ACTORS, 0, 1),
  without: fc.constantFrom<Scope | null>(null, null, null, null, null, 'run:simulation', 'manage:registry'),
  project: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
  assurance: fc.constantFrom<Principal['assurance']>('aal1', 'aal1', 'aal2', 'aal2'),
  fresh: fc.boolean(),
});
export type Credential = typeof credential extends fc.Arbitrary<infer T> ? T : never;

export async function arrive(database: TestDatabase, subjects: readonly string[], { actor, without, project, assurance, fresh }: Credential, now: number): Promise<Principal> {
  const authenticatedAtSeconds = now / 1000 - (fresh ? 10 : 3600);
  return arriving(database, subjects[actor]!, { kind: actor === PROGRAM ? 'service' : 'user', scopes: new Set(SCOPES.filter((scope) => scope !== without)), projectId: PLACES[project]!, assurance, authenticatedAtSeconds });
}
