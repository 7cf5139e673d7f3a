import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient } from '@redis/client';
import { RedisCounters } from '#platform/http/rate-limit/redis-counters.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import { selfSigned } from '../harness/certificate.js';
import { behavesAsCounters } from '../harness/counter-table.js';
import { REDIS_PASSWORD, TestRedis } from '../harness/redis.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { until } from '../harness/simulation.js';
import { needProgram } from './install.js';

const isUp = (counters: RedisCounters): Promise<boolean> => counters.ping().then(() => true, () => false);

describe('counters in Redis', () => {
  let redis: TestRedis;
  before(async () => {
    needProgram('redis-server');
    redis = await TestRedis.start();
  });
  after(() => redis.dispose());

  const open = async (nowMillis?: () => number, url = redis.url): Promise<RedisCounters> => {
    const counters = await RedisCounters.open({ url, onError: () => undefined, ...(nowMillis === undefined ? {} : { nowMillis }) });
    return counters;
  };

  behavesAsCounters(async () => {
    let now = 0;
    const [store, other] = await Promise.all([open(() => now), open(() => now)]);
    await until(async () => (await isUp(store)) && (await isUp(other)));
    return { store, other, setMillis: (millis) => void (now = millis), close: async () => void (await Promise.all([store.close(), other.close()])) };
  }, 40);

  it('go by its clock where no test gives one, expire by themselves, and bear our prefix', async () => {
    const counters = await open();
    await until(() => isUp(counters));
    const key = 'AAAAAAAAAAAAAAAAAAAAAA';
    const { slot } = await counters.take(key, 5, 1);
    const client = createClient({ url: redis.url });
    await client.connect();
    const [seconds] = await client.sendCommand<string[]>(['TIME']);
    assert.ok(Math.abs(Number(seconds) - slot!) <= 2);
    const ttl = await client.sendCommand<number>(['PTTL', `quantonium:limit:${key}`]);
    assert.ok(ttl > 50_000 && ttl <= 61_000, String(ttl));
    client.destroy();
    await counters.close();
  });

  it('are counted by a Redis that has forgotten the script', async () => {
    const counters = await open();
    await until(() => isUp(counters));
    const client = createClient({ url: redis.url });
    await client.connect();
    for (let round = 1; round <= 3; round += 1) {
      await client.sendCommand(['SCRIPT', 'FLUSH']);
      assert.equal((await counters.take('BBBBBBBBBBBBBBBBBBBBBB', 5, 1)).used, round);
    }
    client.destroy();
    await counters.close();
  });

  it('fail at once, and end nothing, where the password is wrong or nobody listens', async () => {
    for (const url of [redis.url.replace('only', 'not'), 'redis://127.0.0.1:1']) {
      const counters = await open(undefined, url);
      await assert.rejects(counters.take('CCCCCCCCCCCCCCCCCCCCCC', 5, 1));
      await counters.close();
    }
  });

  it('go on as another password once it is taken, and stay as they are where it is not', async () => {
    const counters = await open();
    await until(() => isUp(counters));
    const client = createClient({ url: redis.url });
    await client.connect();
    const key = 'DDDDDDDDDDDDDDDDDDDDDD';
    const connections = async (): Promise<number> => (await client.sendCommand<string>(['CLIENT', 'LIST'])).trim().split('\n').length;
    const before = await connections();
    try {
      assert.equal((await counters.take(key, 5, 1)).used, 1);
      await client.sendCommand(['CONFIG', 'SET', 'requirepass', 'another-one']);
      for (const refused of [redis.url, 'redis://127.0.0.1:1']) {
        await assert.rejects(counters.reopen(refused));
        await counters.ping();
      }
      await counters.reopen(redis.url.replace(REDIS_PASSWORD, 'another-one'));
      assert.equal((await counters.take(key, 5, 1)).used, 2);
      // The former connection is closed, and none of those that were refused is left.
      await until(async () => (await connections()) === before);
    } finally {
      await client.sendCommand(['CONFIG', 'SET', 'requirepass', REDIS_PASSWORD]);
      client.destroy();
      await counters.close();
    }
  });
});

describe('two replicas with one Redis, over TLS', () => {
  const LIMIT = 20;
  let redis: TestRedis;
  let directory: string;
  let home: TestHome;
  let servers: readonly [RunningServer, RunningServer];
  let token: string;

  before(async () => {
    needProgram('redis-server');
    directory = mkdtempSync(join(tmpdir(), 'redis-tls-'));
    const { cert, key } = selfSigned('localhost');
    const tls = { certFile: join(directory, 'redis.crt'), keyFile: join(directory, 'redis.key') };
    writeFileSync(tls.certFile, cert);
    writeFileSync(tls.keyFile, key);
    redis = await TestRedis.start(tls);
    home = createHome({ RATE_LIMIT_ANONYMOUS_PER_MINUTE: String(LIMIT), REDIS_URL: redis.url, NODE_EXTRA_CA_CERTS: tls.certFile });
    servers = await Promise.all([startServer(home), startServer(home)]);
    token = await loginOwner(servers[0]);
  });
  after(async () => {
    assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), [0, 0]);
    await home.dispose();
    await redis.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  /** So many requests at each, at once; how many were let in, and how long the slowest took. */
  const flood = async (count: number): Promise<{ admitted: number[]; slowestMillis: number; failures: number[] }> => {
    let slowestMillis = 0;
    const statuses = await Promise.all(
      servers.map((server) =>
        Promise.all(Array.from({ length: count }, async () => {
          const started = performance.now();
          const { status } = await call(server, 'GET', '/nothing');
          slowestMillis = Math.max(slowestMillis, performance.now() - started);
          return status;
        })),
      ),
    );
    return { admitted: statuses.map((each) => each.filter((status) => status === 404).length), slowestMillis, failures: statuses.flat().filter((status) => status >= 500) };
  };
  const sharingOf = async (server: RunningServer): Promise<string | undefined> => /^quantonium_rate_limit_shared (\d)$/m.exec((await call(server, 'GET', '/metrics', { token })).text)?.[1];
  const bothShare = async (shared: '0' | '1'): Promise<boolean> => (await Promise.all(servers.map(sharingOf))).every((value) => value === shared);
  const bothReady = async (): Promise<number[]> => Promise.all(servers.map(async (server) => (await call(server, 'GET', '/health/ready')).status));

  it('let in no more than the limit between them', async () => {
    await until(async () => await bothShare('1'));
    const { admitted, failures } = await flood(LIMIT * 2);
    assert.deepEqual([admitted[0]! + admitted[1]!, failures.length], [LIMIT, 0]);
  });

  it('block on both who goes on, keep out no valid credential, and let in again whom an administrator lets in', async () => {
    await flood(LIMIT * 3);
    const blocks = await eventually(() => call<{ items: { id: string; offences: number }[] }>(servers[1], 'GET', '/v1/access/blocks?address=127.0.0.1', { token }), ({ body }) => body.items.length === 1);
    assert.equal(blocks.body.items[0]!.offences, 1);
    for (const server of servers) {
      assert.equal((await eventually(() => call(server, 'GET', '/nothing'), ({ status }) => status === 429)).status, 429);
      assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 200);
    }
    assert.equal((await call(servers[0], 'DELETE', `/v1/access/blocks/${blocks.body.items[0]!.id}`, { token })).status, 204);
    assert.deepEqual((await call<{ items: unknown[] }>(servers[1], 'GET', '/v1/access/blocks', { token })).body.items, []);
  });

  for (const [what, goAway, comeBack] of [
    ['is killed', () => redis.kill(), () => redis.restart()],
    ['answers nothing', () => redis.freeze(), () => redis.thaw()],
  ] as readonly (readonly [string, () => Promise<void> | void, () => Promise<void> | void])[]) {
    it(`answer in time, stay ready and count each for itself while it ${what}, and together when it is back`, async () => {
      await goAway();
      const { slowestMillis, failures } = await flood(LIMIT);
      assert.deepEqual(failures, []);
      assert.ok(slowestMillis < 2_000, `${slowestMillis} ms`);
      for (const server of servers) {
        const started = performance.now();
        assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 200);
        assert.ok(performance.now() - started < 1_000);
      }
      await until(async () => await bothShare('0'));
      assert.deepEqual(await bothReady(), [200, 200]);
      await comeBack();
      await until(async () => await bothShare('1'));
      assert.deepEqual(await bothReady(), [200, 200]);
    });
  }
});
