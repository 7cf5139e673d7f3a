import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call, eventually, loginOwner } from '../harness/api.js';
import { postmasterPid } from '../harness/data-directory.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from '../e2e/programs.js';
import { KILLS } from './crash-points.js';
import { inspect, settleLedger, withDatabase } from './ledger-inspection.js';
import { FAULT_ROUNDS, FAULT_SEED, generator, pick } from './parameters.js';

/** Its own, and in a whole server too those about the ledger's commits that a submission passes. */
const CRASH_POINTS = [...KILLS.crash, ...KILLS['audit-crash'].filter((name) => /^audit\.(append|sequence|publish)\.(before|after)-commit$/.test(name))];

type Blow = { readonly at: string; readonly nth: number } | { readonly afterMillis: number; readonly victims: readonly ('server' | 'postgres')[] };

/** Every named point once, then random times until the count of rounds is reached. */
function plan(random: () => number): Blow[] {
  const named: Blow[] = CRASH_POINTS.map((at) => ({ at, nth: 1 + Math.floor(random() * 4) }));
  const timed: Blow[] = Array.from({ length: FAULT_ROUNDS }, () => ({
    afterMillis: Math.floor(random() * 1_500),
    victims: pick(random, [['server'], ['postgres'], ['server', 'postgres']] as const),
  }));
  return [...named, ...timed];
}

/** What clients were told. */
interface Acknowledged {
  readonly jobs: Set<string>;
  readonly events: Set<string>;
  unanswered: number;
}

describe(`kills while four clients submit jobs (seed ${FAULT_SEED}, ${CRASH_POINTS.length} named points and ${FAULT_ROUNDS} random times)`, () => {
  let home: TestHome;
  const acknowledged: Acknowledged = { jobs: new Set(), events: new Set(), unanswered: 0 };
  const landed = new Map<string, number>();

  before(() => {
    home = createHome();
  });
  after(async () => home.dispose());

  it('strike, and the server comes back each time', { timeout: 1_200_000 }, async () => {
    for (const [round, blow] of plan(generator()).entries()) {
      const named = 'at' in blow;
      const server = await startServer(home, named ? { QUANTONIUM_CRASH_AT: `${blow.at}:${blow.nth}` } : {}).catch((error: unknown) => {
        /* A point that lies on the way up strikes before the server is ready: that is a landing too. */
        if (named && struckAt(blow.at, String(error))) return null;
        throw error;
      });
      const where = named ? blow.at : blow.victims.join('+');
      if (server === null || (await strike(server, blow, round))) landed.set(where, (landed.get(where) ?? 0) + 1);
      await server?.kill();
    }
    console.log(`landed: ${JSON.stringify(Object.fromEntries([...landed].sort()), null, 2)}`);
    console.log(`acknowledged ${acknowledged.jobs.size} jobs and ${acknowledged.events.size} events; ${acknowledged.unanswered} calls got no answer`);
    assert.deepEqual(CRASH_POINTS.filter((name) => !landed.has(name)), [], 'no kill landed at these named points');
  });

  it('lost nothing that was acknowledged, and left no deed without its entry', { timeout: 300_000 }, async () => {
    const server = await startServer(home);
    const token = await loginOwner(server);
    for (const id of acknowledged.jobs) {
      const job = await eventually(() => call<{ status: string }>(server, 'GET', `/v1/simulations/${id}`, { token }), (answer) => answer.status !== 200 || !['queued', 'running'].includes(answer.body.status));
      assert.equal(job.status, 200, `job ${id} was acknowledged and is gone: ${job.text}`);
      assert.equal(job.body.status, 'succeeded', job.text);
    }
    assert.equal(await server.stop(), 0);
    await settleLedger(home);
    const found = await withDatabase(home.environment['QUANTONIUM_DATA_DIR']!, async (client) => inspect(client));
    console.log(`${found.entries} entries, ${found.leaves} leaves, ${found.jobs.size} jobs`);
    assert.deepEqual(found.faults, []);
    assert.deepEqual([...acknowledged.events].filter((id) => !found.entryIds.has(id)), []);
    assert.deepEqual([...acknowledged.jobs].filter((id) => !found.jobs.has(id)), []);
  });

  /** Four clients submit until the blow has fallen; true when it fell where it was meant to. */
  async function strike(server: RunningServer, blow: Blow, round: number): Promise<boolean> {
    const died = server.exited.then(() => true);
    const token = await loginOwner(server).catch(() => null);
    /* The login itself may have passed the point, or met a ledger that did. */
    if (token === null) return 'at' in blow && (await Promise.race([died, pause(20_000).then(() => false)])) && struckAt(blow.at, server.output());
    const stopped = new AbortController();
    const clients = Promise.all([0, 1, 2, 3].map((client) => submitUntil(server, token, stopped.signal, round * 4 + client)));
    let hit: boolean;
    if ('at' in blow) {
      hit = (await Promise.race([died, pause(20_000).then(() => false)])) && struckAt(blow.at, server.output());
    } else {
      await pause(blow.afterMillis);
      const victims: (() => Promise<void> | void)[] = blow.victims.map((victim) => (victim === 'server' ? () => server.kill() : () => killPostgres(home)));
      await Promise.all(victims.map((kill) => kill()));
      hit = true;
    }
    stopped.abort();
    await clients;
    return hit;
  }

  async function submitUntil(server: RunningServer, token: string, signal: AbortSignal, seed: number): Promise<void> {
    while (!signal.aborted) {
      try {
        const answer = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 5, seed } });
        if (answer.status === 202 || answer.status === 200) {
          acknowledged.jobs.add(answer.body.id);
          acknowledged.events.add(answer.headers.get('audit-event-id')!);
        } else {
          assert.ok([429, 503].includes(answer.status), `${answer.status} ${answer.text}\n${server.output()}`);
          await pause(20);
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        acknowledged.unanswered += 1;
        await pause(20);
      }
    }
  }
});

/** Whether the process died there, by its own last word: any death would do for an exit code. */
function struckAt(name: string, output: string): boolean {
  return output.split('\n').includes(`crash point ${name}`);
}

function killPostgres(home: TestHome): void {
  const pid = postmasterPid(home.environment['QUANTONIUM_DATA_DIR']!);
  if (pid === null) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    /* It died of something else in between. */
  }
}
