import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, eventually } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';

/** More than a process has at its start, so that all of its life is beyond the ceiling. */
describe('a server that is at a ceiling', () => {
  const server = withServer(async () => void (await eventually(() => call(server, 'GET', '/v1/version'), ({ status }) => status === 503)), { LOAD_MEMORY_BYTES_MAX: String(1024 * 1024) });

  it('refuses what is new, in the words of each client, and says when to ask again', async () => {
    for (const [method, path, told] of [
      ['POST', '/v1/auth/login', /"type":"urn:quantonium:problem:unavailable"/],
      ['GET', '/v1/simulations', /"type":"urn:quantonium:problem:unavailable"/],
      ['GET', '/v2/', /^\{"errors":\[\{"code":/],
      ['GET', '/v1/transit/keys/x', /^\{"errors":\["/],
    ] as const) {
      const { status, headers, text } = await call(server, method, path);
      assert.deepEqual([path, status, headers.get('retry-after')], [path, 503, '5']);
      assert.match(text, told);
    }
  });

  it('answers its probes: it is busy, and to be started anew would make it busier', async () => {
    for (const probe of ['live', 'startup']) assert.equal((await call(server, 'GET', `/health/${probe}`)).status, 200, probe);
  });
});
