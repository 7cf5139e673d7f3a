import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { call, eventually, loginOwner } from '../harness/api.js';
import { postmasterPid } from '../harness/postgres.js';
import { createHome, startServer, type TestHome } from '../harness/server.js';
import { BELL } from './programs.js';

const BELL_JOB = { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1 };

/** How a process comes up, goes down, and refuses to. */
describe('the life of a server', () => {
  let home: TestHome;
  const dataDirectory = (): string => home.environment['QUANTONIUM_DATA_DIR']!;
  beforeEach(() => {
    home = createHome();
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

  it('obeys a Ctrl-C on the way up, and leaves no Postgres behind', async () => {
    const child = spawn(process.execPath, ['dist/src/main.js'], { env: { ...process.env, ...home.environment }, stdio: 'ignore' });
    const exited = once(child, 'exit');
    await eventuallyTrue(() => postmasterPid(dataDirectory()) !== null);
    child.kill('SIGINT');
    assert.deepEqual(await exited, [0, null]);
    assert.equal(postmasterPid(dataDirectory()), null);
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

  it('refuses existing data with another root key, or with none, and makes no new one', async () => {
    const server = await startServer(home);
    await server.stop();
    rmSync(home.environment['ROOT_KEY_FILE']!);
    await assert.rejects(startServer(home), /exited with 78[\s\S]*root\.key/);
    writeFileSync(home.environment['ROOT_KEY_FILE']!, Buffer.alloc(32, 7), { mode: 0o600 });
    await assert.rejects(startServer(home), /exited with 78[\s\S]*root key/i);
  });

  it('refuses settings that are wrong, naming each and showing none', async () => {
    const secret = 'postgres://somebody:hunter2hunter2@nowhere';
    await assert.rejects(startServer(home, { PORT: 'eighty', QUANTONIUM_ROLES: 'api,king', DATABASE_WORKER_URL: secret }), (error: Error) => {
      assert.match(error.message, /exited with 78/);
      for (const name of ['PORT', 'QUANTONIUM_ROLES']) assert.match(error.message, new RegExp(name));
      assert.doesNotMatch(error.message, /hunter2|eighty|king/);
      return true;
    });
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

async function eventuallyTrue(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, 'still not so after 30 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
