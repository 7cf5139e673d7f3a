import assert from 'node:assert/strict';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { needProgram } from '../clients/install.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import type { RunningServer } from '../harness/server.js';
import { until } from '../harness/simulation.js';
import { accountFor, ExternalInstallation, probe } from './external-installation.js';
import { Submissions } from './submissions.js';

const HOUR_SECONDS = 3_600;

/**
 * The wall clock of a server is set by hand, an hour on and two back, while it works; its monotonic clock goes on, and its
 * database's clock is right. Not of production, which refuses what moves a clock from outside by its name.
 */
describe('a server whose clock is an hour wrong', () => {
  let installation: ExternalInstallation;
  let environment: Readonly<Record<string, string>>;
  let server: RunningServer;
  let seconds = 0;

  before(async () => {
    needProgram('faketime');
    installation = await ExternalInstallation.open();
    const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
    const file = join(installation.home.directory, 'clock');
    writeFileSync(file, '+0s');
    environment = { LD_PRELOAD: library!, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1', QUANTONIUM_ROLES: 'api,ledger,worker' };
    server = await installation.start(environment);
  });
  after(() => installation.close());

  /** Until the server goes by it: its answers say what time it is. */
  async function setClock(to: number): Promise<void> {
    seconds = to;
    writeFileSync(environment['FAKETIME_TIMESTAMP_FILE']!, `${to < 0 ? '-' : '+'}${Math.abs(to)}s`);
    const deadline = performance.now() + 20_000;
    while (Math.abs((await skewSeconds()) - to) > 60) assert.ok(performance.now() < deadline, `it is ${await skewSeconds()} s wrong`);
  }
  /** By the time in the id of an exchange, since Node keeps the text of its `Date` header. */
  async function skewSeconds(): Promise<number> {
    const id = (await call(server, 'GET', '/health/live')).headers.get('x-request-id')!;
    return (parseInt(id.replaceAll('-', '').slice(0, 12), 16) - Date.now()) / 1000;
  }
  const standing = async (token: string): Promise<number> => (await call(server, 'GET', '/v1/auth/me', { token })).status;
  const checkpointSize = async (client: pg.Client): Promise<number> => Number((await client.query<{ size: string }>('SELECT coalesce(max(size), 0) AS size FROM audit.checkpoint')).rows[0]!.size);

  it('lets nobody in who should not be, loses nothing and goes on with everything', { timeout: 150_000 }, async () => {
    let token = await loginOwner(server);
    const load = new Submissions({ prefix: 'clock', clients: 2, pauseMillis: 30, renew: async () => void (token = await loginOwner(server)) });
    const stopped = new AbortController();
    const clients = load.run(() => server, () => token, stopped.signal);
    await load.more(10);
    /** Of each setting: a token that was made by it, and one that was taken back by a logout. */
    const made: { readonly seconds: number; readonly token: string }[] = [];
    const ended: string[] = [];
    const seen: string[] = [];
    for (const to of [0, HOUR_SECONDS, -HOUR_SECONDS, 0]) {
      await setClock(to);
      for (const one of made) assert.equal(await standing(one.token), isTimely(one.seconds, to) ? 200 : 401, `made at ${one.seconds}, shown at ${to}`);
      made.push({ seconds, token: await loginOwner(server) });
      ended.push(await loginOwner(server));
      assert.equal((await call(server, 'POST', '/v1/auth/logout', { token: ended.at(-1)! })).status, 204);
      for (const one of ended) assert.equal(await standing(one), 401, `a session that was ended, at ${to}`);
      await takesPart(made.at(-1)!.token);
      const before = load.acknowledged.size;
      await load.more(10);
      seen.push(`${to} s: ${load.acknowledged.size - before}`);
    }
    // And a start by a clock that is an hour behind what is written in the database.
    await setClock(HOUR_SECONDS);
    await load.more(5);
    assert.equal(await server.stop(), 0, server.output());
    writeFileSync(environment['FAKETIME_TIMESTAMP_FILE']!, '+0s');
    server = await installation.start(environment);
    await load.more(10);
    stopped.abort();
    await clients;
    const account = await installation.look(async (client) => {
      await until(async () => (await client.query(`SELECT 1 FROM simulation.job WHERE status IN ('queued', 'running', 'signing') LIMIT 1`)).rowCount === 0, 60_000);
      assert.deepEqual((await client.query(`SELECT id FROM simulation.job WHERE status <> 'succeeded' OR workers_lost > 0`)).rows, []);
      // The order of the ledger is its own: the numbers of its checkpoints and their sizes grow together.
      assert.equal((await client.query('SELECT 1 FROM (SELECT size, lag(size) OVER (ORDER BY number) AS before FROM audit.checkpoint) AS c WHERE size < before')).rowCount, 0);
      return accountFor(client, load);
    });
    console.log(`clock set to ${seen.join(', ')} acknowledged; in all acknowledged ${account.acknowledged}, found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; ${load.dropped} dropped, the slowest answer ${Math.round(load.slowestMillis)} ms`);
    assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
    assert.deepEqual([await probe(server, 'live'), await probe(server, 'ready')], [200, 200]);
    assert.equal(await server.stop(), 0, server.output());
  });

  /** Jobs are run, what they did is in the ledger under a signature, and the probes say so. */
  async function takesPart(token: string): Promise<void> {
    const before = await installation.look(checkpointSize);
    const json = { program: { language: 'openqasm2', source: 'OPENQASM 2.0;\nqreg q[1];\ncreg c[1];\nmeasure q -> c;\n' }, shots: 1, deadline: new Date(Date.now() + seconds * 1000 + 2 * HOUR_SECONDS * 1000).toISOString() };
    const { body, text } = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token, json });
    assert.ok(body.id, text);
    await eventually(() => call<{ status: string }>(server, 'GET', `/v1/simulations/${body.id}`, { token }), (answer) => answer.body.status === 'succeeded');
    await eventually(() => call(server, 'GET', `/v1/simulations/${body.id}/receipt`, { token }), ({ status }) => status === 200);
    assert.ok((await installation.look(checkpointSize)) > before);
    assert.deepEqual([await probe(server, 'live'), await probe(server, 'ready')], [200, 200]);
  }
});

/** A token is good for ten minutes, and not before it was made: what was made in another hour is not, by this clock. */
const isTimely = (made: number, now: number): boolean => made === now;
