import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCOPES } from '#pure/principal/principal.js';
import { basicOf, call, login, loginOwner } from '../harness/api.js';
import { goldenRoutes } from '../golden/golden-routes.js';
import { withServer } from '../harness/with-server.js';

const SOME_ID = '00000000-0000-7000-8000-000000000000';

/** A path of the pattern. What a wildcard stands for does not matter: scopes are looked at before anything is. */
const pathOf = (url: string): string => url.replace(/:\w+/g, SOME_ID).replace('*', 'app/blobs/uploads/');

/** Of these one scope is not enough: they show something of a second key, or of the rights of somebody else, which is to be read too. */
const LOOKS_FURTHER: ReadonlySet<string> = new Set(['/v1/transit/byok-export/:destination/:source', '/v1/transit/byok-export/:destination/:source/:version', '/v1/rbac/subjects/:id/effective']);

/** The owner may do everything, so that what a route refuses it refuses for the scope. */
describe('scopes', () => {
  const server = withServer();

  it('open exactly the routes whose permission declares them: every route × every single scope', async () => {
    const guarded = goldenRoutes().filter(({ scope }) => scope !== null);
    assert.ok(guarded.length > 30, 'the registry is among them');
    assert.ok(guarded.some(({ url }) => url.startsWith('/v2')));
    const wrong: string[] = [];
    for (const scope of SCOPES) {
      const fresh = (): Promise<string> => login(server, 'owner', server.home.ownerPassword, scope);
      let token = await fresh();
      const atRegistry = basicOf((await call<{ key: string }>(server, 'POST', '/v1/api-keys', { token: await loginOwner(server), json: { scope } })).body.key);
      for (const route of guarded) {
        /* The registry takes no access token: there a key is narrowed alike. */
        const proof = () => (/^\/(?:v2|token)\b/.test(route.url) ? atRegistry : { authorization: `Bearer ${token}` });
        const ask = () => call(server, route.method, pathOf(route.url), { headers: proof(), ...(route.method === 'GET' || route.method === 'HEAD' ? {} : { json: {} }) });
        let answer = await ask();
        /* What was let through before may have ended the token's session: what is refused for its scope changes nothing. */
        if (answer.status === 401) {
          token = await fresh();
          answer = await ask();
        }
        const isRefused = answer.status === 403 && /insufficient_scope/.test(answer.headers.get('www-authenticate') ?? '');
        if (isRefused !== (scope !== route.scope || LOOKS_FURTHER.has(route.url))) wrong.push(`${route.method} ${route.url} with ${scope}: ${answer.status} ${answer.text.slice(0, 200)}`);
        if (answer.status >= 500) wrong.push(`${route.method} ${route.url} with ${scope}: ${answer.status}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
});
