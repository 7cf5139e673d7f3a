import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, give, newId, newProject, newSubject, OTHERS_PERMISSIONS, testPolicy } from '../../../test/harness/policy.js';
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

  it('resolves an id and a slug to the same project, and says the same of one that is foreign or not there', async () => {
    const { projects } = testPolicy(database, clock);
    const [mine, foreign] = [await newProject(database), await newProject(database)];
    const slugOf = async (id: string): Promise<string> => (await database.query<{ slug: string }>('SELECT slug FROM rbac.project WHERE id = $1', [id]))[0]!.slug;
    const member = await holding('researcher', mine);
    const principal = await arriving(database, member);
    assert.deepEqual(await projects.resolve(principal, mine), { id: mine, slug: await slugOf(mine) });
    assert.deepEqual(await projects.resolve(principal, await slugOf(mine)), { id: mine, slug: await slugOf(mine) });
    for (const reference of [foreign, await slugOf(foreign), newId(), 'nowhere', '', '..', 'A', undefined]) {
      assert.equal(await codeOf(projects.resolve(principal, reference)), 'not-found', reference);
    }
    assert.equal(await codeOf(projects.resolve(await arriving(database, member, { projectId: foreign }), mine)), 'not-found');
  });

  it('renames a project, once for one version, and never its slug', async () => {
    const { projects } = testPolicy(database, clock);
    const owner = await arriving(database, await holding('owner'));
    const made = await projects.create(owner, null, { slug: 'renamed', name: 'Before' });
    const after = await projects.rename(owner, made.id, new Set([made.version]), 'After');
    assert.deepEqual(after, { ...made, name: 'After', version: 2 });
    assert.deepEqual(await projects.get(owner, made.id), after);
    assert.equal(await codeOf(projects.rename(owner, made.id, new Set([made.version]), 'Later')), 'precondition-failed');
    const outcomes = await Promise.all(['one', 'two'].map((name) => codeOf(projects.rename(owner, made.id, new Set([2]), name))));
    assert.deepEqual(outcomes.sort(), ['done', 'precondition-failed']);
    assert.equal(await codeOf(projects.rename(await arriving(database, await holding('researcher', made.id)), made.id, null, 'x')), 'forbidden');
    assert.equal(await codeOf(projects.rename(await arriving(database, await holding('researcher')), newId(), null, 'x')), 'forbidden');
    assert.equal(await codeOf(projects.rename(await arriving(database, await newSubject(database)), made.id, null, 'x')), 'not-found');
  });

  describe('archived', () => {
    const archiving = async (): Promise<{ projectId: string; slug: string; member: string; owner: string }> => {
      const owner = await holding('owner');
      const projectId = await newProject(database);
      const member = await holding('researcher', projectId);
      await give(database, member, 'operator', projectId);
      const { slug } = await testPolicy(database, clock).projects.archive(await arriving(database, owner), projectId, null);
      return { projectId, slug, member, owner };
    };

    it('refuses what makes something to who might otherwise, lets what is there be read and taken away, and is found', async () => {
      const { projects, decision } = testPolicy(database, clock);
      const { projectId, slug, member } = await archiving();
      const principal = await arriving(database, member);
      for (const name of ['simulation:run', 'registry:push', 'waveforms:tag'] as const) assert.equal(await codeOf(decision.require(principal, OTHERS_PERMISSIONS[name], projectId)), 'project-archived', name);
      for (const name of ['simulation:read', 'simulation:cancel', 'registry:pull', 'waveforms:verify'] as const) assert.equal(await codeOf(decision.require(principal, OTHERS_PERMISSIONS[name], projectId)), 'done', name);
      assert.deepEqual(await projects.resolve(principal, slug), { id: projectId, slug });
      assert.notEqual((await projects.get(principal, projectId)).archivedAt, null);
      assert.deepEqual((await projects.list(principal, { limit: 10, after: null })).items.map(({ id }) => id), [projectId]);
    });

    it('says so to nobody whom it would not be permitted', async () => {
      const { decision } = testPolicy(database, clock);
      const { projectId } = await archiving();
      assert.equal(await codeOf(decision.require(await arriving(database, await holding('viewer', projectId)), OTHERS_PERMISSIONS['simulation:run'], projectId)), 'forbidden');
      assert.equal(await codeOf(decision.require(await arriving(database, await newSubject(database)), OTHERS_PERMISSIONS['simulation:run'], projectId)), 'not-found');
    });

    it('holds on every replica from the commit on, and ends as it began', async () => {
      const [here, there] = [testPolicy(database, clock), testPolicy(database, clock)];
      const [owner, projectId] = [await holding('owner'), await newProject(database)];
      const member = await holding('researcher', projectId);
      const run = async (): Promise<string> => codeOf(there.decision.require(await arriving(database, member), OTHERS_PERMISSIONS['simulation:run'], projectId));
      assert.equal(await run(), 'done');
      await here.projects.archive(await arriving(database, owner), projectId, null);
      assert.equal(await run(), 'project-archived');
      await here.projects.unarchive(await arriving(database, owner), projectId, null);
      assert.equal(await run(), 'done');
    });

    it('is done once, for one version, by who may, and never to the default project', async () => {
      const { projects } = testPolicy(database, clock);
      const { projectId, member, owner: id } = await archiving();
      const owner = await arriving(database, id);
      assert.equal(await codeOf(projects.archive(owner, projectId, null)), 'conflict');
      assert.equal(await codeOf(projects.unarchive(owner, projectId, new Set([1]))), 'precondition-failed');
      assert.equal(await codeOf(projects.rename(owner, projectId, null, 'x')), 'project-archived');
      assert.equal(await codeOf(projects.unarchive(await arriving(database, member), projectId, null)), 'forbidden');
      assert.equal((await projects.unarchive(owner, projectId, new Set([2]))).archivedAt, null);
      assert.equal(await codeOf(projects.unarchive(owner, projectId, null)), 'conflict');
      assert.equal(await codeOf(projects.archive(owner, (await projects.resolve(owner)).id, null)), 'conflict');
    });
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
