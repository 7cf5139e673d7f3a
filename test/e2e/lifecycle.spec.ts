import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, eventually, loginOwner } from '../harness/api.js';
import { embeddedHome, postmasterPid } from '../harness/data-directory.js';
import { installedHome } from '../harness/installed-home.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from './programs.js';

const BELL_JOB = { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1 };

/** How a process comes up and goes down, and what it survives. */
describe('the life of a server', () => {
  let home: TestHome;
  const dataDirectory = (): string => home.environment['QUANTONIUM_DATA_DIR']!;
  beforeEach(async () => {
    home = await installedHome();
  });
  afterEach(async () => home.dispose());

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends at ${signal} with 0, and its Postgres with it`, async () => {
      const server = await startServer(home);
      assert.notEqual(postmasterPid(dataDirectory()), null);
      assert.equal(await server.stop(signal), 0, server.output());
      assert.equal(postmasterPid(dataDirectory()), null);
    });
  }

  // From the moment that there is something to leave behind: its Postgres is up, or already serves what comes after.
  it('obeys a signal at any moment of the way up with 0, and leaves no Postgres behind', async () => {
    await home.dispose();
    home = createHome();
    for (const [index, delayMillis] of [0, 50, 150, 300, 500, 800, 1200, 2000].entries()) {
      const child = spawn(process.execPath, ['dist/src/main.js'], { env: { ...process.env, ...home.environment }, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
      const exited = once(child, 'exit');
      await eventuallyTrue(() => postmasterPid(dataDirectory()) !== null, () => output);
      await sleep(delayMillis);
      child.kill(index % 2 === 0 ? 'SIGINT' : 'SIGTERM');
      assert.deepEqual(await exited, [0, null], `${delayMillis} ms: ${output}`);
      assert.doesNotMatch(output, /does not start|failed/, `${delayMillis} ms`);
      assert.equal(postmasterPid(dataDirectory()), null, `${delayMillis} ms`);
    }
  });

  it('obeys a signal that comes as soon as it listens to signals, before anything was started', async () => {
    await home.dispose();
    home = createHome();
    // The server has no name for that moment: the listener itself, being added, sends the signal.
    const asSoonAsHeard = "process.on('newListener', (name) => name === 'SIGTERM' && setImmediate(() => process.kill(process.pid, 'SIGTERM')))";
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(asSoonAsHeard)}`, 'dist/src/main.js'], {
      env: { ...process.env, ...home.environment },
      stdio: 'ignore',
    });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal(embeddedHome(dataDirectory()), null, 'there is no database, let alone one that runs');
  });

  it('stays alive when its Postgres is killed, says that it is not ready, and is again when it is back', async () => {
    const server = await startServer(home);
    const status = async (probe: string): Promise<number> => (await call(server, 'GET', `/health/${probe}`)).status;
    assert.equal(await status('ready'), 200, 'it said so');
    const postmaster = postmasterPid(dataDirectory())!;
    /* One kill is mended between two ticks of a second each; the outage lasts until a tick has met it. */
    await until(async () => {
      const running = postmasterPid(dataDirectory());
      if (running !== null) killIfThere(running);
      assert.equal(await status('live'), 200);
      return (await status('ready')) === 503;
    }, server);
    await until(async () => {
      assert.equal(await status('live'), 200);
      return (await status('ready')) === 200;
    }, server);
    assert.notEqual(postmasterPid(dataDirectory()), postmaster);
    await loginOwner(server);
    assert.equal(await server.stop(), 0);
  });

  it('comes back after kill -9 with what it had, adopting the Postgres that was left', async () => {
    const first = await startServer(home);
    const submitted = await call<{ id: string }>(first, 'POST', '/v1/simulations', { token: await loginOwner(first), json: BELL_JOB });
    const left = postmasterPid(dataDirectory());
    await first.kill();
    const second = await startServer(home);
    assert.equal(postmasterPid(dataDirectory()), left);
    const token = await loginOwner(second);
    await eventually(() => call<{ status: string }>(second, 'GET', `/v1/simulations/${submitted.body.id}`, { token }), (answer) => answer.body.status === 'succeeded');
    assert.equal(await second.stop(), 0);
  });

  it('divides its roles: the worker runs jobs without a root key, and serves nothing but its probes', async () => {
    const front = await startServer(home, { QUANTONIUM_ROLES: 'api,ledger' });
    const worker = await startServer(home, { QUANTONIUM_ROLES: 'worker', ROOT_KEY_FILE: join(home.directory, 'not-there') });
    const token = await loginOwner(front);
    const finished = await call<{ status: string; id: string }>(front, 'POST', '/v1/simulations', { token, headers: { prefer: 'wait=30' }, json: BELL_JOB });
    assert.equal(finished.body.status, 'succeeded', finished.text);
    await eventually(() => call(front, 'GET', `/v1/simulations/${finished.body.id}/receipt`, { token }), (answer) => answer.status === 200);
    await eventually(() => call(worker, 'GET', '/health/ready'), (answer) => answer.status === 200);
    assert.equal((await call(worker, 'GET', '/v1/simulations', { token })).status, 404);
    assert.deepEqual(await Promise.all([worker.stop(), front.stop()]), [0, 0]);
  });
});

/** As long as a start may take: on a busy machine, making a database alone takes half a minute. */
async function eventuallyTrue(isTrue: () => boolean, output: () => string): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, `still not so after 90 s: ${output()}`);
    await sleep(5);
  }
}

/** Asks every 20 ms until it is so; a minute at most. */
async function until(isSo: () => Promise<boolean>, server: RunningServer): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `still not so after a minute\n${server.output()}`);
    await sleep(20);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    /* It died of the kill before. */
  }
}
