import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, login, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';

interface Answered {
  readonly id: string;
  readonly type: string;
  readonly resourceId?: string;
  readonly oneTimePassword?: string;
  readonly errors?: readonly { readonly pointer: string }[];
}

describe('Idempotency-Key on what is created', () => {
  let token: string;
  let userId: string;

  const server = withServer(async () => {
    token = await loginOwner(server);
    userId = (await create('/v1/users', 'the-first', { username: 'first' })).body.id;
  });

  const create = (path: string, key: string, json: unknown) => call<Answered>(server, 'POST', path, { token, json, headers: { 'idempotency-key': key } });
  const list = async (path: string): Promise<string> => (await call(server, 'GET', `${path}?limit=100`, { token })).text;

  it('shows a one-time password once: the second request is refused and told which user it was', async () => {
    const made = await create('/v1/users', 'alice', { username: 'alice' });
    assert.equal(made.status, 201, made.text);
    const again = await create('/v1/users', 'alice', { username: 'alice' });
    assert.deepEqual([again.status, again.body.type, again.body.resourceId], [409, 'urn:quantonium:problem:idempotency-replay-refused', made.body.id], again.text);
    assert.ok(!again.text.includes(made.body.oneTimePassword!));
    /* And the refusal has made no other password. */
    assert.ok(await login(server, 'alice', made.body.oneTimePassword!));
  });

  it('refuses the key with another body, and does neither', async () => {
    const before = await list('/v1/users');
    const other = await create('/v1/users', 'the-first', { username: 'second' });
    assert.deepEqual([other.status, other.body.type], [422, 'urn:quantonium:problem:idempotency-key-reused'], other.text);
    assert.deepEqual(other.body.errors?.map(({ pointer }) => pointer), ['header:Idempotency-Key']);
    assert.equal(await list('/v1/users'), before);
  });

  it('shows a user again whose password was given, since nothing secret is in the answer', async () => {
    const json = { username: 'bob', password: 'a phrase that bob was told' };
    const [made, again] = [await create('/v1/users', 'bob', json), await create('/v1/users', 'bob', json)];
    assert.deepEqual([again.status, again.text], [201, made.text]);
  });

  const REPLAYED: readonly { readonly path: string; readonly body: () => unknown; readonly other: () => unknown }[] = [
    { path: '/v1/projects', body: () => ({ slug: 'red', name: 'Red' }), other: () => ({ slug: 'red', name: 'Redder' }) },
    { path: '/v1/service-accounts', body: () => ({ name: 'nightly' }), other: () => ({ name: 'weekly' }) },
    { path: '/v1/role-bindings', body: () => ({ subjectId: userId, role: 'viewer', scope: 'global' }), other: () => ({ subjectId: userId, role: 'researcher', scope: 'global' }) },
  ];
  for (const { path, body, other } of REPLAYED) {
    it(`answers ${path} the same again, and makes one`, async () => {
      const made = await create(path, 'one', body());
      assert.equal(made.status, 201, made.text);
      const before = await list(path);
      const answers = await Promise.all([1, 2, 3].map(() => create(path, 'one', body())));
      for (const answer of answers) {
        assert.deepEqual([answer.status, answer.text], [201, made.text]);
        assert.equal(answer.headers.get('location'), made.headers.get('location'));
      }
      const reused = await create(path, 'one', other());
      assert.deepEqual([reused.status, reused.body.type], [422, 'urn:quantonium:problem:idempotency-key-reused'], reused.text);
      assert.equal(await list(path), before);
    });
  }

  it('does both deeds of two people, or of two routes, that have chosen the same key', async () => {
    assert.equal((await create('/v1/projects', 'shared', { slug: 'blue', name: 'Blue' })).status, 201);
    assert.equal((await create('/v1/service-accounts', 'shared', { name: 'blue' })).status, 201);
    const oneTime = (await create('/v1/users', 'carol', { username: 'carol' })).body;
    const bound = await create('/v1/role-bindings', 'carol', { subjectId: oneTime.id, role: 'security-admin', scope: 'global' });
    assert.equal(bound.status, 201, bound.text);
    const newPassword = 'a long enough phrase for c';
    const changed = await call<{ access_token: string }>(server, 'PUT', '/v1/auth/password', { token: await login(server, 'carol', oneTime.oneTimePassword!), json: { currentPassword: oneTime.oneTimePassword, newPassword } });
    const hers = await call<Answered>(server, 'POST', '/v1/projects', { token: changed.body.access_token, json: { slug: 'green', name: 'Green' }, headers: { 'idempotency-key': 'shared' } });
    assert.equal(hers.status, 201, hers.text);
  });
});
