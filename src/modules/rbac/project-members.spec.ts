import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ApprovableRequest, ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newId, newProject, newSubject, testPolicy, type TestPolicy } from '../../../test/harness/policy.js';
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

  it('take one approval for all that goes beyond who lets them in, and none for a sentence too long to read', async () => {
    const [bold, id, other] = [await newSubject(database), await newSubject(database), await newSubject(database)];
    for (const name of ['access-admin', 'bold']) {
      if (name === 'bold') await customRole(database, name, [{ effect: 'allow', resource: 'roles', verbs: ['bind'] }]);
      await give(database, bold, name, red);
    }
    const by = async (): Promise<Principal> => arriving(database, bold, { assurance: 'aal2', authenticatedAtSeconds: clock.millis / 1000 });
    const request: ApprovableRequest = { method: 'PUT', route: 'PUT /spec', path: '/spec', query: '', bodyDigest: 'f'.repeat(64), approvalId: null };
    const attempt = async (approvalId: string | null, roles = ['operator', 'key-manager', 'viewer']) => parts.members.put(await by(), red, id, roles.map((name) => role(name)), { ...request, approvalId });
    const need = await attempt(null).then(() => null, (error: unknown) => (error instanceof ApprovalNeeded ? error.need : null));
    assert.match(need!.summary, /^Give the role operator .* to .*; Give the role key-manager /);
    assert.deepEqual([need!.permission, need!.projectId, need!.target.uid], ['roles:bind', red, red]);
    const { id: approvalId } = await parts.approvals.open(await by(), request, need!);
    for (const name of ['security-admin', 'bold']) await give(database, other, name, red);
    await database.query(`UPDATE rbac.approval SET state = 'approved', decided_at = now(), decided_by = $2 WHERE id = $1`, [approvalId, other]);
    await assert.rejects(attempt(approvalId, ['operator', 'key-manager', 'researcher']), ApprovalNeeded, 'it is for these and no others');
    assert.equal(await codeOf(attempt(approvalId)), 'done');
    assert.deepEqual(await rolesOf(id), ['key-manager', 'operator', 'viewer']);
    const long = await Promise.all(Array.from({ length: 6 }, (_, index) => customRole(database, `very-long-name-${'x'.repeat(40)}-${index}`, [{ effect: 'allow', resource: 'vault', verbs: ['open'] }])));
    assert.equal(await pointerOf(attempt(null, long)), '/roles');
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
