import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call, eventually, loginOwner } from '../harness/api.js';
import type { RunningServer } from '../harness/server.js';
import { longRun, until } from '../harness/simulation.js';
import { accountFor, ExternalInstallation, probe, untilProbe } from './external-installation.js';
import { Submissions } from './submissions.js';

const LONG = { program: { language: 'openqasm2', source: longRun(18, 250) }, seed: 1 };
/** Ten seconds of a lease, and a look of every few. */
const TAKEN_OVER_MILLIS_MAX = 30_000;
const CEILING_MILLIS = 600;

/** Two replicas with all roles, of which the kernel stops one: all of its threads at once, and with its connections open, as a machine does that is suspended. */
describe('a replica whose event loop stands still', () => {
  let installation: ExternalInstallation;
  let still: RunningServer;
  let other: RunningServer;
  let token: string;

  before(async () => {
    installation = await ExternalInstallation.open();
    const roles = { QUANTONIUM_ROLES: 'api,ledger,worker' };
    still = await installation.start({ ...roles, LOAD_EVENT_LOOP_DELAY_MILLIS_MAX: String(CEILING_MILLIS) });
    other = await installation.start(roles);
    token = await loginOwner(other);
  });
  after(async () => {
    try {
      assert.deepEqual(await Promise.all([still, other].map((server) => server.stop())), [0, 0], `${still.output()}\n\n${other.output()}`);
    } finally {
      await installation.close();
    }
  });

  it('loses its jobs to the other when their leases have run out, ends none of them a second time, and acknowledges nothing that is not so', { timeout: 150_000 }, async () => {
    const loads = [still, other].map((server, n) => {
      const load = new Submissions({ prefix: `replica-${n}`, clients: 2, pauseMillis: 50, order: (k) => (k % 10 === 1 && k < 30 ? LONG : {}) });
      const stopped = new AbortController();
      const clients = load.run(() => server, () => token, stopped.signal);
      return { load, end: async () => (stopped.abort(), clients) };
    });
    const heldBy = `SELECT id FROM simulation.job WHERE status = 'running' AND qubits = 18 AND claimed_by LIKE '%:' || $1`;
    const held = await installation.look(async (client) => {
      await until(async () => (await client.query(heldBy, [still.pid])).rowCount! > 0);
      process.kill(still.pid, 'SIGSTOP');
      return (await client.query<{ id: string }>(heldBy, [still.pid])).rows.map(({ id }) => id);
    });
    const started = performance.now();
    assert.equal(await fetch(`${still.url}/health/live`, { signal: AbortSignal.timeout(500) }).catch(({ name }: Error) => name), 'TimeoutError', 'who stands still is not alive');
    const acknowledged = loads[1]!.load.acknowledged.size;
    await installation.look((client) =>
      until(async () => (await client.query(`SELECT 1 FROM simulation.job WHERE id = ANY ($1) AND (workers_lost = 0 OR status <> 'succeeded')`, [held])).rowCount === 0, TAKEN_OVER_MILLIS_MAX),
    );
    const overMillis = performance.now() - started;
    await loads[1]!.load.more(10);
    const meanwhile = loads[1]!.load.acknowledged.size - acknowledged;
    assert.equal(await probe(other, 'ready'), 200);
    process.kill(still.pid, 'SIGCONT');
    const backMillis = await untilProbe(still, 'ready', 200);
    await loads[0]!.load.more(10);
    await Promise.all(loads.map(({ end }) => end()));
    await installation.look(async (client) => {
      await until(async () => (await client.query(`SELECT 1 FROM simulation.job WHERE status IN ('queued', 'spread', 'running', 'signing') LIMIT 1`)).rowCount === 0, 60_000);
      for (const { load } of loads) {
        const account = await accountFor(client, load);
        console.log(`${load.prefix}: acknowledged ${account.acknowledged}, found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; ${load.unanswered} calls got no answer, ${load.refusals.length} a refusal, the slowest answer ${Math.round(load.slowestMillis)} ms`);
        assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
      }
    });
    console.log(`${held.length} jobs of the one that stood still were ended by the other within ${Math.round(overMillis)} ms, which acknowledged ${meanwhile} meanwhile; ready again after ${Math.round(backMillis)} ms`);
    assert.ok(held.length > 0 && meanwhile > 0);
    // What the one had locked is free again before anybody gives up waiting for it.
    assert.deepEqual(loads[1]!.load.refusals, []);
  });

  it('refuses what is new while it hardly comes to its work, answers its probes, and takes it again when it does', { timeout: 60_000 }, async () => {
    const ask = (server: RunningServer) => call(server, 'GET', '/v1/version', { token });
    await eventually(() => ask(still), ({ status }) => status === 200);
    let isOver = false;
    const starving = (async () => {
      while (!isOver) {
        process.kill(still.pid, 'SIGSTOP');
        await pause(CEILING_MILLIS * 2);
        process.kill(still.pid, 'SIGCONT');
        await pause(CEILING_MILLIS / 3);
      }
    })();
    const started = performance.now();
    const shed = await eventually(() => ask(still), ({ status }) => status === 503);
    const shedMillis = performance.now() - started;
    assert.equal(shed.headers.get('retry-after'), '5');
    assert.deepEqual([await probe(still, 'live'), await probe(other, 'live'), (await ask(other)).status], [200, 200, 200]);
    isOver = true;
    await starving;
    const eased = performance.now();
    await eventually(() => ask(still), ({ status }) => status === 200);
    console.log(`a loop that stands still for ${CEILING_MILLIS * 2} ms of each ${CEILING_MILLIS * 2 + CEILING_MILLIS / 3}: refuses after ${Math.round(shedMillis)} ms, and takes again ${Math.round(performance.now() - eased)} ms after it stands still no more`);
  });
});
