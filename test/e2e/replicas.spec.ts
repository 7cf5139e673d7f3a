import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call, eventually, login } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { bind, createPerson, createWorld, type World } from '../harness/world.js';
import { BELL } from './programs.js';

/** Of one address, at both together: more than the tests before it need. */
const ANONYMOUS = 150;

/** Two processes on one database, none of them special. */
describe('two replicas', () => {
  let home: TestHome;
  let one: RunningServer;
  let two: RunningServer;
  let world: World;

  before(async () => {
    home = createHome({ RATE_LIMIT_STORE: 'postgres', RATE_LIMIT_ANONYMOUS_PER_MINUTE: String(ANONYMOUS) });
    /* Both at once on nothing: one database, one root key, one owner must come of it. */
    [one, two] = await Promise.all([startServer(home), startServer(home)]);
    world = await createWorld(one);
  });
  after(async () => {
    assert.deepEqual(await Promise.all([one.stop(), two.stop()]), [0, 0]);
    await home.dispose();
  });

  const statusAtBoth = async (path: string, token: string): Promise<number[]> =>
    Promise.all([one, two].map(async (server) => (await call(server, 'GET', path, { token })).status));

  it('made one owner between them', async () => {
    const users = await call<{ items: { username: string }[] }>(two, 'GET', '/v1/users?limit=100', { token: world.owner.token });
    assert.equal(users.body.items.filter((user) => user.username === 'owner').length, 1);
  });

  it('accept each other’s tokens', async () => {
    assert.deepEqual(await statusAtBoth('/v1/auth/me', world.alice.token), [200, 200]);
  });

  it('refuse a token at once after logout on the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const token = await login(one, world.bob.username, world.bob.password);
      assert.deepEqual(await statusAtBoth('/v1/auth/me', token), [200, 200]);
      await call(one, 'POST', '/v1/auth/logout', { token });
      assert.deepEqual(await statusAtBoth('/v1/auth/me', token), [401, 401]);
    }
  });

  it('refuse a user at once after being disabled on the other', async () => {
    const eve = await createPerson(one, world.owner.token, 'eve');
    assert.deepEqual(await statusAtBoth('/v1/auth/me', eve.token), [200, 200]);
    const disabled = await call(two, 'POST', `/v1/users/${eve.id}/disable`, { token: world.owner.token });
    assert.equal(disabled.status, 200, disabled.text);
    assert.deepEqual(await statusAtBoth('/v1/auth/me', eve.token), [401, 401]);
  });

  it('forbid at once what a removed binding allowed', async () => {
    const frank = await createPerson(one, world.owner.token, 'frank');
    const binding = await bind(one, world.owner.token, frank.id, 'auditor', 'global');
    const path = '/v1/audit/entries/00000000-0000-7000-8000-000000000000/receipt';
    assert.deepEqual(await statusAtBoth(path, frank.token), [404, 404]);
    assert.equal((await call(two, 'DELETE', `/v1/role-bindings/${binding}`, { token: world.owner.token })).status, 204);
    assert.deepEqual(await statusAtBoth(path, frank.token), [403, 403]);
  });

  it('do one deed for one Idempotency-Key, whichever is asked and however often', async () => {
    const ask = (server: RunningServer, shots = 10) =>
      call<{ id: string }>(server, 'POST', '/v1/simulations', {
        token: world.owner.token,
        headers: { 'idempotency-key': 'one-bell' },
        json: { program: { language: 'openqasm2', source: BELL }, shots, seed: 1 },
      });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(index % 2 === 0 ? one : two)));
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))].filter((status) => status !== 200), [202], answers.map((answer) => answer.text).join('\n'));
    assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
    assert.equal((await ask(two, 11)).status, 422);
  });

  it('count a stranger together', async () => {
    const ask = async (server: RunningServer): Promise<number> => (await call(server, 'GET', '/nothing')).status;
    const statuses: number[] = [];
    // Ten at a time, so that a slow machine counts them in time: what takes longer is counted by each alone.
    while (statuses.length < ANONYMOUS * 2) statuses.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => ask(index % 2 === 0 ? one : two)))));
    const admitted = statuses.filter((status) => status === 404).length;
    assert.ok(admitted > 0 && admitted <= ANONYMOUS, `${admitted} were let in`);
    assert.deepEqual([...new Set(statuses)].sort(), [404, 429]);
    assert.deepEqual([await ask(one), await ask(two)], [429, 429]);
    assert.deepEqual(await statusAtBoth('/v1/auth/me', world.owner.token), [200, 200], 'whoever is known goes on');
  });

  it('finish each other’s jobs when one is killed', async () => {
    const submitted = await call<{ id: string }>(one, 'POST', '/v1/simulations', { token: world.owner.token, json: { program: { language: 'openqasm2', source: BELL }, shots: 100, seed: 2 } });
    assert.equal(submitted.status, 202);
    await one.kill();
    const finished = await eventually(() => call<{ status: string }>(two, 'GET', `/v1/simulations/${submitted.body.id}`, { token: world.owner.token }), (answer) => answer.body.status === 'succeeded');
    assert.equal(finished.status, 200);
    one = await startServer(home);
  });
});
