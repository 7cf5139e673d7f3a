import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { digestOf } from '#pure/digest/digest.js';
import { simulateCircuit } from '../../src/modules/simulation/worker/run-circuit.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL, BRANCHING, longRun } from '../harness/simulation.js';
import type { PointOf } from './crash-points.js';

interface Job {
  id: string;
  status: string;
  error?: { code: string };
  signature?: { algorithm: string };
}

const canonicalText = (value: object): string => Buffer.from(canonicalJsonBytes(value)).toString('utf8');

/** The built server, killed at named places: what is left, and what the next start makes of it. */
describe('kills in the middle of simulations', () => {
  let home: TestHome;

  before(() => {
    home = createHome();
  });
  after(() => home.dispose());

  /** Runs `deed` on a server that dies at the crash point, and gives back what the client saw. */
  async function killedAt<T>(at: PointOf<'simulation-crash'>, deed: (server: RunningServer, token: string) => Promise<T>, variables: Readonly<Record<string, string>> = {}): Promise<T | null> {
    const server = await startServer(home, { QUANTONIUM_CRASH_AT: at, ...variables });
    const token = await loginOwner(server);
    const [seen] = await Promise.all([deed(server, token).catch(() => null), server.exited]);
    assert.match(server.output(), new RegExp(`crash point ${at.replaceAll('.', '\\.')}`), 'the kill landed elsewhere');
    return seen;
  }
  async function restarted<T>(check: (server: RunningServer, token: string) => Promise<T>): Promise<T> {
    const server = await startServer(home);
    try {
      return await check(server, await loginOwner(server));
    } finally {
      assert.equal(await server.stop(), 0, server.output());
    }
  }
  const submit = (server: RunningServer, token: string, source: string, over: object = {}) =>
    call<Job>(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source }, shots: 10, seed: 1, ...over } });
  const look = (server: RunningServer, token: string, id: string) => call<Job>(server, 'GET', `/v1/simulations/${id}`, { token });
  const list = async (server: RunningServer, token: string): Promise<Job[]> => (await call<{ items: Job[] }>(server, 'GET', '/v1/simulations', { token })).body.items;

  it('simulation.submit.before-commit: the job was never there', async () => {
    const before = await restarted(list);
    assert.equal(await killedAt('simulation.submit.before-commit', (server, token) => submit(server, token, BELL)), null);
    assert.deepEqual(await restarted(list), before);
  });

  it('simulation.claim.after-commit: another worker takes the job when the lease has run out', async () => {
    const submitted = await killedAt('simulation.claim.after-commit', (server, token) => submit(server, token, BELL));
    await restarted(async (server, token) => {
      const [{ id }] = submitted === null ? ((await list(server, token)) as [Job]) : [submitted.body];
      await eventually(() => look(server, token, id), (answer) => answer.body.status === 'succeeded');
    });
  });

  it('simulation.sign.before-commit: the job runs on until the next start has signed its result', async () => {
    const submitted = await killedAt('simulation.sign.before-commit', (server, token) => submit(server, token, BELL));
    await restarted(async (server, token) => {
      const [{ id }] = submitted === null ? ((await list(server, token)) as [Job]) : [submitted.body];
      const { body } = await eventually(() => look(server, token, id), (answer) => answer.body.status !== 'running');
      assert.deepEqual([body.status, body.signature?.algorithm], ['succeeded', 'Ed25519']);
    });
  });

  it('simulation.cancel.before-commit: the job is still there to be cancelled', async () => {
    const id = await restarted(async (server, token) => (await submit(server, token, longRun())).body.id);
    await killedAt('simulation.cancel.before-commit', async (server, token) => {
      await call(server, 'POST', `/v1/simulations/${id}/cancel`, { token });
    });
    await restarted(async (server, token) => {
      assert.ok(['queued', 'running'].includes((await look(server, token, id)).body.status));
      assert.ok([200, 202].includes((await call(server, 'POST', `/v1/simulations/${id}/cancel`, { token })).status));
      await eventually(() => look(server, token, id), (answer) => answer.body.status === 'cancelled');
    });
  });

  it('simulation.expire.before-commit: the job that was late in the queue is ended by the next start, once', async () => {
    const seen = await killedAt('simulation.expire.before-commit', async (server, token) => {
      const ahead = (await submit(server, token, longRun())).body.id;
      const late = (await submit(server, token, BELL, { deadline: new Date(Date.now() + 2_000).toISOString() })).body.id;
      return { ahead, late };
    }, { SIMULATION_THREADS: '1' });
    await restarted(async (server, token) => {
      const { body } = await eventually(() => look(server, token, seen!.late), (answer) => answer.body.status === 'failed');
      assert.equal(body.error?.code, 'deadline-passed');
      await call(server, 'POST', `/v1/simulations/${seen!.ahead}/cancel`, { token });
      await eventually(() => look(server, token, seen!.ahead), (answer) => answer.body.status === 'cancelled');
    });
  });

  it('simulation.part.before-commit: the parts that were in flight are run again, and the job has the result that it would have had', async () => {
    const shots = 200;
    const post = (server: RunningServer, token: string) =>
      call<Job>(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BRANCHING }, method: 'statevector', shots, seed: 1 } });
    const submitted = await killedAt('simulation.part.before-commit', post);
    const result = (server: RunningServer, token: string, id: string) => call<{ counts: object; shots: number }>(server, 'GET', `/v1/simulations/${id}/result`, { token });
    await restarted(async (server, token) => {
      const ids = [submitted === null ? (await list(server, token))[0]!.id : submitted.body.id, (await post(server, token)).body.id];
      for (const id of ids) await eventually(() => look(server, token, id), (answer) => answer.body.status === 'succeeded');
      const [killed, whole] = [await result(server, token, ids[0]!), await result(server, token, ids[1]!)];
      assert.deepEqual([killed.body.counts, killed.body.shots], [whole.body.counts, shots]);
    });
  });

  it('simulation.part.before-commit, in one of two workers: the job has the very result that it has in one piece', async () => {
    const order = { shots: 200, seed: 1, method: 'statevector', precision: 'double', outputs: ['counts', 'memory'] } as const;
    const front = await startServer(home, { QUANTONIUM_ROLES: 'api,ledger' });
    const worker = (variables: Readonly<Record<string, string>> = {}) => startServer(home, { QUANTONIUM_ROLES: 'worker', ...variables });
    // The one that dies has a part of it for certain: until then it is alone.
    const dying = await worker({ QUANTONIUM_CRASH_AT: 'simulation.part.before-commit' satisfies PointOf<'simulation-crash'> });
    const token = await loginOwner(front);
    const { id } = (await submit(front, token, BRANCHING, order)).body;
    await dying.exited;
    assert.match(dying.output(), /crash point simulation\.part\.before-commit/);
    const others = await Promise.all([worker(), worker()]);
    await eventually(() => look(front, token, id), (answer) => answer.body.status === 'succeeded');

    const { durationMillis: _spread, digest: _digest, ...spread } = (await call<Record<string, unknown>>(front, 'GET', `/v1/simulations/${id}/result`, { token })).body;
    const program = { language: 'openqasm2', source: BRANCHING, parameters: {}, programDigest: digestOf(Buffer.from(BRANCHING)), limits: {}, noise: null, resultBytesMax: 2 ** 26, threads: 1 } as const;
    const whole = simulateCircuit({ ...program, ...order }, { isCancelled: () => false, progress: () => undefined });
    assert.ok(whole.kind === 'ran');
    const { durationMillis: _whole, ...alone } = whole.result;
    assert.equal(canonicalText(spread), canonicalText(alone));
    assert.deepEqual(await Promise.all([...others, front].map((server) => server.stop())), [0, 0, 0]);
  });

  it('simulation.recover.before-commit: a lost job is recovered by the start after the one that was killed over it', async () => {
    const first = await startServer(home);
    const token = await loginOwner(first);
    const { id } = (await submit(first, token, longRun(16, 200))).body;
    await eventually(() => look(first, token, id), (answer) => answer.body.status === 'running');
    await first.kill();
    await killedAt('simulation.recover.before-commit', async () => null);
    await restarted(async (server, fresh) => {
      await eventually(() => look(server, fresh, id), (answer) => answer.body.status === 'succeeded');
    });
  });
});
