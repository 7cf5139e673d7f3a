import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, give, newId, newProject, newSubject, testPolicy, type TestPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import type { MemberRole } from './project-members.js';

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));
const pointerOf = (work: Promise<unknown>): Promise<string | undefined> => work.then(() => undefined, (error: unknown) => (error instanceof Fault ? error.context.pointers?.[0]?.pointer : String(error)));

describe('members of a project', () => {
  const clock = new HandClock();
  let database: TestDatabase;
  let parts: TestPolicy;
  let ownerId = '';
  let red = '';
  before(async () => {
    database = await openTestDatabase();
    parts = testPolicy(database, clock);
    [ownerId, red] = [await newSubject(database), await newProject(database)];
    await give(database, ownerId, 'owner');
  });
  after(() => database.close());

  const owner = (): Promise<Principal> => arriving(database, ownerId);
  const role = (name: string, expiresAt: Date | null = null): MemberRole => ({ role: name, expiresAt });
  const put = async (subjectId: string, wanted: readonly MemberRole[], by?: Principal, projectId = red) => parts.members.put(by ?? (await owner()), projectId, subjectId, wanted, null);
  const rolesOf = async (subjectId: string): Promise<string[]> => (await database.query<{ role: string }>('SELECT role_id AS role FROM rbac.role_binding WHERE subject_id = $1 AND project_id = $2 ORDER BY 1', [subjectId, red])).map((row) => row.role);

  it('have exactly the roles that were said, and what stays keeps its binding', async () => {
    const id = await newSubject(database);
    const first = await put(id, [role('viewer'), role('operator')]);
    const again = await put(id, [role('researcher'), role('viewer')]);
    assert.deepEqual(await rolesOf(id), ['researcher', 'viewer']);
    const idOf = (member: typeof first, roleId: string): string | undefined => member.bindings.find((binding) => binding.roleId === roleId)?.id;
    assert.equal(idOf(again, 'viewer'), idOf(first, 'viewer'));
    assert.deepEqual(await parts.members.get(await owner(), red, id), again);
    await parts.members.remove(await owner(), red, id, null);
    assert.deepEqual(await rolesOf(id), []);
    assert.equal(await codeOf(parts.members.get(await owner(), red, id)), 'not-found');
    assert.equal(await codeOf(parts.members.remove(await owner(), red, id, null)), 'not-found');
  });

  it('are given another end by taking the role and giving it anew', async () => {
    const id = await newSubject(database);
    await put(id, [role('viewer')]);
    const end = new Date(clock.nowMillis() + 60_000);
    assert.deepEqual((await put(id, [role('viewer', end)])).bindings.map(({ expiresAt }) => expiresAt?.getTime()), [end.getTime()]);
  });

  it('are listed by subject, page by page, and who works there by a global role is none', async () => {
    const project = await newProject(database);
    const [one, two, global] = [await newSubject(database), await newSubject(database), await newSubject(database)];
    await give(database, global, 'viewer');
    for (const id of [one, two]) await put(id, [role('viewer'), role('operator')], undefined, project);
    const first = await parts.members.list(await owner(), project, { limit: 1, after: null });
    const second = await parts.members.list(await owner(), project, { limit: 1, after: first.next });
    assert.deepEqual([...first.items, ...second.items].map(({ subjectId, bindings }) => [subjectId, bindings.length]), [one, two].sort().map((id) => [id, 2]));
    assert.equal(second.next, null);
  });

  it('are none of them changed when one of the roles is refused, and the refusal says which', async () => {
    const id = await newSubject(database);
    await put(id, [role('viewer')]);
    assert.equal(await pointerOf(put(id, [role('researcher'), role('no-such-role')])), '/roles/1/role');
    assert.equal(await pointerOf(put(id, [role('researcher'), role('owner')])), '/roles/1/role');
    assert.equal(await pointerOf(put(id, [role('researcher'), role('researcher')])), '/roles/1/role');
    assert.equal(await pointerOf(put(id, [role('researcher', new Date(0))])), '/roles/0/expiresAt');
    assert.equal(await pointerOf(put(newId(), [role('viewer')])), 'path:subjectId');
    assert.equal(await codeOf(put(id, [role('researcher'), role('auditor')])), 'separation-of-duties');
    assert.deepEqual(await rolesOf(id), ['viewer']);
  });

  it('are let in by who has the roles there, and never by themselves', async () => {
    const admin = await newSubject(database);
    await give(database, admin, 'access-admin', red);
    const principal = await arriving(database, admin);
    const id = await newSubject(database);
    assert.equal(await codeOf(put(id, [role('viewer')], principal)), 'done');
    assert.equal(await codeOf(put(id, [role('viewer'), role('key-manager')], principal)), 'grant-exceeds-own');
    assert.equal(await codeOf(put(admin, [role('viewer')], principal)), 'self-binding');
    assert.equal(await codeOf(put(id, [role('viewer')], principal, await newProject(database))), 'not-found');
    assert.equal(await codeOf(parts.members.list(await arriving(database, id), red, { limit: 1, after: null })), 'forbidden');
  });

  it('are taken out of an archived project, and nobody is let in', async () => {
    const project = await newProject(database);
    const id = await newSubject(database);
    await put(id, [role('viewer')], undefined, project);
    await parts.projects.archive(await owner(), project, null);
    assert.equal(await codeOf(put(await newSubject(database), [role('viewer')], undefined, project)), 'project-archived');
    assert.equal(await codeOf(parts.bindings.bind(await owner(), null, { subjectId: id, roleId: 'operator', projectId: project, expiresAt: null })), 'project-archived');
    assert.equal(await codeOf(parts.members.remove(await owner(), project, id, null)), 'done');
  });
});
