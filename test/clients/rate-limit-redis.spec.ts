import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { type Connection, connectedRedis, RedisRefusal } from '#platform/http/rate-limit/redis-connection.js';
import { RedisCounters, type RedisCounterOptions } from '#platform/http/rate-limit/redis-counters.js';
import { SystemClock } from '#platform/system/clock.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import { behavesAsCounters } from '../harness/counter-table.js';
import { HandClock } from '../harness/hand-clock.js';
import { REDIS_PASSWORD, TestRedis } from '../harness/redis.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { until } from '../harness/simulation.js';
import { needProgram } from './install.js';

const SEED = Number(process.argv.find((argument) => argument.startsWith('--seed='))?.slice(7) ?? 20_261_123);
const isUp = (counters: RedisCounters): Promise<boolean> => counters.ping().then(() => true, () => false);

/** By the login that docker/redis has for it, which may do nothing else. */
describe('counters in Redis', () => {
  let redis: TestRedis;
  /** Of who may look. */
  let operator: Connection;
  before(async () => {
    needProgram('redis-server');
    redis = await TestRedis.startAsShipped();
    operator = await connectedRedis({ address: redis.address('operator'), onError: () => undefined });
  });
  /** A test that fails closes none, and what is open goes on trying for ever. */
  const everOpened: RedisCounters[] = [];
  after(async () => {
    await Promise.all(everOpened.map((counters) => counters.close()));
    operator.destroy();
    await redis.dispose();
  });

  const open = async (nowMillis?: () => number, more: Partial<RedisCounterOptions> = {}): Promise<RedisCounters> => {
    const counters = await RedisCounters.open({ address: redis.address(), clock: new SystemClock(), onError: () => undefined, ...(nowMillis === undefined ? {} : { nowMillis }), ...more });
    everOpened.push(counters);
    return counters;
  };
  const opened = async (more: Partial<RedisCounterOptions> = {}): Promise<RedisCounters> => {
    const counters = await open(undefined, more);
    await until(() => isUp(counters));
    return counters;
  };

  behavesAsCounters(async () => {
    let now = 0;
    const [store, other] = await Promise.all([open(() => now), open(() => now)]);
    await until(async () => (await isUp(store)) && (await isUp(other)));
    return { store, other, setMillis: (millis) => void (now = millis), close: async () => void (await Promise.all([store.close(), other.close()])) };
  }, 40);

  it('go by its clock where no test gives one, expire by themselves, and bear our prefix', async () => {
    const counters = await opened();
    const key = 'AAAAAAAAAAAAAAAAAAAAAA';
    const { slot } = await counters.take(key, 5, 1);
    const [seconds] = (await operator.sendCommand(['TIME'])) as string[];
    assert.ok(Math.abs(Number(seconds) - slot!) <= 2);
    const ttl = Number(await operator.sendCommand(['PTTL', `quantonium:limit:${key}`]));
    assert.ok(ttl > 50_000 && ttl <= 61_000, String(ttl));
    await counters.close();
  });

  it('never let more in than the limit, however many ask at once, for whatever, from three sides', async (t: TestContext) => {
    t.diagnostic(`seed ${SEED}`);
    const sides = await Promise.all([opened(), opened(), opened()]);
    let keys = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 150 }), fc.boolean(), async (limit, costs, areAlike) => {
        const key = `many-${keys++}`;
        const answers = await Promise.all(costs.map(async (cost, index) => ({ cost: areAlike ? 1 : cost, ...(await sides[index % 3]!.take(key, limit, areAlike ? 1 : cost)) })));
        const admitted = answers.filter(({ slot }) => slot !== null).reduce((sum, { cost }) => sum + cost, 0);
        assert.ok(admitted <= limit, `${admitted} of ${limit}`);
        // As many as there is room for, where each is as good as another.
        if (areAlike) assert.equal(admitted, Math.min(limit, costs.length));
        const fields = (await operator.sendCommand(['HVALS', `quantonium:limit:${key}`])) as string[];
        assert.equal(fields.reduce((sum, count) => sum + Number(count), 0), admitted, 'all others were taken back');
      }),
      { seed: SEED, numRuns: 60 },
    );
    await Promise.all(sides.map((side) => side.close()));
  });

  it('count in the second of Redis, however wrong what a process believes of it has become', async () => {
    const clock = new HandClock();
    const counters = await opened({ clock });
    const key = 'EEEEEEEEEEEEEEEEEEEEEE';
    for (const [round, stepMillis] of [0, 5_000, -9_000, 3_600_000, -7_200_000].entries()) {
      clock.millis += stepMillis;
      const { used, slot } = await counters.take(key, 100, 1);
      const [seconds] = (await operator.sendCommand(['TIME'])) as string[];
      assert.deepEqual([used, Number(seconds) - slot! <= 1 && Number(seconds) >= slot!], [round + 1, true]);
    }
    await counters.close();
  });

  it('wait for no time that turned out to be wrong', async () => {
    const counters = await opened();
    const key = 'FFFFFFFFFFFFFFFFFFFFFF';
    // As a Redis left it whose clock was an hour ahead of the one that took over.
    const slot = String(Math.floor(Date.now() / 1000) + 3_600);
    await operator.sendCommand(['HSET', `quantonium:limit:${key}`, slot, '5']);
    assert.deepEqual([(await counters.take(key, 1, 1)).used, (await counters.take(key, 1, 1)).slot], [1, null]);
    assert.ok((await counters.take(key, 1, 1)).waitMillis <= 61_000);
    await until(async () => (await operator.sendCommand(['HEXISTS', `quantonium:limit:${key}`, slot])) === 0);
    await counters.close();
  });

  it('fail at once, and end nothing, where the password is wrong or nobody listens', async () => {
    for (const address of [redis.address('quantonium', 'another'), { url: 'redis://127.0.0.1:1', authoritiesFile: null }]) {
      const counters = await open(undefined, { address });
      await assert.rejects(counters.take('CCCCCCCCCCCCCCCCCCCCCC', 5, 1));
      await counters.close();
    }
  });

  it('are not asked before it is known what the login may do', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const counters = await open(undefined, { admit: () => promise });
    await assert.rejects(counters.take('GGGGGGGGGGGGGGGGGGGGGG', 5, 1), /not known yet/);
    resolve(undefined);
    await until(() => isUp(counters));
    assert.equal((await counters.take('GGGGGGGGGGGGGGGGGGGGGG', 5, 1)).used, 1);
    await counters.close();
  });

  it('ask what the login may do again and again while it is not answered, and after a refusal only every half minute', async () => {
    const clock = new HandClock();
    const answers = [new Error('away'), new Error('away'), new RedisRefusal('too much')];
    let asked = 0;
    const counters = await open(undefined, { clock, admit: () => Promise.resolve(answers[asked++]).then((error) => (error === undefined ? undefined : Promise.reject(error))) });
    await until(async () => (await counters.ping().catch((error: unknown) => error)) instanceof RedisRefusal);
    await assert.rejects(counters.ping(), /too much/);
    assert.equal(asked, 3);
    clock.millis += 30_000;
    await counters.ping();
    assert.equal(asked, 4);
    await counters.close();
  });

  it('go on as another password once it is taken, and stay as they are where it is not', async () => {
    const counters = await opened();
    const key = 'DDDDDDDDDDDDDDDDDDDDDD';
    const connections = async (): Promise<number> => String(await operator.sendCommand(['CLIENT', 'LIST'])).trim().split('\n').length;
    const before = await connections();
    try {
      assert.equal((await counters.take(key, 5, 1)).used, 1);
      await operator.sendCommand(['ACL', 'SETUSER', 'quantonium', 'resetpass', '>another-one']);
      for (const refused of [redis.url, 'redis://127.0.0.1:1']) {
        await assert.rejects(counters.reopen(refused));
        await counters.ping();
      }
      await counters.reopen(redis.address('quantonium', 'another-one').url);
      assert.equal((await counters.take(key, 5, 1)).used, 2);
      // The former connection is closed, and none of those that were refused is left.
      await until(async () => (await connections()) === before);
    } finally {
      await operator.sendCommand(['ACL', 'SETUSER', 'quantonium', 'resetpass', `>${REDIS_PASSWORD}`]);
      await counters.close();
    }
  });
});

describe('two replicas with one Redis, over TLS', () => {
  const LIMIT = 20;
  let redis: TestRedis;
  let home: TestHome;
  let servers: readonly [RunningServer, RunningServer];
  let token: string;

  before(async () => {
    needProgram('redis-server');
    redis = await TestRedis.startAsShipped();
    home = createHome({ RATE_LIMIT_ANONYMOUS_PER_MINUTE: String(LIMIT), REDIS_URL: redis.url, REDIS_CA_FILE: redis.authoritiesFile! });
    servers = await Promise.all([startServer(home), startServer(home)]);
    token = await loginOwner(servers[0]);
  });
  after(async () => {
    assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), [0, 0]);
    await home.dispose();
    await redis.dispose();
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

  it('have shown at their start that the login may do nothing else', async () => {
    for (const server of servers) {
      const { body } = await call<{ details: Record<string, { status: string }> }>(server, 'GET', '/health/startup');
      assert.equal(body.details['redis']?.status, 'up');
      assert.doesNotMatch(server.output(), /the counters of REDIS_URL/);
    }
  });

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
