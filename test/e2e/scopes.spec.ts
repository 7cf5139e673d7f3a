import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SCOPES } from '#pure/principal/principal.js';
import { call, login } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';

interface OpenApi {
  paths: Record<string, Record<string, { 'x-scope'?: string; 'x-permission'?: string }>>;
}

const SOME_ID = '00000000-0000-7000-8000-000000000000';

/** The owner may do everything, so that what a route refuses it refuses for the scope. */
describe('scopes', () => {
  let home: TestHome;
  let server: RunningServer;

  before(async () => {
    home = createHome();
    server = await startServer(home);
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  it('open exactly the routes whose permission declares them: every route × every single scope', async () => {
    const { paths } = (await call<OpenApi>(server, 'GET', '/openapi.json')).body;
    const guarded = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) => (operation['x-scope'] === undefined ? [] : [{ method: method.toUpperCase(), path, scope: operation['x-scope'] }])),
    );
    assert.ok(guarded.length > 15);
    const wrong: string[] = [];
    for (const scope of SCOPES) {
      for (const route of guarded) {
        /* A token of its own for each call: one of the routes ends its session. */
        const token = await login(server, 'owner', home.ownerPassword, scope);
        const answer = await call<{ type?: string }>(server, route.method, route.path.replace(/\{[^}]+\}/g, SOME_ID), { token, ...(route.method === 'GET' || route.method === 'HEAD' ? {} : { json: {} }) });
        const isRefused = answer.status === 403 && /insufficient_scope/.test(answer.headers.get('www-authenticate') ?? '');
        if (isRefused !== (scope !== route.scope)) wrong.push(`${route.method} ${route.path} with ${scope}: ${answer.status} ${answer.text.slice(0, 200)}`);
        if (answer.status >= 500) wrong.push(`${route.method} ${route.path} with ${scope}: ${answer.status}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
});
