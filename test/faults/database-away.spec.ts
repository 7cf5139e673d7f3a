import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { loginOwner } from '../harness/api.js';
import type { RunningServer } from '../harness/server.js';
import { accountFor, ExternalInstallation, probe, untilProbe } from './external-installation.js';
import { Submissions } from './submissions.js';

/** What an orchestrator and a client are promised. */
const READY_OFF_MILLIS = 2_000;
const ANSWER_MILLIS = 5_000;

/** The network between the built server and its Postgres goes, while four clients submit jobs. */
describe('a server whose database is away', () => {
  let installation: ExternalInstallation;
  let server: RunningServer;
  let token: string;
  let load: Submissions;
  let stopped: AbortController;
  let clients: Promise<void>;

  before(async () => {
    installation = await ExternalInstallation.open();
    server = await installation.start();
    token = await loginOwner(server);
  });
  after(async () => {
    try {
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await installation.close();
    }
  });
  beforeEach(async () => {
    load = new Submissions();
    stopped = new AbortController();
    clients = load.run(() => server, () => token, stopped.signal);
    await load.more(20);
  });
  afterEach(async () => {
    stopped.abort();
    await clients;
  });

  /** Asks for liveness all the while; resolves with the worst answer once told to stop. */
  const watchLiveness = (): (() => Promise<{ readonly statuses: ReadonlySet<number>; readonly slowestMillis: number }>) => {
    const statuses = new Set<number>();
    let [isOver, slowestMillis] = [false, 0];
    const watching = (async () => {
      while (!isOver) {
        const started = performance.now();
        statuses.add(await probe(server, 'live'));
        slowestMillis = Math.max(slowestMillis, performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    return async () => ((isOver = true), await watching, { statuses, slowestMillis });
  };

  for (const state of ['silent', 'refusing'] as const) {
    it(`${state}: writes are answered within 5 s, readiness goes within 2 s, liveness stays, and all comes back`, { timeout: 120_000 }, async () => {
      const liveness = watchLiveness();
      installation.network.state = state;
      const offMillis = await untilProbe(server, 'ready', 503);
      // Each client has had its answer twice: of the write that the failure met, and of one that was begun after.
      await load.until(() => load.refusals.length >= 8);
      assert.equal(await probe(server, 'ready'), 503);
      installation.network.state = 'open';
      const backMillis = await untilProbe(server, 'ready', 200);
      await load.more(20);
      stopped.abort();
      await clients;
      const { statuses, slowestMillis } = await liveness();
      const account = await installation.look((client) => accountFor(client, load));
      console.log(`${state}: acknowledged ${account.acknowledged}, found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; ${load.refusals.length} refused, the slowest answer ${Math.round(load.slowestMillis)} ms; readiness off after ${Math.round(offMillis)} ms and back after ${Math.round(backMillis)} ms; liveness at most ${Math.round(slowestMillis)} ms`);
      assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
      assert.deepEqual([...statuses], [200]);
      assert.equal(load.unanswered, 0);
      assert.ok(load.slowestMillis < ANSWER_MILLIS, `${load.slowestMillis} ms`);
      assert.ok(offMillis < READY_OFF_MILLIS, `${offMillis} ms`);
    });
  }
});
