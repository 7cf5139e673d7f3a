import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, login } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { createPerson, createWorld, type Person, type World } from '../harness/world.js';

interface Problem {
  readonly type: string;
  readonly errors?: readonly { readonly pointer: string }[];
}

describe('projects, roles and bindings over HTTP', () => {
  let world: World;
  let erin: Person;

  const server = withServer(async () => {
    world = await createWorld(server);
    erin = await createPerson(server, world.owner.token, 'erin');
  });

  const bind = (token: string, json: unknown, headers: Record<string, string> = {}) => call<{ id: string } & Problem>(server, 'POST', '/v1/role-bindings', { token, json, headers });
  const refused = (answer: { status: number; body: Problem; text: string }, status: number, code: string, pointer?: string): void => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body.type, `urn:quantonium:problem:${code}`);
    if (pointer !== undefined) assert.deepEqual(answer.body.errors?.map((error) => error.pointer), [pointer]);
  };

  it('takes a binding from its making to its end, recorded and immediate', async () => {
    const submit = () => call(server, 'GET', '/v1/projects', { token: erin.token });
    assert.equal((await submit()).status, 403);
    const made = await bind(world.owner.token, { subjectId: erin.id, role: 'viewer', scope: 'project:red', expiresAt: '2099-01-01T00:00:00Z' });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers.get('location'), `/v1/role-bindings/${made.body.id}`);
    assert.match(made.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    const shown = await call(server, 'GET', `/v1/role-bindings/${made.body.id}`, { token: world.carol.token });
    assert.deepEqual(shown.body, made.body);
    assert.equal((await submit()).status, 200);
    const taken = await call(server, 'DELETE', `/v1/role-bindings/${made.body.id}`, { token: world.dave.token });
    assert.equal(taken.status, 204, taken.text);
    assert.match(taken.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.equal((await submit()).status, 403);
  });

  it('takes a role from its making to its end, under its ETag, recorded and immediate', async () => {
    const { token } = world.owner;
    const content = (over: object = {}) => ({ name: 'circuit-runner', rules: [{ effect: 'allow', resource: 'projects', verbs: ['read'] }], parents: [], ...over });
    const made = await call<{ id: string; version: number }>(server, 'POST', '/v1/roles', { token, json: content() });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.headers.get('location'), made.headers.get('etag')], [`/v1/roles/${made.body.id}`, '"1"']);
    const bound = await bind(token, { subjectId: erin.id, role: 'circuit-runner', scope: 'project:blue' });
    assert.equal(bound.status, 201, bound.text);
    const seen = () => call(server, 'GET', '/v1/projects', { token: erin.token });
    assert.equal((await seen()).status, 200);

    const put = (headers: Record<string, string>, json: unknown = content({ rules: [] })) => call<Problem & { version: number }>(server, 'PUT', '/v1/roles/circuit-runner', { token, json, headers });
    refused(await put({}), 428, 'precondition-required', 'header:If-Match');
    refused(await put({ 'if-match': '"2"' }), 412, 'precondition-failed');
    refused(await put({ 'if-match': '"1"' }, content({ rules: [{ effect: 'allow', resource: 'simulation', verbs: ['fly'] }] })), 422, 'invalid-request', '/rules/0/verbs/0');
    refused(await put({ 'if-match': '"1"' }, content({ rules: [{ effect: 'allow', resource: 'simulation', verbs: ['run'], when: 'now' }] })), 422, 'invalid-request', '/rules/0/when');
    refused(await put({ 'if-match': '"1"' }, { rules: [] }), 422, 'invalid-request', '/name');
    const changed = await put({ 'if-match': '"1"' });
    assert.deepEqual([changed.status, changed.headers.get('etag')], [200, '"2"'], changed.text);
    assert.match(changed.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.equal((await seen()).status, 403);

    const diff = await call<{ rules: { removed: unknown[] } }>(server, 'GET', '/v1/roles/circuit-runner/diff?from=1&to=2', { token: world.carol.token });
    assert.equal(diff.body.rules.removed.length, 1, diff.text);
    refused(await call<Problem>(server, 'GET', '/v1/roles/circuit-runner/diff?from=1', { token }), 422, 'invalid-request', 'query:to');
    refused(await call<Problem>(server, 'GET', '/v1/roles/circuit-runner/versions/x', { token }), 422, 'invalid-request', 'path:version');
    const separation = await call<{ id: string }>(server, 'POST', '/v1/rbac/separations', { token, json: { roles: ['circuit-runner', 'operator'], reason: 'for once' } });
    assert.equal(separation.status, 201, separation.text);
    refused(await bind(token, { subjectId: erin.id, role: 'operator', scope: 'project:red' }), 409, 'separation-of-duties');
    assert.equal((await call(server, 'DELETE', `/v1/rbac/separations/${separation.body.id}`, { token })).status, 204);

    refused(await call<Problem>(server, 'DELETE', '/v1/roles/circuit-runner', { token }), 409, 'role-in-use');
    assert.equal((await call(server, 'DELETE', `/v1/role-bindings/${bound.body.id}`, { token })).status, 204);
    assert.equal((await call(server, 'DELETE', '/v1/roles/circuit-runner', { token, headers: { 'if-match': '"2"' } })).status, 204);
    const kept = await call<{ items: { version: number }[] }>(server, 'GET', `/v1/roles/${made.body.id}/versions?limit=1`, { token });
    assert.deepEqual(kept.body.items.map(({ version }) => version), [2]);
    refused(await call<Problem>(server, 'PUT', '/v1/roles/viewer', { token, json: content({ name: 'viewer' }), headers: { 'if-match': '*' } }), 409, 'builtin-role');
    refused(await call<Problem>(server, 'POST', '/v1/roles', { token: world.dave.token, json: content() }), 403, 'forbidden');
  });

  it('answers a repeated Idempotency-Key with the same binding', async () => {
    const json = { subjectId: erin.id, role: 'viewer', scope: 'project:default' };
    const [first, again] = [await bind(world.owner.token, json, { 'idempotency-key': 'one' }), await bind(world.owner.token, json, { 'idempotency-key': 'one' })];
    assert.equal(again.status, 201, again.text);
    assert.equal(again.body.id, first.body.id);
  });

  it('refuses grants beyond one’s own, to oneself, and of separated duties', async () => {
    refused(await bind(world.dave.token, { subjectId: erin.id, role: 'researcher', scope: 'project:red' }), 403, 'grant-exceeds-own');
    refused(await bind(world.dave.token, { subjectId: world.dave.id, role: 'viewer', scope: 'global' }), 403, 'self-binding');
    refused(await bind(world.owner.token, { subjectId: world.alice.id, role: 'auditor', scope: 'global' }), 409, 'separation-of-duties');
    const narrow = await login(server, world.owner.username, world.owner.password, 'manage:policy');
    const answer = await bind(narrow, { subjectId: erin.id, role: 'researcher', scope: 'project:red' });
    refused(answer, 403, 'insufficient-scope');
    assert.match(answer.headers.get('www-authenticate') ?? '', /scope="read:data run:simulation write:data manage:registry"/);
  });

  it('points at each field that is wrong', async () => {
    const good = { subjectId: erin.id, role: 'viewer', scope: 'global' };
    const rows: readonly [unknown, string][] = [
      [{ ...good, subjectId: 'erin' }, '/subjectId'],
      [{ ...good, subjectId: world.red }, '/subjectId'],
      [{ ...good, role: 'emperor' }, '/role'],
      [{ ...good, role: 7 }, '/role'],
      [{ ...good, scope: 'everywhere' }, '/scope'],
      [{ ...good, role: 'owner', scope: 'project:red' }, '/scope'],
      [{ ...good, expiresAt: '2030-02-31T00:00:00Z' }, '/expiresAt'],
      [{ ...good, expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
      [{ ...good, expiresAt: null }, '/expiresAt'],
      [{ ...good, admin: true }, '/admin'],
    ];
    for (const [json, pointer] of rows) refused(await bind(world.owner.token, json), 422, 'invalid-request', pointer);
    refused(await bind(world.owner.token, { ...good, scope: 'project:nowhere' }), 404, 'not-found');
    for (const query of ['cursor=abc', 'limit=0', 'limit=101', 'limit=1e1', 'subjectId=x', 'unknown=1']) {
      assert.equal((await call(server, 'GET', `/v1/role-bindings?${query}`, { token: world.carol.token })).status, 422, query);
    }
  });

  it('pages through a list by its next links, each item once', async () => {
    const seen: string[] = [];
    for (let next: string | null = '/v1/roles?limit=3'; next !== null; ) {
      const page: { body: { items: { id: string }[]; next: string | null } } = await call(server, 'GET', next, { token: world.carol.token });
      seen.push(...page.body.items.map(({ id }) => id));
      next = page.body.next;
    }
    assert.deepEqual(seen, ['access-admin', 'auditor', 'break-glass', 'key-manager', 'operator', 'owner', 'researcher', 'security-admin', 'viewer']);
  });

  it('shows each caller the projects of their own', async () => {
    const slugs = async (token: string): Promise<string[]> => (await call<{ items: { slug: string }[] }>(server, 'GET', '/v1/projects', { token })).body.items.map(({ slug }) => slug);
    assert.deepEqual(await slugs(world.alice.token), ['red']);
    assert.deepEqual((await slugs(world.owner.token)).sort(), ['blue', 'default', 'red']);
    refused(await call<Problem>(server, 'GET', `/v1/projects/${world.blue}`, { token: world.alice.token }), 404, 'not-found');
    refused(await call<Problem>(server, 'POST', '/v1/projects', { token: world.owner.token, json: { slug: 'red', name: 'again' } }), 409, 'slug-taken', '/slug');
  });

  it('answers who may do what and why, to who may read policy and to nobody else', async () => {
    const ask = (token: string, path: string, json: unknown) => call<Problem & { allowed?: boolean; decidedBy?: string; affected?: { differences: unknown[] }[] }>(server, 'POST', `/v1/rbac/${path}`, { token, json });
    const question = { subjectId: world.alice.id, permission: 'simulation:run', scope: 'project:red', attributes: { createdBy: world.alice.id }, credential: { assurance: 'aal1', scopes: ['read:data', 'run:simulation'], ip: '192.0.2.7' } };
    const explained = await ask(world.carol.token, 'explain', question);
    assert.deepEqual([explained.status, explained.body.allowed, explained.body.decidedBy], [200, true, 'allow-rule'], explained.text);
    assert.match(explained.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual((await ask(world.carol.token, 'check', { ...question, scope: `project:${world.blue}` })).body, { allowed: false });
    const effective = await call<{ permissions: { permission: string }[] }>(server, 'GET', `/v1/rbac/subjects/${world.bob.id}/effective?scope=project:blue`, { token: world.carol.token });
    assert.ok(effective.body.permissions.some(({ permission }) => permission === 'simulation:run'), effective.text);
    const run = await ask(world.carol.token, 'dry-run', { bind: { subjectId: world.bob.id, role: 'operator', scope: 'project:red' } });
    assert.ok((run.body.affected?.[0]?.differences.length ?? 0) > 0, run.text);
    for (const [path, json, pointer] of [
      ['explain', { ...question, permission: 'nothing:at-all' }, '/permission'],
      ['explain', { ...question, attributes: { constructor2: 'x' } }, '/attributes/constructor2'],
      ['check', { ...question, credential: { assurance: 'aal9' } }, '/credential/assurance'],
      ['dry-run', {}, ''],
    ] as const) refused(await ask(world.carol.token, path, json), 422, 'invalid-request', pointer);
    for (const [path, json] of [['check', { ...question, subjectId: world.bob.id }], ['explain', question], ['dry-run', { unbind: { bindingId: world.alice.id } }]] as const) refused(await ask(world.alice.token, path, json), 403, 'forbidden');
  });

  it('tells everybody what they may do themselves, not why, and nothing of anybody else', async () => {
    const { owner, alice, bob, carol } = world;
    const narrow = await login(server, alice.username, alice.password, 'read:data');
    const check = (token: string, subjectId: string, scope: string, permission = 'simulation:run') => call<Problem>(server, 'POST', '/v1/rbac/check', { token, json: { subjectId, permission, scope } });
    const effective = (token: string, subjectId: string, scope: string) => call<Problem & { permissions?: { permission: string }[] }>(server, 'GET', `/v1/rbac/subjects/${subjectId}/effective?scope=${scope}`, { token });
    const ways = [check, effective] as const;

    assert.deepEqual((await check(narrow, alice.id, 'project:red')).body, { allowed: true });
    assert.deepEqual((await check(narrow, alice.id, 'project:red', 'role-bindings:create')).body, { allowed: false });
    const own = await effective(narrow, alice.id, 'project:red');
    assert.ok(own.body.permissions?.some(({ permission }) => permission === 'simulation:run'), own.text);
    assert.match(own.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    refused(await call<Problem>(server, 'POST', '/v1/rbac/explain', { token: alice.token, json: { subjectId: alice.id, permission: 'simulation:run', scope: 'project:red' } }), 403, 'forbidden');

    const nobody = '0198c0de-0000-7000-8000-00000000dead';
    const told = ({ status, body }: { status: number; body: Problem }): unknown => ({ status, ...body, instance: '', requestId: '' });
    for (const way of ways) {
      // A project that one does not see is as one that there is not, of oneself too.
      const [unseen, none] = [await way(alice.token, alice.id, 'project:blue'), await way(alice.token, alice.id, 'project:nowhere')];
      refused(unseen, 404, 'not-found');
      assert.deepEqual(told(unseen), told(none));
      for (const scope of ['global', 'project:red']) {
        // One who may act in red too, one who may not, and nobody at all.
        const answers = [await way(alice.token, owner.id, scope), await way(alice.token, bob.id, scope), await way(alice.token, nobody, scope)];
        for (const answer of answers) refused(answer, 403, 'forbidden');
        assert.deepEqual(answers.map(told), answers.map(() => told(answers[0]!)));
      }
      const byReader = await way(await login(server, carol.username, carol.password, 'read:data'), bob.id, 'global');
      refused(byReader, 403, 'insufficient-scope');
      assert.match(byReader.headers.get('www-authenticate') ?? '', /scope="manage:policy"/);
    }
  });

  it('edits what was seen, and sets the members of a project at once', async () => {
    const path = `/v1/projects/${world.blue}`;
    refused(await call<Problem>(server, 'PATCH', path, { token: world.owner.token, json: { name: 'Blue' } }), 428, 'precondition-required');
    const seen = await call<Problem>(server, 'GET', path, { token: world.owner.token });
    const renamed = await call<Problem>(server, 'PATCH', path, { token: world.owner.token, json: { name: 'Blue' }, headers: { 'if-match': seen.headers.get('etag')! } });
    assert.equal(renamed.status, 200, renamed.text);
    refused(await call<Problem>(server, 'PATCH', path, { token: world.owner.token, json: { name: 'Azure' }, headers: { 'if-match': seen.headers.get('etag')! } }), 412, 'precondition-failed');
    const set = await call<{ bindings?: unknown[] } & Problem>(server, 'PUT', `${path}/members/${erin.id}`, { token: world.owner.token, json: { roles: [{ role: 'viewer' }, { role: 'operator' }] } });
    assert.deepEqual([set.status, set.body.bindings?.length], [200, 2], set.text);
    refused(await call<Problem>(server, 'GET', `${path}/members`, { token: world.alice.token }), 403, 'forbidden');
    assert.equal((await call(server, 'DELETE', `${path}/members/${erin.id}`, { token: world.owner.token })).status, 204);
  });

  it('keeps one owner, lets that one bind exactly one other, and keeps both', async () => {
    const { items } = (await call<{ items: { id: string }[] }>(server, 'GET', '/v1/role-bindings?role=owner', { token: world.carol.token })).body;
    refused(await call<Problem>(server, 'DELETE', `/v1/role-bindings/${items[0]!.id}`, { token: world.owner.token }), 409, 'last-owner');
    assert.equal((await bind(world.owner.token, { subjectId: erin.id, role: 'owner', scope: 'global' })).status, 201);
    assert.equal((await bind(world.owner.token, { subjectId: world.bob.id, role: 'owner', scope: 'global' })).status, 202, 'a third takes both');
    refused(await call<Problem>(server, 'DELETE', `/v1/role-bindings/${items[0]!.id}`, { token: erin.token }), 409, 'last-owner');
    assert.equal((await call(server, 'GET', '/v1/role-bindings', { token: world.owner.token })).status, 200);
  });
});
