import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, login } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { createWorld, type World } from '../harness/world.js';
import { BELL } from './programs.js';

describe('tenancy', () => {
  let world: World;

  const server = withServer(async () => {
    world = await createWorld(server);
  });

  const submit = (token: string, project?: string) =>
    call<{ id: string }>(server, 'POST', '/v1/simulations', {
      token,
      headers: { prefer: 'wait=30' },
      json: { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1, ...(project === undefined ? {} : { project }) },
    });

  it('lets Alice run in red and not in blue, which is as if it did not exist', async () => {
    assert.equal((await submit(world.alice.token, 'red')).status, 200);
    const foreign = await submit(world.alice.token, 'blue');
    const absent = await submit(world.alice.token, 'green');
    assert.equal(foreign.status, 404);
    assert.equal(absent.status, 404);
    assert.deepEqual(withoutIds(foreign.body), withoutIds(absent.body));
  });

  it('hides a job of red from Bob on every route, and shows it to Alice', async () => {
    const { id } = (await submit(world.alice.token, 'red')).body;
    for (const [method, path] of [['GET', `/v1/simulations/${id}`], ['GET', `/v1/simulations/${id}/result`], ['GET', `/v1/simulations/${id}/receipt`], ['POST', `/v1/simulations/${id}/cancel`]] as const) {
      const bob = await call(server, method, path, { token: world.bob.token });
      assert.equal(bob.status, 404, `${method} ${path}: ${bob.text}`);
    }
    assert.equal((await call(server, 'GET', `/v1/simulations/${id}`, { token: world.alice.token })).status, 200);
    const list = await call<{ items: { id: string }[] }>(server, 'GET', '/v1/simulations', { token: world.bob.token });
    assert.ok(!list.text.includes(id));
  });

  it('refuses Carol, who only reads the audit, to run anything', async () => {
    const answer = await submit(world.carol.token, 'red');
    assert.ok([403, 404].includes(answer.status), answer.text);
  });

  it('refuses Dave, who administers access, to grant what he does not have', async () => {
    const answer = await call(server, 'POST', '/v1/role-bindings', {
      token: world.dave.token,
      json: { subjectId: world.dave.id, role: 'researcher', scope: `project:${world.red}` },
    });
    assert.equal(answer.status, 403, answer.text);
  });

  it('narrows a token to the scope that was asked for at login', async () => {
    const token = await login(server, world.alice.username, world.alice.password, 'read:data');
    const refused = await submit(token, 'red');
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate') ?? '', /insufficient_scope/);
    assert.equal((await call(server, 'GET', '/v1/simulations', { token })).status, 200);
  });

  it('ends a token at logout', async () => {
    const token = await login(server, world.bob.username, world.bob.password);
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 200);
    assert.equal((await call(server, 'POST', '/v1/auth/logout', { token })).status, 204);
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 401);
  });
});

function withoutIds(problem: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(problem).filter(([name]) => !['requestId', 'instance'].includes(name)));
}
