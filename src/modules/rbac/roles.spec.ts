import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newProject, newSubject, type Someone, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { RULES_MAX } from './domain/role.js';
import type { RoleDraft } from './domain/role-draft.js';
import type { Rule } from './domain/rule.js';
import type { PrincipalStanding } from './principal-standing.js';

const clock = new HandClock();
const FRESH: Someone = { assurance: 'aal2', authenticatedAtSeconds: clock.millis / 1000 };
const ALLOW_RUN: Rule = { effect: 'allow', resource: 'simulation', verbs: ['run'] };
const ALLOW_READ: Rule = { effect: 'allow', resource: 'simulation', verbs: ['read'] };
const DENY_RUN: Rule = { effect: 'deny', resource: 'simulation', verbs: ['run'] };
const AUTHOR: readonly Rule[] = [{ effect: 'allow', resource: 'roles', verbs: ['read', 'create', 'update', 'delete'] }, { effect: 'allow', resource: 'separations', verbs: ['*'] }, { effect: 'allow', resource: 'role-bindings', verbs: ['*'] }, ALLOW_READ];

let database: TestDatabase;
let red: string;
let count = 0;

const draft = (over: Partial<RoleDraft> = {}): RoleDraft => ({ name: `role-${(count += 1)}`, description: '', rules: [ALLOW_READ], parents: [], ...over });
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : error instanceof ApprovalNeeded ? 'approval-needed' : String(error)));
const pointersOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (error: Fault) => error.context.pointers?.map(({ pointer, code }) => `${pointer} ${code}`));
const engine = () => testPolicy(database, clock);
const create = (by: Principal, over: Partial<RoleDraft> = {}) => engine().roles.create(by, null, draft(over));
const replace = (by: Principal, id: string, over: Partial<RoleDraft> = {}) => engine().roles.replace(by, id, null, draft(over));

async function holding(...roles: readonly (readonly [role: string, projectId?: string | null, expiresAt?: Date | null])[]): Promise<string> {
  const id = await newSubject(database);
  for (const [role, projectId = null, expiresAt = null] of roles) await give(database, id, role, projectId, expiresAt);
  return id;
}
const author = async (someone?: Someone, ...more: readonly (readonly [string, (string | null)?, (Date | null)?])[]): Promise<Principal> => arriving(database, await holding(['author'], ...more), someone);
const inAnHour = (): Date => new Date(clock.millis + 3_600_000);

before(async () => {
  database = await openTestDatabase();
  red = await newProject(database);
  await customRole(database, 'author', AUTHOR);
  await customRole(database, 'escalator', [...AUTHOR, { effect: 'allow', resource: 'roles', verbs: ['escalate', 'bind'] }]);
  await customRole(database, 'no-running', [DENY_RUN]);
});
after(() => database.close());

describe('making a role', () => {
  it('keeps what it says, under an id and a name, as version 1', async () => {
    const by = await author();
    const role = await create(by, { name: 'reader', description: 'Reads.', parents: ['author'] });
    const { history } = engine();
    for (const reference of [role.id, 'reader']) assert.deepEqual(await history.get(by, reference), role);
    assert.deepEqual([role.version, role.builtin, role.rules, role.parents], [1, false, [ALLOW_READ], ['author']]);
    const [version] = (await history.versions(by, 'reader', { limit: 10, after: null })).items;
    assert.deepEqual([version!.version, version!.createdBy, version!.rules], [1, by.id, [ALLOW_READ]]);
  });

  it('makes one for one Idempotency-Key', async () => {
    const by = await author();
    const [request, wanted] = [{ key: 'k', route: 'POST /v1/roles', bodyDigest: Buffer.alloc(32) }, draft()];
    const { roles } = engine();
    const answers = await Promise.all([roles.create(by, request, wanted), roles.create(by, request, wanted)]);
    assert.equal(answers[0].id, answers[1].id);
  });

  const rows: readonly [string, () => Promise<Principal>, Partial<RoleDraft>, string][] = [
    ['of what the author has', () => author(), {}, 'done'],
    ['of what they do not have', () => author(), { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['of what they have in one project: it may be bound anywhere', () => author({}, ['researcher', red]), { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['of what they have for an hour: it is for ever', () => author({}, ['researcher', null, inAnHour()]), { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['of what they are denied in one project', () => author({}, ['researcher'], ['no-running', red]), { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['of what their token was not given the scope for', () => author({ scopes: new Set(['manage:policy']) }), {}, 'insufficient-scope'],
    ['with a token of one project', () => author({ projectId: red }), {}, 'forbidden'],
    ['of everything, by who does not have everything', () => author(), { rules: [{ effect: 'allow', resource: '*', verbs: ['read'] }] }, 'grant-exceeds-own'],
    ['of everything, by who has it', async () => arriving(database, await holding(['owner'])), { rules: [{ effect: 'allow', resource: '*', verbs: ['*'] }] }, 'done'],
    ['that inherits what they do not have', () => author(), { parents: ['researcher'] }, 'grant-exceeds-own'],
    ['that denies what they do not have', () => author(), { rules: [DENY_RUN] }, 'done'],
    ['by who may only see roles', async () => arriving(database, await holding(['viewer'])), {}, 'forbidden'],
    ['by who may make roles in one project', async () => arriving(database, await holding(['author', red])), {}, 'forbidden'],
    ['named as a builtin one', () => author(), { name: 'researcher' }, 'role-name-taken'],
  ];
  for (const [what, by, over, answer] of rows) it(`${what}: ${answer}`, async () => assert.equal(await codeOf(create(await by(), over)), answer));

  it('points at everything that means nothing, at once', async () => {
    const rules: Rule[] = [
      { effect: 'allow', resource: 'constructor', verbs: ['run'] },
      { effect: 'deny', resource: 'simulation', verbs: ['run', 'fly', 'run'] },
      { effect: 'allow', resource: '*', verbs: ['fly', 'read'] },
      { effect: 'permit' as 'allow', resource: 'simulation', verbs: ['run'] },
      { effect: 'allow', resource: 'simulation', verbs: [] },
      { effect: 'allow', resource: 'simulation', verbs: ['run'], where: {} },
    ];
    assert.deepEqual(await pointersOf(create(await author(), { name: 'No', rules, parents: ['viewer', 'emperor', 'viewer', 'owner'] })), [
      '/name wrong-format',
      '/rules/0/resource unknown',
      '/rules/1/verbs/1 unknown',
      '/rules/1/verbs/2 duplicate',
      '/rules/2/verbs/0 unknown',
      '/rules/3 wrong-type',
      '/rules/4 wrong-type',
      '/rules/5/where empty',
      '/parents/1 unknown',
      '/parents/2 duplicate',
      '/parents/3 not-inheritable',
    ]);
  });

  it('refuses more rules, and longer ones, than anybody reads', async () => {
    const by = await author();
    assert.equal(await codeOf(create(by, { rules: Array.from({ length: RULES_MAX }, () => ALLOW_READ) })), 'done');
    assert.deepEqual(await pointersOf(create(by, { rules: Array.from({ length: RULES_MAX + 1 }, () => ALLOW_READ) })), ['/rules out-of-range']);
    assert.deepEqual(await pointersOf(create(by, { rules: [{ ...ALLOW_READ, resource: 'x'.repeat(40_000) }] })), ['/rules too-large', '/rules/0/resource unknown']);
    assert.deepEqual(await pointersOf(create(by, { name: '01981b7e-7a20-7d3e-a1f0-2c4b6d8e0f12' })), ['/name wrong-format']);
  });
});

describe('changing a role', () => {
  it('is in force for everybody who has it, by an heir too, with the commit', async () => {
    const by = await author({}, ['researcher']);
    const base = await create(by);
    const heir = await create(by, { rules: [], parents: [base.id] });
    const subject = await newSubject(database);
    await give(database, subject, heir.id, red);
    const may = async (): Promise<boolean> => (await engine().decision.permitsSomewhere(await arriving(database, subject), { name: 'simulation:run', scope: 'run:simulation', assurance: 'aal1', everyone: false } as never)).allowed;
    assert.equal(await may(), false);
    const changed = await replace(by, base.id, { rules: [ALLOW_RUN] });
    assert.deepEqual([changed.version, await may()], [2, true]);
  });

  it('keeps what it said, compares any two versions, and tells what a role that is gone said', async () => {
    const by = await author();
    const { roles, history } = engine();
    const role = await create(by, { name: 'first', rules: [ALLOW_READ, DENY_RUN], parents: ['viewer'].slice(1) });
    await roles.replace(by, role.id, new Set([1]), { name: 'second', description: 'now', rules: [DENY_RUN], parents: ['no-running'] });
    const diff = { name: { from: 'first', to: 'second' }, description: { from: '', to: 'now' }, rules: { added: [], removed: [ALLOW_READ] }, parents: { added: ['no-running'], removed: [] } };
    assert.deepEqual(await history.diff(by, role.id, 1, 2), diff);
    assert.deepEqual((await history.diff(by, role.id, 2, 2)).rules, { added: [], removed: [] });
    await roles.delete(by, role.id, new Set([2]));
    assert.equal(await codeOf(history.get(by, role.id)), 'not-found');
    assert.deepEqual((await history.versions(by, role.id, { limit: 1, after: null })).items.map(({ version }) => version), [2]);
    assert.deepEqual((await history.versions(by, role.id, { limit: 1, after: '2' })).items.map(({ version }) => version), [1]);
    assert.equal((await history.version(by, role.id, 1)).name, 'first');
    assert.equal(await codeOf(history.diff(by, role.id, 1, 3)), 'not-found');
  });

  it('refuses what was changed since it was seen, and what is builtin, for changing and removing', async () => {
    const by = await author();
    const { roles } = engine();
    const role = await create(by);
    await roles.replace(by, role.id, new Set([1]), draft());
    assert.equal(await codeOf(roles.replace(by, role.id, new Set([1]), draft())), 'precondition-failed');
    assert.equal(await codeOf(roles.delete(by, role.id, new Set([1]))), 'precondition-failed');
    for (const id of ['viewer', 'owner']) assert.deepEqual([await codeOf(replace(by, id)), await codeOf(roles.delete(by, id, null))], ['builtin-role', 'builtin-role']);
    assert.deepEqual([await codeOf(replace(by, 'emperor')), await codeOf(roles.delete(by, 'emperor', null))], ['not-found', 'not-found']);
  });

  const rows: readonly [string, before: readonly Rule[], after: Partial<RoleDraft>, answer: string][] = [
    ['to say less', [ALLOW_RUN, ALLOW_READ], { rules: [] }, 'done'],
    ['to keep what its author does not have', [ALLOW_RUN], { rules: [ALLOW_RUN, ALLOW_READ] }, 'done'],
    ['to allow what its author does not have', [ALLOW_READ], { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['to inherit it', [], { rules: [], parents: ['researcher'] }, 'grant-exceeds-own'],
    ['to keep what is about its holder', [{ ...ALLOW_RUN, where: { 'subject.id': { $eq: '${subject.id}' } } }], { rules: [{ ...ALLOW_RUN, where: { 'subject.id': { $eq: '${subject.id}' } } }, ALLOW_READ] }, 'done'],
    ['to deny more', [ALLOW_RUN], { rules: [ALLOW_RUN, DENY_RUN] }, 'done'],
    ['to deny less of what its author does not have', [ALLOW_RUN, DENY_RUN], { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['to deny it in a wider rule', [DENY_RUN], { rules: [{ effect: 'deny', resource: '*', verbs: ['*'] }] }, 'done'],
    ['to deny it by a parent instead', [DENY_RUN], { rules: [], parents: ['no-running'] }, 'done'],
    ['to deny only one field of it', [DENY_RUN], { rules: [{ ...DENY_RUN, fields: ['status'] }] }, 'grant-exceeds-own'],
    ['to deny all of it in place of a field', [{ ...DENY_RUN, fields: ['status'] }], { rules: [DENY_RUN] }, 'done'],
    ['to allow of all what was allowed of a field', [{ ...ALLOW_RUN, fields: ['status'] }], { rules: [ALLOW_RUN] }, 'grant-exceeds-own'],
    ['to deny only some of it', [DENY_RUN], { rules: [{ ...DENY_RUN, where: { name: { $in: ['a'] } } }] }, 'grant-exceeds-own'],
  ];
  for (const [what, said, over, answer] of rows) {
    it(`${what}: ${answer}`, async () => {
      const id = await customRole(database, `said-${(count += 1)}`, said);
      assert.equal(await codeOf(replace(await author(), id, over)), answer);
    });
  }

  it('refuses a circle with 409, also one that two authors close at the same moment, and too many steps', async () => {
    const by = await author();
    const [a, b] = [await create(by), await create(by)];
    assert.equal(await codeOf(replace(by, a.id, { parents: [a.id] })), 'role-cycle');
    const closing = await Promise.all([codeOf(engine().roles.replace(by, a.id, null, draft({ parents: [b.id] }))), codeOf(engine().roles.replace(by, b.id, null, draft({ parents: [a.id] })))]);
    assert.deepEqual(closing.sort(), ['done', 'role-cycle']);
    let last = await create(by);
    const first = last;
    for (let step = 1; step <= 5; step += 1) last = await create(by, { parents: [last.id] });
    assert.deepEqual(await pointersOf(create(by, { parents: [last.id] })), ['/parents too-deep']);
    assert.deepEqual(await pointersOf(replace(by, first.id, { parents: [a.id] })), ['/parents too-deep']);
  });

  it('ends reading a circle that somebody planted', async () => {
    const by = await author();
    const [a, b] = [await create(by), await create(by, { rules: [] })];
    await database.query('INSERT INTO rbac.role_parent VALUES ($1, $2), ($2, $1)', [a.id, b.id]);
    const subject = await holding([b.id]);
    assert.deepEqual((await database.app.run(by, (tx) => engine().bindings.rolesOf(tx, subject))).toSorted(), [a.id, b.id].toSorted());
    assert.equal(await codeOf(engine().bindings.bind(by, null, { subjectId: await newSubject(database), roleId: b.id, projectId: null, expiresAt: null })), 'done');
    await database.query('DELETE FROM rbac.role_parent');
  });

  it('lets no row make a builtin role an heir, nor a builtin one of another, nor anybody an heir of the owner’s', async () => {
    const planted = (sql: string): Promise<unknown> => database.query(sql).then(() => 'planted', (error: { readonly code?: string }) => error.code);
    const [foreignKey, check] = ['23503', '23514'];
    assert.equal(await planted(`INSERT INTO rbac.role_parent (role_id, parent_id) VALUES ('viewer', 'author')`), foreignKey);
    assert.equal(await planted(`INSERT INTO rbac.role_parent (role_id, parent_id, builtin) VALUES ('viewer', 'author', true)`), check);
    assert.equal(await planted(`INSERT INTO rbac.role_parent (role_id, parent_id) VALUES ('author', 'owner')`), check);
    assert.equal(await planted(`INSERT INTO rbac.role_parent (role_id, parent_id) VALUES ('no-running', 'author')`), 'planted');
    assert.equal(await planted(`UPDATE rbac.role SET builtin = true, rules = NULL WHERE id = 'no-running'`), foreignKey, 'nor is an heir made builtin');
    await database.query('DELETE FROM rbac.role_parent');
  });

  it('removes only what nobody has and none inherits', async () => {
    const by = await author();
    const role = await create(by);
    const heir = await create(by, { parents: [role.id] });
    const { roles } = engine();
    assert.equal(await codeOf(roles.delete(by, role.id, null)), 'role-in-use');
    await roles.delete(by, heir.id, null);
    const subject = await newSubject(database);
    const binding = await give(database, subject, role.id);
    assert.equal(await codeOf(roles.delete(by, role.id, null)), 'role-in-use');
    await database.query('DELETE FROM rbac.role_binding WHERE id = $1', [binding]);
    assert.equal(await codeOf(roles.delete(by, role.id, null)), 'done');
  });
});

describe('going beyond what one has', () => {
  const escalator = async (someone: Someone = FRESH): Promise<Principal> => arriving(database, await holding(['escalator']), someone);

  it('takes the permission for it, a second factor, a fresh login, and a second person', async () => {
    const beyond = { rules: [ALLOW_RUN] };
    assert.equal(await codeOf(create(await author(FRESH), beyond)), 'grant-exceeds-own');
    assert.equal(await codeOf(create(await escalator({ ...FRESH, assurance: 'aal1' }), beyond)), 'insufficient-assurance');
    assert.equal(await codeOf(create(await escalator({ ...FRESH, authenticatedAtSeconds: clock.millis / 1000 - 301 }), beyond)), 'insufficient-assurance');
    assert.equal(await codeOf(create(await escalator({ ...FRESH, projectId: red }), beyond)), 'forbidden');
    assert.equal(await codeOf(create(await escalator({ ...FRESH, authenticatedAtSeconds: clock.millis / 1000 - 300 }), beyond)), 'approval-needed');
  });

  it('says how strong and how fresh a login must be', async () => {
    const refusal = await create(await escalator({}), { rules: [ALLOW_RUN] }).catch((error: Fault) => error.context.headers);
    assert.deepEqual(refusal, { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"' });
  });

  it('is what changing a role of one’s own takes, directly had or by an heir, whatever changes', async () => {
    const base = await customRole(database, 'own-base', [ALLOW_READ]);
    const heir = await customRole(database, 'own-heir', []);
    await database.query('INSERT INTO rbac.role_parent VALUES ($1, $2)', [heir, base]);
    for (const role of [base, heir]) {
      assert.equal(await codeOf(replace(await author({}, [role]), base, { rules: [] })), 'holds-role');
      assert.equal(await codeOf(replace(await arriving(database, await holding(['escalator'], [role]), FRESH), base, { rules: [] })), 'approval-needed');
    }
    assert.equal(await codeOf(replace(await author({}, [base, null, new Date(clock.millis)]), base, { rules: [ALLOW_READ] })), 'done', 'a binding that has ended is none');
  });

  it('is what giving and taking a role that one does not have takes', async () => {
    const { bindings } = engine();
    const subject = await newSubject(database);
    const wanted = { subjectId: subject, roleId: 'researcher', projectId: red, expiresAt: null };
    assert.equal(await codeOf(bindings.bind(await escalator({}), null, wanted)), 'insufficient-assurance');
    assert.equal(await codeOf(bindings.bind(await escalator(), null, wanted)), 'approval-needed');
    const binding = await give(database, subject, 'no-running', red);
    assert.equal(await codeOf(bindings.unbind(await escalator(), binding)), 'approval-needed');
    assert.equal(await codeOf(bindings.unbind(await author(FRESH), binding)), 'grant-exceeds-own');
    assert.equal(await codeOf(bindings.bind(await escalator(), null, { ...wanted, subjectId: (await escalator()).id, roleId: 'viewer' })), 'approval-needed');
  });

  it('is never to bind to oneself', async () => {
    const by = await escalator();
    assert.equal(await codeOf(engine().bindings.bind(by, null, { subjectId: by.id, roleId: 'researcher', projectId: red, expiresAt: null })), 'self-binding');
  });
});

describe('a program', () => {
  it('gives and writes only what the person has who answers for it, while they can log in, and nothing to them', async () => {
    const [person, program, subject] = [await holding(['author']), await holding(['author'], ['researcher']), await newSubject(database)];
    const by = await arriving(database, program, { kind: 'service' });
    const under = (isActive: boolean) => testPolicy(database, clock, { guarantorOf: () => Promise.resolve({ id: person, isActive }) } as unknown as PrincipalStanding);
    const bindTo = (subjectId: string, isActive = true) => codeOf(under(isActive).bindings.bind(by, null, { subjectId, roleId: 'researcher', projectId: red, expiresAt: null }));
    const write = () => codeOf(under(true).roles.create(by, null, draft({ rules: [ALLOW_RUN] })));
    assert.deepEqual([await bindTo(subject), await write()], ['grant-exceeds-own', 'grant-exceeds-own']);
    await give(database, person, 'researcher');
    assert.equal(await bindTo(subject, false), 'not-found');
    assert.deepEqual([await bindTo(subject), await write(), await bindTo(person)], ['done', 'done', 'self-binding']);
    const theirs = await customRole(database, 'of-the-person', [ALLOW_READ]);
    await give(database, person, theirs);
    assert.equal(await codeOf(under(true).roles.replace(by, theirs, null, draft())), 'holds-role');
  });
});

describe('at the same moment', () => {
  it('a role that grows and a binding of it by who has only what it said before do not both happen', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owner = await arriving(database, await holding(['owner']), FRESH);
      const role = await create(owner);
      const [one, other] = [engine(), engine()];
      const subject = await newSubject(database);
      const binder = await author();
      const [grown, bound] = await Promise.all([codeOf(one.roles.replace(owner, role.id, null, draft({ rules: [ALLOW_RUN] }))), codeOf(other.bindings.bind(binder, null, { subjectId: subject, roleId: role.id, projectId: null, expiresAt: null }))]);
      assert.equal(grown, 'done');
      // Whichever came first: bound before it grew is what its author then gave, who has it.
      assert.ok(['done', 'grant-exceeds-own'].includes(bound), bound);
      const [{ version }] = (await database.query<{ version: number }>('SELECT version FROM rbac.role WHERE id = $1', [role.id])) as [{ version: number }];
      const made = await database.query(`SELECT FROM rbac.role_binding WHERE role_id = $1`, [role.id]);
      assert.deepEqual([version, made.length], [2, bound === 'done' ? 1 : 0]);
    }
  });

  it('a role is not removed under whoever binds it', async () => {
    const by = await author();
    const role = await create(by);
    const answers = await Promise.all([codeOf(engine().roles.delete(by, role.id, null)), codeOf(engine().bindings.bind(by, null, { subjectId: await newSubject(database), roleId: role.id, projectId: null, expiresAt: null }))]);
    assert.ok([['done', 'invalid-request'], ['role-in-use', 'done']].some((pair) => pair.join() === answers.join()), answers.join());
  });
});
