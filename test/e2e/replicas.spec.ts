import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call, eventually, login } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { createAccount } from '../harness/vault-account.js';
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
    try {
      assert.deepEqual(await Promise.all([one.stop(), two.stop()]), [0, 0], `${one.output()}\n\n${two.output()}`);
    } finally {
      await home.dispose();
    }
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

  it('forbid at once what an edited role allowed', async () => {
    const gina = await createPerson(one, world.owner.token, 'gina');
    const rules = [{ effect: 'allow', resource: 'users', verbs: ['read'] }, { effect: 'allow', resource: 'projects', verbs: ['read'] }];
    const role = await call<{ id: string }>(one, 'POST', '/v1/roles', { token: world.owner.token, json: { name: 'front-desk', description: 'Sees who is there.', rules, parents: [] } });
    assert.equal(role.status, 201, role.text);
    await bind(one, world.owner.token, gina.id, 'front-desk', 'global');
    assert.deepEqual(await statusAtBoth('/v1/users', gina.token), [200, 200]);
    const edited = await call(two, 'PUT', `/v1/roles/${role.body.id}`, { token: world.owner.token, headers: { 'if-match': role.headers.get('etag')! }, json: { name: 'front-desk', description: 'Sees projects.', rules: rules.slice(1), parents: [] } });
    assert.equal(edited.status, 200, edited.text);
    assert.deepEqual(await statusAtBoth('/v1/users', gina.token), [403, 403]);
    assert.deepEqual(await statusAtBoth('/v1/projects', gina.token), [200, 200]);
  });

  it('forbid what a binding allowed from the instant on at which it ends', async () => {
    const hugo = await createPerson(one, world.owner.token, 'hugo');
    const expiresAt = new Date(Date.now() + 3000).toISOString();
    const bound = await call(one, 'POST', '/v1/role-bindings', { token: world.owner.token, json: { subjectId: hugo.id, role: 'auditor', scope: 'global', expiresAt } });
    assert.equal(bound.status, 201, bound.text);
    assert.deepEqual(await statusAtBoth('/v1/users', hugo.token), [200, 200]);
    await eventually(() => call(two, 'GET', '/v1/users', { token: hugo.token }), ({ status }) => status === 403);
    assert.ok(Date.now() >= Date.parse(expiresAt));
    assert.deepEqual(await statusAtBoth('/v1/users', hugo.token), [403, 403]);
  });

  it('refuse at once what would make something in a project that was archived on the other', async () => {
    const submit = async (server: RunningServer): Promise<[number, string | undefined]> => {
      const answer = await call<{ type?: string }>(server, 'POST', '/v1/simulations', { token: world.alice.token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1, project: 'red' } });
      return [answer.status, answer.body.type];
    };
    assert.deepEqual([(await submit(one))[0], (await submit(two))[0]], [202, 202]);
    const archived = await call(one, 'POST', `/v1/projects/${world.red}/archive`, { token: world.owner.token, headers: { 'if-match': '*' } });
    assert.equal(archived.status, 200, archived.text);
    const refusal = [409, 'urn:quantonium:problem:project-archived'];
    assert.deepEqual([await submit(two), await submit(one)], [refusal, refusal]);
    assert.deepEqual(await statusAtBoth(`/v1/projects/${world.red}`, world.alice.token), [200, 200]);
    assert.deepEqual(await statusAtBoth('/v1/simulations', world.alice.token), [200, 200]);
    assert.equal((await call(two, 'POST', `/v1/projects/${world.red}/unarchive`, { token: world.owner.token })).status, 200);
    assert.equal((await submit(one))[0], 202);
  });

  it('forbid a program at once what the person loses who answers for it, and with the account everything', async () => {
    const ines = await createPerson(one, world.owner.token, 'ines');
    const binding = await bind(one, world.owner.token, ines.id, 'key-manager', 'global');
    const program = await createAccount(one, 'inherited');
    const shown = await call(one, 'GET', `/v1/service-accounts/${program.roleId}`, { token: world.owner.token });
    const handed = await call(one, 'PUT', `/v1/service-accounts/${program.roleId}/owner`, { token: world.owner.token, headers: { 'if-match': shown.headers.get('etag')! }, json: { ownerId: ines.id } });
    assert.equal(handed.status, 200, handed.text);
    const token = await program.login();
    const read = async (): Promise<number[]> => Promise.all([one, two].map(async (server) => (await call(server, 'GET', '/v1/transit/keys/absent', { headers: { 'x-vault-token': token } })).status));
    assert.deepEqual(await read(), [404, 404]);
    assert.equal((await call(two, 'DELETE', `/v1/role-bindings/${binding}`, { token: world.owner.token })).status, 204);
    assert.deepEqual(await read(), [403, 403]);
    await bind(two, world.owner.token, ines.id, 'key-manager', 'global');
    assert.deepEqual(await read(), [404, 404]);
    assert.equal((await call(two, 'POST', `/v1/users/${ines.id}/disable`, { token: world.owner.token })).status, 200);
    assert.deepEqual(await read(), [403, 403]);
    const again = await call(two, 'GET', `/v1/service-accounts/${program.roleId}`, { token: world.owner.token });
    assert.equal(again.body['ownerStatus'], 'disabled');
    assert.equal((await call(two, 'PUT', `/v1/service-accounts/${program.roleId}/owner`, { token: world.owner.token, headers: { 'if-match': again.headers.get('etag')! }, json: { ownerId: world.owner.id } })).status, 200);
    assert.deepEqual(await read(), [404, 404]);
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
