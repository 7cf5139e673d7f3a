import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call, loginOwner } from '../harness/api.js';
import { postmasterPid } from '../harness/data-directory.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BRANCHING, longRun, until } from '../harness/simulation.js';
import { accountFor } from './external-installation.js';
import { withDatabase } from './ledger-inspection.js';
import { FAULT_SEED, generator, roundsScaled } from './parameters.js';
import { Submissions } from './submissions.js';

/** Among Bell pairs, so that a kill meets a worker in everything that it does: a claim and its end, a long run, a part. */
const SPREAD = { program: { language: 'openqasm2', source: BRANCHING }, method: 'statevector', shots: 200, seed: 1 };
const SECONDS_LONG = { program: { language: 'openqasm2', source: longRun(18, 60) }, seed: 1 };
const orderOf = (n: number): object => (n % 60 === 1 ? SPREAD : n % 60 === 21 ? SECONDS_LONG : {});
/** Of the long one, of what has parts, and of a pair. */
const QUBITS = [18, 16, 2] as const;

const ROUNDS = roundsScaled(0.2);
/** One more: of each kind of job. */
const WORKER_ROUNDS = roundsScaled(0.3);

/** Four clients with an Idempotency-Key for each deed, who ask again until they are told: by no server's death, worker's or database's do they lose a deed, or get it twice. */
describe(`kill -9 at random moments under load (seed ${FAULT_SEED}, ${ROUNDS} of a server, ${ROUNDS} of Postgres, ${WORKER_ROUNDS} of workers)`, () => {
  const random = generator();
  let home: TestHome;
  let front: RunningServer;
  let workers: RunningServer[];
  let token: string;

  const dataDirectory = (): string => home.environment['QUANTONIUM_DATA_DIR']!;
  const startFront = () => startServer(home, { QUANTONIUM_ROLES: 'api,ledger', SIMULATION_QUEUED_JOBS_MAX: '1000000' });
  const startWorker = () => startServer(home, { QUANTONIUM_ROLES: 'worker' });

  before(async () => {
    home = await installedHome();
    front = await startFront();
    workers = await Promise.all([startWorker(), startWorker()]);
    token = await loginOwner(front);
  });
  after(() => home.dispose());

  /** Kills at moments that nobody chose, while there is load; then everything that was asked for is waited for, and counted. */
  async function under(what: string, blow: (round: number) => Promise<void>, rounds = ROUNDS): Promise<void> {
    const load = new Submissions({ order: orderOf, prefix: what.replaceAll(' ', '-'), pauseMillis: 30 });
    const stopped = new AbortController();
    const clients = load.run(() => front, () => token, stopped.signal);
    await load.more(20);
    for (let round = 0; round < rounds; round += 1) {
      await pause(random() * 1_000);
      await blow(round);
      await load.more(20);
    }
    stopped.abort();
    await clients;
    const started = performance.now();
    const { account, ends } = await withDatabase(dataDirectory(), async (client) => {
      await until(async () => (await client.query(`SELECT 1 FROM simulation.job WHERE status IN ('queued', 'spread', 'running', 'signing') LIMIT 1`)).rowCount === 0, 60_000);
      const ends = await client.query<{ status: string; count: number; lost: number }>(`SELECT status, count(*)::integer, sum(workers_lost)::integer AS lost FROM simulation.job GROUP BY status`);
      return { account: await accountFor(client, load), ends: ends.rows };
    });
    const again = ends.reduce((sum, { lost }) => sum + lost, 0);
    console.log(`${what} killed ${rounds} times: acknowledged ${account.acknowledged}, found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; ${load.unanswered} calls got no answer and ${load.refusals.length} a refusal, the slowest answer ${Math.round(load.slowestMillis)} ms; ${again} jobs and parts so far were begun again, and all had ended ${Math.round(performance.now() - started)} ms after the last was submitted`);
    assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
    if (what === 'a worker') assert.ok(again > 0, 'no kill met a job');
    // `done` is what the end of a part is called.
    assert.deepEqual(ends.map(({ status }) => status).filter((status) => status !== 'done'), ['succeeded'], JSON.stringify(ends));
  }

  /** The first worker, as soon as it has a job or a part of so many qubits to lose. */
  async function killMidJob(qubits: number): Promise<void> {
    const [victim] = workers.splice(0, 1) as [RunningServer];
    await withDatabase(dataDirectory(), (client) => until(async () => (await client.query(`SELECT 1 FROM simulation.job WHERE status = 'running' AND claimed_by LIKE '%:' || $1 AND qubits = $2`, [victim.pid, qubits])).rowCount! > 0));
    await pause(random() * 50);
    await victim.kill();
  }

  it('the server: nothing that was acknowledged is lost, and nothing is there twice', { timeout: 120_000 }, () =>
    under('the server', async () => {
      await front.kill();
      front = await startFront();
    }));

  it('Postgres: nothing that was acknowledged is lost, and nothing is there twice', { timeout: 120_000 }, () =>
    under('Postgres', async () => {
      const postmaster = postmasterPid(dataDirectory());
      if (postmaster !== null) process.kill(postmaster, 'SIGKILL');
      await pause(random() * 500);
    }));

  it('a worker: its jobs and its parts of jobs are run by others, and each ends once', { timeout: 120_000 }, () =>
    under('a worker', async (round) => {
      await killMidJob(QUBITS[round % QUBITS.length]!);
      workers.push(await startWorker());
    }, WORKER_ROUNDS));

  it('what was run in parts has one result, however often one of its workers was killed', async () => {
    const spread = await withDatabase(dataDirectory(), async (client) => (await client.query<{ id: string }>('SELECT id FROM simulation.job WHERE parent_id IS NULL AND parts > 0')).rows);
    const counts = new Set<string>();
    for (const { id } of spread) counts.add(JSON.stringify((await call(front, 'GET', `/v1/simulations/${id}/result`, { token })).body['counts']));
    assert.ok(spread.length > 0);
    assert.equal(counts.size, 1);
  });

  it('and all of them end in order', async () => {
    assert.deepEqual(await Promise.all([...workers, front].map((server) => server.stop())), [0, 0, 0], [...workers, front].map((server) => server.output()).join('\n\n'));
  });
});
