import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ThrottlerStorage } from '@nestjs/throttler';
import type { LimitStorage } from '#platform/http/rate-limit/limit-storage.js';
import { MemoryLimitStorage } from '#platform/http/rate-limit/memory-limit-storage.js';
import { NAMED_BUCKETS } from '#platform/http/buckets.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { rawHttp } from '../../test/harness/raw-http.js';
import { ThingsController } from '../../test/harness/things.controller.js';

const ANONYMOUS = 5;
const PRINCIPAL = 20;

async function within(work: (server: HttpApplication) => Promise<void>, trustedProxies: readonly string[] = []): Promise<void> {
  const server = await openHttpApplication([ThingsController], { rateLimits: { anonymousPerMinute: ANONYMOUS, principalPerMinute: PRINCIPAL, registryPerMinute: PRINCIPAL }, trustedProxies });
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

  it('lets exactly so many of 1000 parallel anonymous requests through', () =>
    within(async (server) => {
      const statuses = await times(1000, () => statusOf(server, '/things/open'));
      assert.equal(count(statuses, 200), ANONYMOUS);
      assert.equal(count(statuses, 429), 1000 - ANONYMOUS);
    }));

  it('answers exactly so many of 500 parallel forged credentials with 401, and has a bounded number of them verified', () =>
    within(async (server) => {
      const statuses = await times(500, () => statusOf(server, '/things', { authorization: 'Bearer forged' }));
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

  it('believes no X-Forwarded-For by default', () =>
    within(async (server) => {
      const statuses = await times(ANONYMOUS * 2, () => statusOf(server, '/things/open', { 'x-forwarded-for': `192.0.2.${statusesSoFar++}` }));
      assert.equal(count(statuses, 200), ANONYMOUS);
    }));

  it('believes a proxy that is configured, and the nearest address that is not one', () =>
    within(async (server) => {
      const from = (addresses: string) => statusOf(server, '/things/open', { 'x-forwarded-for': addresses });
      for (let request = 0; request < ANONYMOUS; request += 1) assert.equal(await from(`203.0.113.${request}, 192.0.2.1`), 200);
      assert.equal(await from('203.0.113.99, 192.0.2.1'), 429, 'what the client wrote itself is not believed');
      assert.equal(await from('192.0.2.2'), 200);
    }, ['127.0.0.0/8']));

  it('cannot be configured to believe everybody', async () => {
    await assert.rejects(openHttpApplication([ThingsController], { trustedProxies: ['*'] }), /trusting everybody/);
  });

  it('answers a 429 without reading the body, and the connection stays usable', () =>
    within(async (server) => {
      for (let request = 0; request < ANONYMOUS; request += 1) await statusOf(server, '/nothing');
      const answer = await rawHttp(server.port, 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"name":"x","count":1GET /things/probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      assert.equal(answer.status, 429);
      assert.match(answer.text, /.HTTP\/1\.1 (200|400|429)/s, 'the next request was found');
    }));
});

let statusesSoFar = 1;

describe('the limit of a principal', () => {
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
