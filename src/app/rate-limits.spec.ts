import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller, Get } from '@nestjs/common';
import { ThrottlerStorage } from '@nestjs/throttler';
import { Bucket, Requires, Unaudited } from '#platform/http/annotations.js';
import type { LimitStorage } from '#platform/http/rate-limit/limit-storage.js';
import { MemoryLimitStorage } from '#platform/http/rate-limit/memory-limit-storage.js';
import { NAMED_BUCKETS } from '#platform/http/buckets.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { rawHttp } from '../../test/harness/raw-http.js';
import { CAN, ThingsController } from '../../test/harness/things.controller.js';

const ANONYMOUS = 5;
const PRINCIPAL = 20;

/** Where the registry is: its requests are counted by themselves. */
@Controller('v2')
class RegistryController {
  @Get()
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  @Bucket('registry-challenge')
  version(): object {
    return {};
  }
}

async function within(work: (server: HttpApplication) => Promise<void>, trustedProxies: readonly string[] = []): Promise<void> {
  const server = await openHttpApplication([ThingsController, RegistryController], { rateLimits: { anonymousPerMinute: ANONYMOUS, principalPerMinute: PRINCIPAL, registryPerMinute: PRINCIPAL }, trustedProxies });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

const statusOf = async (server: HttpApplication, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> => {
  const response = await fetch(`${server.url}${path}`, { headers, method });
  await response.arrayBuffer();
  return response.status;
};
const as = (id: string): Record<string, string> => ({ authorization: `Bearer good-${id}` });
const times = (count: number, run: () => Promise<number>): Promise<readonly number[]> => Promise.all(Array.from({ length: count }, run));
const count = (statuses: readonly number[], status: number): number => statuses.filter((each) => each === status).length;

describe('the limit of a source', () => {
  it('counts all routes together, those that do not exist and those without a body that parses too', () =>
    within(async (server) => {
      assert.equal(await statusOf(server, '/things/open'), 200);
      assert.equal(await statusOf(server, '/nothing'), 404);
      assert.equal(await statusOf(server, '/things', {}, 'DELETE'), 405);
      assert.equal(await statusOf(server, '/things'), 401);
      assert.equal(await statusOf(server, '/things/%zz'), 400);
      for (const path of ['/things/open', '/nothing', '/things', '/things/%zz']) assert.equal(await statusOf(server, path), 429, path);
    }));

  it('tells when to come back, and lets in then', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS; request += 1) await statusOf(server, '/things/open');
      const { status, headers } = await fetch(`${server.url}/things/open`);
      assert.equal(status, 429);
      const waitSeconds = Number(headers.get('retry-after'));
      assert.ok(waitSeconds >= 60 && waitSeconds <= 61, String(waitSeconds));
      assert.equal(headers.get('ratelimit'), `"source";r=0;t=${waitSeconds}`);
      assert.equal(headers.get('ratelimit-policy'), `"source";q=${ANONYMOUS};w=60`);
      server.clock.millis += (waitSeconds - 1) * 1000;
      assert.equal(await statusOf(server, '/things/open'), 429);
      server.clock.millis += 1000;
      assert.equal(await statusOf(server, '/things/open'), 200);
    }));

  it('is charged by refused credentials', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await statusOf(server, '/things', { authorization: 'Bearer bad' }), 401);
      assert.equal(await statusOf(server, '/things', { authorization: 'Bearer bad' }), 429);
      assert.equal(await statusOf(server, '/things/open'), 429);
    }));

  it('is not charged by requests that are authenticated, whatever becomes of them', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS; request += 1) {
        assert.equal(await statusOf(server, '/things', as('ann')), 200);
        assert.equal(await statusOf(server, '/things', as('stranger')), 403);
        assert.equal(await statusOf(server, '/things/1', as('bob')), 422);
      }
      assert.equal(await statusOf(server, '/things/open'), 200);
    }));

  it('is charged by logins that fail, and not by those that succeed', () =>
    within(async (server) => {
      const login = async (label: string): Promise<number> => {
        const response = await fetch(`${server.url}/things/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ label }) });
        await response.arrayBuffer();
        return response.status;
      };
      for (let request = 0; request < ANONYMOUS * 3; request += 1) assert.equal(await login('right'), 200);
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await login('wrong'), 401);
      assert.equal(await login('right'), 429);
    }));

  it('is not charged while credentials cannot be verified', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS * 2; request += 1) assert.equal(await statusOf(server, '/things', { authorization: 'Bearer down' }), 503);
      assert.equal(await statusOf(server, '/things/open'), 200);
    }));

  it('lets exactly so many of 300 parallel anonymous requests through', () =>
    within(async (server) => {
      const statuses = await times(300, () => statusOf(server, '/things/open'));
      assert.equal(count(statuses, 200), ANONYMOUS);
      assert.equal(count(statuses, 429), 300 - ANONYMOUS);
    }));

  it('answers exactly so many of 150 parallel forged credentials with 401, and has a bounded number of them verified', () =>
    within(async (server) => {
      const statuses = await times(150, () => statusOf(server, '/things', { authorization: 'Bearer forged' }));
      assert.equal(count(statuses, 401), ANONYMOUS);
      assert.equal(server.verifier.seen.length, ANONYMOUS * 11, 'ten times its limit are tried beyond it');
    }));

  it('refuses none of many parallel valid requests, though they are more than the limit', () =>
    within(async (server) => {
      const clients = ['ann', 'bob', 'cem', 'dora', 'eve'];
      const statuses = (await Promise.all(clients.map((client) => times(PRINCIPAL, () => statusOf(server, '/things', as(client)))))).flat();
      assert.equal(count(statuses, 200), clients.length * PRINCIPAL);
      assert.equal(await statusOf(server, '/things/open'), 200, 'everything was taken back');
    }));

  it('is not spent on health, and named buckets are their own', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS * 3; request += 1) assert.equal(await statusOf(server, '/things/probe'), 200);
      for (let request = 0; request < ANONYMOUS; request += 1) await statusOf(server, '/nothing');
      assert.equal(await statusOf(server, '/things/open'), 429);
      assert.equal(await statusOf(server, '/things/probe'), 200);
      const statuses = await times(NAMED_BUCKETS.jwks + 1, () => statusOf(server, '/things/own-bucket'));
      assert.equal(count(statuses, 429), 1);
    }));

  it('is what a credential costs on a route whose challenge has a bucket of its own', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS * 2; request += 1) assert.equal(await statusOf(server, '/things/challenge'), 401);
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await statusOf(server, '/things/challenge', { authorization: 'Bearer guess' }), 401);
      assert.equal(await statusOf(server, '/things/challenge', { authorization: 'Bearer guess' }), 429);
      assert.equal(await statusOf(server, '/things/challenge'), 401);
    }));

  const FORWARDED: readonly (readonly [string, (turn: number) => Record<string, string>])[] = [
    ['another X-Forwarded-For each time', (turn) => ({ 'x-forwarded-for': `192.0.2.${turn}` })],
    ['a growing list of them', (turn) => ({ 'x-forwarded-for': Array.from({ length: turn }, (_, index) => `192.0.2.${index}`).join(', ') })],
    ['addresses of proxies in it', (turn) => ({ 'x-forwarded-for': `192.0.2.${turn}, 127.0.0.1, 10.0.0.1` })],
    ['IPv6 in it', (turn) => ({ 'x-forwarded-for': `2001:db8:${turn}::1` })],
    ['Forwarded', (turn) => ({ forwarded: `for=192.0.2.${turn}` })],
    ['X-Real-IP', (turn) => ({ 'x-real-ip': `192.0.2.${turn}` })],
    ['X-Client-IP and CF-Connecting-IP', (turn) => ({ 'x-client-ip': `192.0.2.${turn}`, 'cf-connecting-ip': `192.0.2.${turn}` })],
    ['Via and X-Forwarded-Host', (turn) => ({ via: `1.1 192.0.2.${turn}`, 'x-forwarded-host': `h${turn}.example` })],
  ];
  for (const [what, headersOf] of FORWARDED) {
    it(`is not escaped by ${what}`, () =>
      within(async (server) => {
        const statuses: number[] = [];
        for (let turn = 1; turn <= ANONYMOUS + 3; turn += 1) statuses.push(await statusOf(server, '/things/open', headersOf(turn)));
        assert.equal(count(statuses, 200), ANONYMOUS);
      }));
  }

  it('believes a proxy that is configured, and the nearest address that is not one', () =>
    within(async (server) => {
      const from = (addresses: string) => statusOf(server, '/things/open', { 'x-forwarded-for': addresses });
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await from(`203.0.113.${request}, 192.0.2.1`), 200);
      assert.equal(await from('203.0.113.99, 192.0.2.1'), 429, 'what the client wrote itself is not believed');
      assert.equal(await from('192.0.2.2'), 200);
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await from(`2001:db8:0:7::${request}`), 200);
      assert.equal(await from('2001:db8:0:7:ffff::1'), 429, 'a network of IPv6 is one source');
      assert.equal(await from('2001:db8:0:8::1'), 200);
    }, ['127.0.0.0/8']));

  it('cannot be configured to believe everybody', async () => {
    await assert.rejects(openHttpApplication([ThingsController], { trustedProxies: ['*'] }), /trusting everybody/);
  });

  /** What each costs a stranger is one hit, whatever is wrong with it and whoever refuses it: the router, the parser, Node. */
  const REFUSED: readonly (readonly [string, string, number])[] = [
    ['a path that is not there', 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ['a method that is not there', 'DELETE /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
    ['a target that cannot be decoded', 'GET /things/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['a parameter beyond its length', `GET /things/${'a'.repeat(300)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 414],
    ['no credential', 'GET /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 401],
    ['a body that is no JSON', 'POST /things/open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{', 400],
    ['a body of another type', 'POST /things/open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n{', 415],
    ['a body that does not fit the route', 'POST /things/open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}', 422],
    ['a query with a name twice', 'GET /things/open?a=1&a=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 422],
    ['two Hosts', 'GET /things/open HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['an expectation that nobody knows', 'GET /things/open HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n', 417],
    ['too many header lines', `GET /things/open HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(101)}\r\n`, 431],
    ['header lines beyond measure', `GET /things/open HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 431],
    ['bytes that are no HTTP', 'hello\r\n\r\n', 400],
    ['a failure of ours', 'GET /things/broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 500],
  ];
  it('is charged once by whatever is refused, and then refuses it in its place', () =>
    within(async (server) => {
      for (const [what, bytes, status] of REFUSED) {
        server.clock.millis += 120_000;
        const statuses: (number | null)[] = [];
        for (let request = 0; request <= ANONYMOUS; request += 1) statuses.push((await rawHttp(server.port, bytes)).status);
        assert.deepEqual(statuses, [...Array<number>(ANONYMOUS).fill(status), 429], what);
        assert.equal(await statusOf(server, '/things/open'), 429, `${what}: in the bucket of all routes`);
      }
    }));

  it('keeps out nobody whose credential is valid, however full it is', () =>
    within(async (server) => {
      assert.equal(await statusOf(server, '/things', as('ann')), 200);
      await times(ANONYMOUS * 30, () => statusOf(server, '/nothing'));
      assert.equal(await statusOf(server, '/things', as('bob')), 200, 'one that nobody has seen yet is tried');
      await times(ANONYMOUS * 30, () => statusOf(server, '/things', { authorization: 'Bearer forged' }));
      const seen = server.verifier.seen.length;
      assert.equal(await statusOf(server, '/things', { authorization: 'Bearer forged' }), 429);
      assert.equal(server.verifier.seen.length, seen, 'trials end too');
      for (const known of ['ann', 'bob']) assert.equal(await statusOf(server, '/things', as(known)), 200, 'one that was valid a moment ago needs no trial');
    }));

  it('counts a credential that was valid and is no more', () =>
    within(async (server) => {
      assert.equal(await statusOf(server, '/things', as('ann')), 200);
      const verify = server.verifier.verify.bind(server.verifier);
      server.verifier.verify = () => verify('Bearer', 'revoked');
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await statusOf(server, '/things', as('ann')), 401);
      assert.equal(await statusOf(server, '/things', as('ann')), 429);
    }));

  it('counts one that was valid, where a challenge has a bucket of its own, there and once', () =>
    within(async (server) => {
      const names = Array.from({ length: ANONYMOUS * 2 }, (_, n) => `worker-${n}`);
      const ask = (name: string): Promise<number> => statusOf(server, '/things/challenge', as(name));
      for (const name of names) assert.notEqual(await ask(name), 401);
      const verify = server.verifier.verify.bind(server.verifier);
      server.verifier.verify = () => verify('Bearer', 'expired');
      for (const name of names) assert.equal(await ask(name), 401);
      assert.equal(await statusOf(server, '/things/open'), 200);
      const again: number[] = [];
      for (const name of names) again.push(await ask(name));
      assert.deepEqual([count(again, 401), count(again, 429)], [ANONYMOUS - 1, ANONYMOUS + 1]);
    }));

  it('notes who goes on after a refusal, once it has been refused as often as it may ask', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS * 2; request += 1) await statusOf(server, '/nothing');
      assert.deepEqual(server.blocks.offenders, []);
      await statusOf(server, '/nothing');
      assert.deepEqual(server.blocks.offenders, ['127.0.0.1']);
    }));

  it('is closed for a source that is blocked, which may still use a valid credential, log in slowly, and ask what has a bucket of its own', () =>
    within(async (server) => {
      server.blocks.seconds.set('127.0.0.1', 77);
      const { status, headers } = await fetch(`${server.url}/things/open`);
      assert.deepEqual([status, headers.get('retry-after'), headers.get('ratelimit')], [429, '77', '"source";r=0;t=77']);
      for (const path of ['/nothing', '/things', '/things/%zz']) assert.equal(await statusOf(server, path), 429, path);
      assert.equal(await statusOf(server, '/things', { authorization: 'Bearer forged' }), 429);
      for (let request = 0; request < ANONYMOUS * 3; request += 1) assert.equal(await statusOf(server, '/things', as('ann')), 200);
      for (const path of ['/things/probe', '/things/own-bucket']) assert.equal(await statusOf(server, path), 200, path);
      const login = async (label: string): Promise<number> => {
        const response = await fetch(`${server.url}/things/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ label }) });
        await response.arrayBuffer();
        return response.status;
      };
      for (let request = 0; request < 8; request += 1) assert.equal(await login('right'), 200);
      for (let request = 0; request < 5; request += 1) assert.equal(await login('wrong'), 401);
      assert.equal(await login('right'), 429);
    }));

  it('answers a 429 without reading the body, and the connection stays usable', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS; request += 1) await statusOf(server, '/nothing');
      const answer = await rawHttp(server.port, 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"name":"x","count":1GET /things/probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      assert.equal(answer.status, 429);
      assert.match(answer.text, /.HTTP\/1\.1 (200|400|429)/s, 'the next request was found');
    }));
});

describe('the limit of a principal', () => {
  it('is told with every answer, and not that of the source which was not charged', () =>
    within(async (server) => {
      const { headers } = await fetch(`${server.url}/things`, { headers: as('ann') });
      assert.equal(headers.get('ratelimit-policy'), `"principal";q=${PRINCIPAL};w=60`);
      assert.equal(headers.get('ratelimit'), `"principal";r=${PRINCIPAL - 1};t=61`);
    }));

  it('is another one at the registry', () =>
    within(async (server) => {
      for (let request = 0; request < PRINCIPAL; request += 1) assert.equal(await statusOf(server, '/v2', as('ann')), 200);
      const { status, headers } = await fetch(`${server.url}/v2`, { headers: as('ann') });
      assert.deepEqual([status, headers.get('ratelimit-policy')], [429, `"registry";q=${PRINCIPAL};w=60`]);
      assert.equal(await statusOf(server, '/things', as('ann')), 200);
    }));

  it('is its own, over all routes', () =>
    within(async (server) => {
      const statuses = await times(PRINCIPAL + 5, () => statusOf(server, '/things', as('ann')));
      assert.equal(count(statuses, 200), PRINCIPAL);
      assert.equal(count(statuses, 429), 5);
      assert.equal(await statusOf(server, '/things/1', as('ann')), 429);
      assert.equal(await statusOf(server, '/things', as('bob')), 200);
    }));
});

describe('the storage behind the limits', () => {
  it('is what @nestjs/throttler hands to whoever asks for its storage', () =>
    within(async (server) => {
      const storage = server.app.get<LimitStorage>(ThrottlerStorage, { strict: false });
      assert.ok(storage instanceof MemoryLimitStorage);
    }));
});
