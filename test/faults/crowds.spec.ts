import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { loginOwner } from '../harness/api.js';
import { until } from '../harness/simulation.js';
import type { RunningServer } from '../harness/server.js';
import { type Account, accountFor, ExternalInstallation, probe } from './external-installation.js';
import { Submissions } from './submissions.js';

const DESCRIPTORS = 200;
/** Header lines have ten seconds, bodies fifteen, and both are looked for every two; the rest is for a busy machine. */
const REAPED_MILLIS_MAX = 25_000;
/** What a body announces, so that it is never whole. */
const SLOW_BODY_BYTES = 4_000;
const MEBIBYTE = 1024 * 1024;

/** A client that the server may be rid of whenever it likes. */
interface Slow {
  readonly socket: Socket;
  closed: boolean;
}

/** Clients that hold connections and ask for nothing, or for something without end; and those who only want their answer. */
describe('a server that many connect to', () => {
  let installation: ExternalInstallation;

  before(async () => (installation = await ExternalInstallation.open()));
  after(() => installation.close());

  const underLoad = async (server: RunningServer, prefix: string, meanwhile: (load: Submissions, token: string) => Promise<string>): Promise<Account> => {
    const token = await loginOwner(server);
    const load = new Submissions({ prefix, pauseMillis: 20 });
    const stopped = new AbortController();
    const clients = load.run(() => server, () => token, stopped.signal);
    await load.more(20);
    const told = await meanwhile(load, token);
    await load.more(20);
    stopped.abort();
    await clients;
    const account = await installation.look((client) => accountFor(client, load));
    console.log(`${prefix}: acknowledged ${account.acknowledged}, found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; ${load.unanswered} calls got no answer; p99 ${Math.round(load.p99Millis)} ms, slowest ${Math.round(load.slowestMillis)} ms; ${told}`);
    assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
    return account;
  };

  it(`lives through 400 connections with ${DESCRIPTORS} descriptors, and answers others before, during and after`, { timeout: 120_000 }, async () => {
    const server = await installation.start({}, { behind: ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`] });
    const descriptors = (): number => readdirSync(`/proc/${server.pid}/fd`).length;
    await underLoad(server, 'crowd', async (load) => {
      const before = descriptors();
      const crowd = await Promise.all(Array.from({ length: 400 }, () => slowly(server, '')));
      await load.more(40);
      assert.deepEqual([await probe(server, 'live'), await probe(server, 'ready')], [200, 200]);
      const during = descriptors();
      const held = crowd.filter(({ closed }) => !closed).length;
      for (const { socket } of crowd) socket.destroy();
      await until(() => descriptors() < before + 10);
      assert.ok(during < DESCRIPTORS, `${during} descriptors are open`);
      return `descriptors ${before} before, ${during} with ${held} of 400 held, ${descriptors()} after`;
    });
    assert.deepEqual([await probe(server, 'live'), await probe(server, 'ready')], [200, 200]);
    assert.equal(await server.stop(), 0, server.output());
  });

  it('is rid of 200 who send their header lines a byte a second and 200 who send their bodies so, and answers others meanwhile', { timeout: 120_000 }, async () => {
    const server = await installation.start();
    await underLoad(server, 'slow', async (_load, token) => {
      const memory = (): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024;
      const [before, started] = [memory(), performance.now()];
      const head = `POST /v1/simulations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${SLOW_BODY_BYTES}\r\n\r\n{`;
      const headers = await Promise.all(Array.from({ length: 200 }, () => slowly(server, 'GET /v1/simulations HTTP/1.1\r\nX-Slow: ')));
      const bodies = await Promise.all(Array.from({ length: 200 }, () => slowly(server, head)));
      const all = [...headers, ...bodies];
      const reaped = { headers: 0, bodies: 0 };
      let peak = 0;
      while (all.some(({ closed }) => !closed)) {
        const millis = performance.now() - started;
        assert.ok(millis < REAPED_MILLIS_MAX, `${all.filter(({ closed }) => !closed).length} are still there`);
        for (const { socket, closed } of all) if (!closed) socket.write('x');
        peak = Math.max(peak, memory());
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        if (reaped.headers === 0 && headers.every(({ closed }) => closed)) reaped.headers = performance.now() - started;
      }
      reaped.bodies = performance.now() - started;
      assert.ok(peak - before < 100 * MEBIBYTE, `${before} bytes, and ${peak}`);
      return `header lines were reaped after ${Math.round(reaped.headers)} ms and bodies after ${Math.round(reaped.bodies)} ms; memory ${Math.round(before / MEBIBYTE)} MiB, at most ${Math.round(peak / MEBIBYTE)}`;
    });
    // Whoever is at their header lines for ever is not what a shutdown waits for.
    const left = await Promise.all(Array.from({ length: 50 }, () => slowly(server, 'GET / HTTP/1.1\r\nX-Slow: ')));
    const started = performance.now();
    assert.equal(await server.stop(), 0, server.output());
    console.log(`slow: with 50 of them connected it ended ${Math.round(performance.now() - started)} ms after SIGTERM`);
    for (const { socket } of left) socket.destroy();
  });
});

async function slowly({ url }: RunningServer, beginning: string): Promise<Slow> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined).resume();
  const slow = { socket, closed: false };
  socket.once('close', () => (slow.closed = true));
  await once(socket, 'connect');
  if (beginning !== '') socket.write(beginning);
  return slow;
}
