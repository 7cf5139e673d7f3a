import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { ThingsController } from '../../test/harness/things.controller.js';

const ORIGIN = 'https://lab.example';
const PREFLIGHT = { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } };

describe('security headers', () => {
  let plain: HttpApplication;
  let open: HttpApplication;
  before(async () => {
    plain = await openHttpApplication([ThingsController]);
    open = await openHttpApplication([ThingsController], { publicUrl: 'https://q.example', corsOrigins: [ORIGIN] });
  });
  after(() => Promise.all([plain.close(), open.close()]));

  it('stand on every answer, whatever it is', async () => {
    for (const path of ['/things/open', '/things', '/nothing', '/things/%zz', '/things/broken']) {
      const { headers } = await fetch(`${plain.url}${path}`);
      assert.match(headers.get('content-security-policy')!, /^default-src 'none'/, path);
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('server'), null);
      assert.equal(headers.get('x-powered-by'), null);
      assert.equal(headers.get('access-control-allow-origin'), null);
      assert.equal(headers.get('strict-transport-security'), null, 'this address is not https');
    }
  });

  it('demand https where the address is https', async () => {
    const { headers } = await fetch(`${open.url}/things`);
    assert.match(headers.get('strict-transport-security')!, /^max-age=63072000/);
  });

  it('open nothing to other origins by default', async () => {
    const { status, headers } = await fetch(`${plain.url}/things/open`, PREFLIGHT);
    assert.equal(status, 405);
    assert.equal(headers.get('access-control-allow-origin'), null);
  });

  it('open the configured origin, in the preflight, in the answer and in the refusal', async () => {
    const preflight = await fetch(`${open.url}/things`, PREFLIGHT);
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(preflight.headers.get('access-control-allow-headers')!, /Authorization/);
    assert.equal(preflight.headers.get('access-control-allow-credentials'), null);
    for (const path of ['/things/open', '/things']) {
      const { headers } = await fetch(`${open.url}${path}`, { headers: { origin: ORIGIN } });
      assert.equal(headers.get('access-control-allow-origin'), ORIGIN, path);
      assert.equal(headers.get('vary'), 'Origin');
    }
  });

  for (const origin of ['https://lab.example.evil', 'http://lab.example', 'https://lab.example:8443', 'https://LAB.example', 'null', '']) {
    it(`do not open ${JSON.stringify(origin)}, which only resembles it`, async () => {
      const { headers } = await fetch(`${open.url}/things/open`, { headers: { origin } });
      assert.equal(headers.get('access-control-allow-origin'), null);
    });
  }
});
