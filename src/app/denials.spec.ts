import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Controller, Get, Param } from '@nestjs/common';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { rawHttp } from '../../test/harness/raw-http.js';
import { CAN, ThingsController } from '../../test/harness/things.controller.js';

@Controller('foreign')
class ForeignController {
  @Get(':id')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  get(@Param('id') id: string): void {
    throw new Fault(REQUEST_FAULTS['not-found'], id === 'there' ? { concealed: true } : {});
  }
}

const AS_ANN = { authorization: 'Bearer good-ann' };
const JSON_TYPE = { 'content-type': 'application/json' };

describe('which refusals are recorded as denials', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController, ForeignController])));
  after(() => server.close());
  beforeEach(() => void (server.recorder.denials.length = 0));

  const recorded = () => server.recorder.denials.map(({ route, code, status, principal, suspicion, concealed }) => [route, code, status, principal?.id ?? null, suspicion, concealed]);
  const post = (body: string): RequestInit => ({ method: 'POST', headers: { ...JSON_TYPE, ...AS_ANN }, body });

  const recording: readonly (readonly [string, string, RequestInit, readonly unknown[]])[] = [
    ['a missing credential', '/things', {}, ['GET /things', 'unauthenticated', 401, null, null, false]],
    ['a missing right', '/things', { headers: { authorization: 'Bearer good-stranger' } }, ['GET /things', 'forbidden', 403, 'stranger', null, false]],
    ['a failure of ours', '/things/broken', {}, ['GET /things/broken', 'internal-error', 500, null, null, false]],
    ['NUL in the path', '/things/a%00b', { headers: AS_ANN }, ['GET /things/:id', 'malformed-request', 400, null, 'nul-character', false]],
    ['NUL in the query', '/things?cursor=%00', { headers: AS_ANN }, ['GET /things', 'malformed-request', 400, null, 'nul-character', false]],
    ['NUL encoded twice, on no route', '/no/such%2500place', {}, ['unrouted', 'not-found', 404, null, 'nul-character', false]],
    ['encoded dots', '/things/%2e%2e%2f%2e%2e%2fetc%2fpasswd', { headers: AS_ANN }, ['GET /things/:id', 'invalid-request', 422, 'ann', 'traversal', false]],
    ['encoded dots on no route', '/nothing/..%2f..%2fetc/passwd', {}, ['unrouted', 'not-found', 404, null, 'traversal', false]],
    ['dots encoded twice', '/nothing/%252e%252e%255cboot.ini', {}, ['unrouted', 'not-found', 404, null, 'traversal', false]],
    ['dots in forbidden UTF-8', '/things/%c0%ae%c0%ae%c0%afetc', {}, ['unrouted', 'malformed-request', 400, null, 'traversal', false]],
    ['a prototype in the query', '/things?__proto__[admin]=1', { headers: AS_ANN }, ['GET /things', 'invalid-request', 422, null, 'prototype-name', false]],
    ['a name twice in the query', '/things?limit=1&limit=2', { headers: AS_ANN }, ['GET /things', 'invalid-request', 422, null, 'duplicate-name', false]],
    ['a prototype in the body', '/things', post('{"name":"x","count":1,"__proto__":{"admin":true}}'), ['POST /things', 'malformed-json', 400, 'ann', 'prototype-name', false]],
    ['a name twice in the body', '/things', post('{"name":"x","name":"y","count":1}'), ['POST /things', 'malformed-json', 400, 'ann', 'duplicate-name', false]],
    ['NUL in the body', '/things', post('{"name":"\\u0000","count":1}'), ['POST /things', 'malformed-json', 400, 'ann', 'nul-character', false]],
  ];
  for (const [name, path, init, denial] of recording) {
    it(`records ${name}`, async () => {
      const { status } = await fetch(`${server.url}${path}`, init);
      assert.deepEqual(recorded(), [denial]);
      assert.equal(status, denial[2]);
    });
  }

  const silent: readonly (readonly [string, string, RequestInit])[] = [
    ['a path that is not there', '/nothing', {}],
    ['a path with dots in a name', '/nothing/v1..v2/...', {}],
    ['an object that is not there', '/foreign/absent', { headers: AS_ANN }],
    ['another method', '/things', { method: 'DELETE' }],
    ['a body that is not JSON', '/things', post('{"name"')],
    ['a field out of range', '/things?limit=0', { headers: AS_ANN }],
    ['an unknown field', '/things', post('{"name":"x","count":1,"colour":1}')],
    ['another content type', '/things', { method: 'POST', headers: { 'content-type': 'text/plain', ...AS_ANN }, body: 'x' }],
    ['a database that is away', '/things', { headers: { authorization: 'Bearer down' } }],
  ];
  for (const [name, path, init] of silent) {
    it(`does not record ${name}`, async () => {
      assert.ok((await fetch(`${server.url}${path}`, init)).status >= 400);
      assert.deepEqual(recorded(), []);
    });
  }

  const bare: readonly (readonly [string, string, number, string])[] = [
    ['Content-Length beside Transfer-Encoding', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'framing'],
    ['two Content-Lengths', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef', 400, 'framing'],
    ['a header that is no header', 'GET /things/open HTTP/1.1\r\nHost : x\r\n\r\n', 400, 'framing'],
    ['headers beyond measure', `GET /things/open HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 431, 'oversized-headers'],
    ['two Hosts', 'GET /things/open HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400, 'framing'],
    ['content on a GET', 'GET /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 400, 'framing'],
    ['too many header lines', `GET /things/open HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(101)}\r\n`, 431, 'oversized-headers'],
  ];
  for (const [name, bytes, status, suspicion] of bare) {
    it(`records ${name}`, async () => {
      const answer = await rawHttp(server.port, bytes);
      assert.equal(answer.status, status);
      const [denial] = server.recorder.denials;
      assert.deepEqual([denial!.suspicion, denial!.status, denial!.principal], [suspicion, status, null]);
      assert.match(answer.head, new RegExp(`x-request-id: ${denial!.requestId}`, 'i'));
    });
  }

  it('does not record another protocol at the port, nor a client that is too slow', async () => {
    assert.equal((await rawHttp(server.port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')).status, 400);
    assert.equal((await rawHttp(server.port, 'LIST /things HTTP/1.1\r\nHost: x\r\n\r\n')).status, 400);
    assert.deepEqual(recorded(), []);
  });

  it('records once a limit that is exceeded, also where no route matches', async () => {
    const limited = await openHttpApplication([ThingsController], { rateLimits: { anonymousPerMinute: 2, principalPerMinute: 2, registryPerMinute: 2 } });
    try {
      const statuses: number[] = [];
      for (const path of ['/things', '/things', '/things', '/nothing', '/things/%zz']) statuses.push((await fetch(`${limited.url}${path}`)).status);
      assert.deepEqual(statuses, [401, 401, 429, 429, 429]);
      const denials = limited.recorder.denials.map(({ route, code }) => `${route} ${code}`);
      assert.deepEqual(denials.slice(2), ['GET /things too-many-requests', 'unrouted too-many-requests', 'unrouted too-many-requests']);
    } finally {
      await limited.close();
    }
  });
});

describe('a denial that is told as an absence', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ForeignController])));
  after(() => server.close());

  const ask = async (id: string) => {
    const response = await fetch(`${server.url}/foreign/${id}`, { headers: AS_ANN });
    const { instance: _path, requestId: _id, ...body } = (await response.json()) as Record<string, unknown>;
    const headers = [...response.headers].filter(([name]) => !['x-request-id', 'date', 'content-length', 'ratelimit'].includes(name));
    return { status: response.status, body, headers };
  };

  it('is recorded for what it is', async () => {
    await ask('there');
    await ask('absent');
    const [denial, ...others] = server.recorder.denials;
    assert.equal(others.length, 0);
    assert.deepEqual([denial!.route, denial!.target, denial!.code, denial!.status, denial!.principal?.id, denial!.permission, denial!.concealed], ['GET /foreign/:id', '/foreign/there', 'not-found', 404, 'ann', 'thing:read', true]);
  });

  it('is answered in the same words and headers as an absence, and as soon, while its record hangs', async () => {
    const absent = await ask('absent');
    let open = (): void => {};
    server.recorder.gate = new Promise((resolve) => (open = resolve));
    const started = performance.now();
    const there = await ask('there');
    const tookMillis = performance.now() - started;
    open();
    assert.deepEqual(there, absent);
    assert.ok(tookMillis < 900, `${tookMillis} ms: it waited for its record`);
  });
});
