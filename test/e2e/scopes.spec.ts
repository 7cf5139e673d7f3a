import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCOPES } from '#pure/principal/principal.js';
import { call, login } from '../harness/api.js';
import { goldenRoutes } from '../golden/golden-routes.js';
import { withServer } from '../harness/with-server.js';

const SOME_ID = '00000000-0000-7000-8000-000000000000';

/** A path of the pattern. What a wildcard stands for does not matter: scopes are looked at before anything is. */
const pathOf = (url: string): string => url.replace(/:\w+/g, SOME_ID).replace('*', 'app/blobs/uploads/');

/** The owner may do everything, so that what a route refuses it refuses for the scope. */
describe('scopes', () => {
  const server = withServer();

  it('open exactly the routes whose permission declares them: every route × every single scope', async () => {
    const guarded = goldenRoutes().filter(({ scope }) => scope !== null);
    assert.ok(guarded.length > 30, 'the registry is among them');
    assert.ok(guarded.some(({ url }) => url.startsWith('/v2')));
    const wrong: string[] = [];
    for (const scope of SCOPES) {
      let token: string | null = null;
      for (const route of guarded) {
        token ??= await login(server, 'owner', server.home.ownerPassword, scope);
        const answer = await call<{ type?: string }>(server, route.method, pathOf(route.url), { token, ...(route.method === 'GET' || route.method === 'HEAD' ? {} : { json: {} }) });
        const isRefused = answer.status === 403 && /insufficient_scope/.test(answer.headers.get('www-authenticate') ?? '');
        if (isRefused !== (scope !== route.scope)) wrong.push(`${route.method} ${route.url} with ${scope}: ${answer.status} ${answer.text.slice(0, 200)}`);
        if (answer.status >= 500) wrong.push(`${route.method} ${route.url} with ${scope}: ${answer.status}`);
        /* What is refused for its scope changes nothing; what is let through may have ended the token's session. */
        if (!isRefused) token = null;
      }
    }
    assert.deepEqual(wrong, []);
  });
});
