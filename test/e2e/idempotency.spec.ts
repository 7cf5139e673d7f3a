import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { call, login, loginOwner } from '../harness/api.js';
import { CREATIONS, type Ground, prepareGround, WITHOUT_KEY } from '../harness/creations.js';
import { withServer } from '../harness/with-server.js';

interface Answered {
  readonly id: string;
  readonly deliveryId?: string;
  readonly type: string;
  readonly resourceId?: string;
  readonly oneTimePassword?: string;
  readonly errors?: readonly { readonly pointer: string }[];
}

describe('Idempotency-Key on what is created', () => {
  let token: string;
  let ground: Ground;

  const server = withServer(async () => {
    token = await loginOwner(server);
    await create('/v1/users', 'the-first', { username: 'first' });
    ground = await prepareGround(server, token);
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

  it('is taken by every POST that makes something, or it is said what a repetition does instead', () => {
    const { paths } = JSON.parse(readFileSync('test/golden/openapi.json', 'utf8')) as { paths: Record<string, { post?: { responses: Record<string, unknown>; parameters?: { name: string }[] } }> };
    const posts = Object.entries(paths).flatMap(([path, { post }]) => (post === undefined ? [] : [{ path, makes: '201' in post.responses || '202' in post.responses, takesKey: post.parameters?.some(({ name }) => name === 'Idempotency-Key') === true }]));
    assert.deepEqual(posts.filter(({ takesKey }) => takesKey).map(({ path }) => path).sort(), CREATIONS.map(({ route }) => route).sort());
    // Of the Vault dialect a 202 waits for a second person; keys are named by who makes them, and made once by that.
    const others = posts.filter(({ path, makes, takesKey }) => makes && !takesKey && !path.startsWith('/v1/transit/'));
    assert.deepEqual(others.map(({ path }) => path).sort(), Object.keys(WITHOUT_KEY).sort());
  });

  for (const { route, path, body, list: listed, shownOnce, goesOn } of CREATIONS) {
    it(`makes one at ${route} of eight who ask at once, and answers all the same`, async () => {
      const ids = async (): Promise<string[]> => (await call<{ items: { id: string }[] }>(server, 'GET', `${listed(ground)}?limit=100`, { token })).body.items.map(({ id }) => id);
      const send = (json: unknown) => call<Answered>(server, 'POST', path(ground), { token, headers: { 'idempotency-key': 'eight' }, ...(json === undefined ? {} : { json }) });
      const before = await ids();
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(body(ground, 0))));
      const [made, ...more] = answers.filter(({ status }) => status < 300);
      assert.ok(made !== undefined, answers[0]!.text);
      const id = made.body.id ?? made.body.deliveryId;
      assert.deepEqual((await ids()).filter((each) => !before.includes(each)), [id]);
      const repeated = shownOnce === true ? [...answers.filter((answer) => answer !== made), await send(body(ground, 0))] : [...more, await send(body(ground, 0))];
      assert.equal(repeated.length, 8);
      for (const answer of repeated) {
        if (shownOnce === true) assert.deepEqual([answer.status, answer.body.type, answer.body.resourceId], [409, 'urn:quantonium:problem:idempotency-replay-refused', id], answer.text);
        else assert.deepEqual([goesOn === true && answer.status < 300 ? made.status : answer.status, answer.body.id ?? answer.body.deliveryId, answer.headers.get('location')], [made.status, id, made.headers.get('location')], answer.text);
        if (shownOnce !== true && goesOn !== true) assert.equal(answer.text, made.text);
      }
      const reused = await send(body(ground, 1) ?? {});
      // In the words of whichever dialect.
      assert.equal(reused.status, 422, reused.text);
      assert.match(reused.text, /The Idempotency-Key was used before with another body\./);
      assert.deepEqual((await ids()).filter((each) => !before.includes(each)), [id]);
    });
  }

  it('is of the account below which something is made: the same key and body for another make another', async () => {
    const other = (await create('/v1/service-accounts', 'another', { name: 'another' })).body.id;
    const made = await create(`/v1/service-accounts/${other}/secrets`, 'eight', { label: 'secret 0' });
    assert.equal(made.status, 201, made.text);
  });

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
