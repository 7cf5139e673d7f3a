import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, give, newId, newProject, newSubject, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { BUILTIN_ROLES } from './domain/builtin-roles.js';

const clock = new HandClock();
let database: TestDatabase;
before(async () => (database = await openTestDatabase()));
after(() => database.close());

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));
async function holding(role: string, projectId: string | null = null): Promise<string> {
  const id = await newSubject(database);
  await give(database, id, role, projectId);
  return id;
}

describe('Projects', () => {
  it('has the default project from the start', async () => {
    const owner = await arriving(database, await holding('owner'));
    assert.equal((await testPolicy(database, clock).projects.resolve(owner)).slug, 'default');
  });

  it('makes a project, once for one slug, for who may', async () => {
    const { projects } = testPolicy(database, clock);
    const owner = await arriving(database, await holding('owner'));
    const made = await projects.create(owner, null, { slug: 'made', name: 'Made' });
    assert.deepEqual(await projects.get(owner, made.id), made);
    assert.equal(await codeOf(projects.create(owner, null, { slug: 'made', name: 'Again' })), 'slug-taken');
    assert.equal(await codeOf(projects.create(owner, null, { slug: 'Not A Slug', name: 'x' })), 'invalid-request');
    assert.equal(await codeOf(projects.create(owner, null, { slug: newId(), name: 'x' })), 'invalid-request');
    assert.equal(await codeOf(projects.create(await arriving(database, await holding('researcher')), null, { slug: 'other', name: 'x' })), 'forbidden');
    assert.equal(await codeOf(projects.create(await arriving(database, await holding('owner'), { projectId: made.id }), null, { slug: 'other', name: 'x' })), 'forbidden');
  });

  it('makes one project when the same slug is asked for twice at once', async () => {
    const owner = await arriving(database, await holding('owner'));
    const answers = await Promise.all([1, 2].map(() => codeOf(testPolicy(database, clock).projects.create(owner, null, { slug: 'twice', name: 'x' }))));
    assert.deepEqual(answers.sort(), ['done', 'slug-taken']);
  });

  it('makes one project for one Idempotency-Key and gives it to both', async () => {
    const owner = await arriving(database, await holding('owner'));
    const request = { key: 'k', route: 'POST /v1/projects', bodyDigest: Buffer.alloc(32) };
    const create = () => testPolicy(database, clock).projects.create(owner, request, { slug: 'once', name: 'x' });
    const [first, again] = [await create(), await create()];
    assert.equal(first.id, again.id);
  });

  it('resolves an id and a slug to the same project, and says the same of one that is foreign, archived or not there', async () => {
    const { projects } = testPolicy(database, clock);
    const [mine, foreign, archived] = [await newProject(database), await newProject(database), await newProject(database)];
    const slugOf = async (id: string): Promise<string> => (await database.query<{ slug: string }>('SELECT slug FROM rbac.project WHERE id = $1', [id]))[0]!.slug;
    const member = await holding('researcher', mine);
    await give(database, member, 'researcher', archived);
    await database.query('UPDATE rbac.project SET archived_at = now() WHERE id = $1', [archived]);
    const principal = await arriving(database, member);
    assert.deepEqual(await projects.resolve(principal, mine), { id: mine, slug: await slugOf(mine) });
    assert.deepEqual(await projects.resolve(principal, await slugOf(mine)), { id: mine, slug: await slugOf(mine) });
    for (const reference of [foreign, await slugOf(foreign), archived, newId(), 'nowhere', '', '..', 'A', undefined]) {
      assert.equal(await codeOf(projects.resolve(principal, reference)), 'not-found', reference);
    }
    assert.equal(await codeOf(projects.resolve(await arriving(database, member, { projectId: foreign }), mine)), 'not-found');
  });

  it('shows a member its projects, page by page, and an owner all', async () => {
    const { projects } = testPolicy(database, clock);
    const [one, two] = [await newProject(database), await newProject(database)];
    const member = await holding('viewer', one);
    await give(database, member, 'viewer', two);
    const principal = await arriving(database, member);
    const first = await projects.list(principal, { limit: 1, after: null });
    const second = await projects.list(principal, { limit: 1, after: first.next });
    assert.deepEqual([...first.items, ...second.items].map(({ id }) => id), [one, two].sort());
    assert.equal(second.next, null);
    const all = await projects.list(await arriving(database, await holding('owner')), { limit: 100, after: null });
    assert.equal(all.items.length, (await database.query('SELECT FROM rbac.project')).length);
    assert.equal(await codeOf(projects.get(principal, (await newProject(database)))), 'not-found');
    assert.equal(await codeOf(projects.get(await arriving(database, await holding('owner')), newId())), 'not-found');
  });
});

describe('RoleHistory', () => {
  it('has a row for every builtin role of the code and for no other, with the code’s rules', async () => {
    const { history } = testPolicy(database, clock);
    const { items } = await history.list(await arriving(database, await holding('auditor')), { limit: 100, after: null });
    assert.deepEqual(items.map(({ id }) => id).sort(), Object.keys(BUILTIN_ROLES).sort());
    for (const { id, rules } of items) assert.deepEqual(rules, BUILTIN_ROLES[id as keyof typeof BUILTIN_ROLES].rules);
  });

  it('keeps a builtin role what it is when its row is given rules', async () => {
    await database.query('ALTER TABLE rbac.role DROP CONSTRAINT role_check');
    await database.query(`UPDATE rbac.role SET rules = '[{"effect":"allow","resource":"*","verbs":["*"]}]' WHERE id = 'viewer'`);
    const viewer = await arriving(database, await holding('viewer'));
    assert.equal(await codeOf(testPolicy(database, clock).projects.create(viewer, null, { slug: 'coup', name: 'x' })), 'forbidden');
    assert.deepEqual((await testPolicy(database, clock).history.get(viewer, 'viewer')).rules, BUILTIN_ROLES.viewer.rules);
  });

  it('shows nothing of a role that does not exist, and nothing to who may not see roles', async () => {
    const { history } = testPolicy(database, clock);
    assert.equal(await codeOf(history.get(await arriving(database, await holding('auditor')), 'constructor')), 'not-found');
    assert.equal(await codeOf(history.get(await arriving(database, await newSubject(database)), 'viewer')), 'forbidden');
  });
});
