import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { rawHttp } from '../../../test/harness/raw-http.js';
import { ListenRefusal } from './listen-refusal.js';
import { ManagementServer } from './management-server.js';

const text = (body: string) => ({ status: 200, contentType: 'text/plain', body });

describe('the management server', () => {
  let server: ManagementServer;
  const portOf = (of: ManagementServer): number => Number(new URL(of.url).port);
  before(async () => {
    server = await ManagementServer.open(0, '127.0.0.1', { '/metrics': async () => text('a 1\n'), '/health/ready': () => ({ ...text('no'), status: 503 }), '/broken': () => Promise.reject(new Error('secret internals')) });
  });
  after(() => server.close());

  it('answers its pages, with a query or without, and to HEAD without the body', async () => {
    for (const path of ['/metrics', '/metrics?x=1']) {
      const response = await fetch(`${server.url}${path}`);
      assert.deepEqual([response.status, await response.text(), response.headers.get('cache-control')], [200, 'a 1\n', 'no-store']);
    }
    const head = await fetch(`${server.url}/metrics`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '4', '']);
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 503);
  });

  it('has nothing else, whatever it is called', async () => {
    for (const path of ['/', '/v1/version', '/metrics/', '/metrics/x', '/toString', '/__proto__', '//metrics', '/%6detrics']) assert.equal((await fetch(`${server.url}${path}`)).status, 404, path);
    const { status } = await rawHttp(portOf(server), 'GET http://other/metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.equal(status, 404);
  });

  it('takes no other method and no content', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
      const { status, head } = await rawHttp(portOf(server), `${method} /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
      assert.equal(status, 405, method);
      assert.match(head, /allow: GET, HEAD/i);
    }
    const { status } = await rawHttp(portOf(server), 'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nGET /metrics HTTP/1.1\r\nHost: y\r\n\r\n');
    assert.equal(status, 413);
  });

  it('shows nothing of what failed', async () => {
    const response = await fetch(`${server.url}/broken`);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret/);
  });

  it('refuses header lines that are too long', async () => {
    const { status } = await rawHttp(portOf(server), `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(9_000)}\r\n\r\n`);
    assert.equal(status, 431);
  });

  it('closes though connections are open', async () => {
    const other = await ManagementServer.open(0, '127.0.0.1', { '/metrics': () => text('') });
    const idle = connect(portOf(other), '127.0.0.1');
    await once(idle, 'connect');
    const ended = once(idle, 'close');
    idle.on('error', () => undefined);
    const kept = request(`${other.url}/metrics`, { headers: { connection: 'keep-alive' } }).end();
    const [answered] = (await once(kept, 'response')) as [NodeJS.ReadableStream];
    answered.resume();
    await other.close();
    await ended;
    await assert.rejects(fetch(`${other.url}/metrics`));
  });

  it('says in a sentence which port cannot be opened', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    await assert.rejects(ManagementServer.open(port, '127.0.0.1', {}), (error) => error instanceof ListenRefusal && error.message === `MANAGEMENT_PORT=${port} cannot be opened: another process listens there already`);
    squatter.close();
    await assert.rejects(ManagementServer.open(0, '192.0.2.1', {}), /no such address/);
  });
});
