import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { call, eventually, loginOwner } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { HELD, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from './programs.js';

/**
 * Somebody whose code runs in the server, in each of its threads: loaded before it, as no production is started. At a signal
 * it tries what would rid it of everything that holds the process; at another it ends the thread of the drawings.
 */
const INSIDER = `
import { BroadcastChannel, isMainThread, threadId, Worker, workerData } from 'node:worker_threads';
const channel = new BroadcastChannel('insider');
const tries = [{}, { execArgv: [] }, { execArgv: ['--permission', '--allow-fs-read=*'] }];
const escape = (options) => { try { new Worker('', { eval: true, ...options }).terminate(); return 'made'; } catch (error) { return error.code; } };
const act = (what) => {
  if (what === 'escape') process._rawDebug('insider ' + threadId + ' ' + tries.map(escape).join(' '));
  else if (!isMainThread && workerData.taskFile.endsWith('/render.js')) process.exit(9);
};
channel.onmessage = ({ data }) => act(data);
channel.unref();
for (const [signal, what] of [['SIGUSR2', 'escape'], ['SIGWINCH', 'end']]) if (isMainThread) process.on(signal, () => { act(what); channel.postMessage(what); });
`;

const DENIED = 'ERR_ACCESS_DENIED ERR_ACCESS_DENIED ERR_ACCESS_DENIED';

describe('a server that simulates nothing, held by the permission model', { timeout: 120_000 }, () => {
  let home: TestHome;
  let server: RunningServer;
  let token = '';
  before(async () => {
    home = await installedHome();
    const insider = join(home.directory, 'insider.mjs');
    writeFileSync(insider, INSIDER);
    // Its database is a process of its own.
    server = await startServer(home, { QUANTONIUM_ROLES: 'api,ledger', SHUTDOWN_DELAY_MILLIS: '4000' }, { flags: [...HELD, '--allow-child-process', '--import', pathToFileURL(insider).href] });
    token = await loginOwner(server);
  });
  after(() => home.dispose());

  const threads = (): number => {
    const settled = /"threads":(\{[^}]*\})/.exec(server.output())?.[1] ?? assert.fail(server.output());
    return Object.values(JSON.parse(settled) as Record<string, number>).reduce((sum, count) => sum + count);
  };
  const attempts = (): readonly string[] => [...server.output().matchAll(/^insider \d+ (.*)$/gm)].map(([, codes]) => codes!);
  const escapes = async (): Promise<readonly string[]> => {
    const earlier = attempts().length;
    process.kill(server.pid, 'SIGUSR2');
    await eventually(() => call(server, 'GET', '/health/live'), () => attempts().length > earlier + threads());
    return attempts().slice(earlier);
  };

  /** One order for each of its pools, large enough to be done in a thread. */
  const samples = (length: number): number[] => Array.from({ length }, () => 0.125);
  const orders: Readonly<Record<string, { readonly status: number; readonly send: () => ReturnType<typeof call> }>> = {
    'a waveform, analysed': { status: 200, send: () => call(server, 'POST', '/v1/waveforms/analyze', { token, json: { kind: 'real', dims: [4096], samples: samples(4096) } }) },
    'a waveform, tagged with a key that is not there': { status: 404, send: () => call(server, 'POST', '/v1/waveforms/tag', { token, json: { kind: 'real', dims: [32_768], samples: samples(32_768), key: 'nobody' } }) },
    'a program, checked': { status: 200, send: () => call(server, 'POST', '/v1/simulations/estimate', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10 } }) },
    'random bytes of a large batch, encrypted': { status: 200, send: () => call(server, 'POST', '/v1/transit/encrypt/large', { token, json: { batch_input: Array.from({ length: 5_000 }, () => ({ plaintext: 'aGVsbG8gd29ybGQ=' })) } }) },
    'a large backup, that is none': { status: 400, send: () => call(server, 'POST', '/v1/transit/restore', { token, json: { backup: 'x'.repeat(300_000) } }) },
  };

  it('makes no worker, in no thread of it, and tells how many threads it has', async () => {
    assert.equal((await call(server, 'GET', '/health/startup')).status, 200);
    assert.match((await call(server, 'GET', '/health/startup')).text, /"workers":\{"status":"up"\}/);
    assert.ok(threads() >= 7, `${threads()}`);
    assert.deepEqual(await escapes(), Array<string>(threads() + 1).fill(DENIED));
  });

  it('does in its threads what it did, more often than it has threads, and is not brought to its last by clients that leave', async () => {
    assert.equal((await call(server, 'POST', '/v1/transit/keys/large', { token, json: { type: 'aes256-gcm96' } })).status, 200);
    assert.equal((await call(server, 'POST', '/v1/transit/keys/slow', { token, json: { type: 'rsa-4096' } })).status, 200);
    const submitted = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10 } });
    assert.equal(submitted.status, 202, submitted.text);
    const batch = JSON.stringify({ batch_input: Array.from({ length: 1_000 }, () => ({ input: 'aGVsbG8gd29ybGQ=' })) });
    for (let client = 0; client < 6; client += 1) {
      const leaving = fetch(`${server.url}/v1/transit/sign/slow`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: batch, signal: AbortSignal.timeout(300) });
      await assert.rejects(leaving.then((answer) => answer.text()).then((text) => assert.fail(text)), { name: 'TimeoutError' });
    }
    const drawing = { status: 200, send: () => call(server, 'GET', `/v1/simulations/${submitted.body.id}/circuit`, { token, headers: { accept: 'text/plain' } }) };
    for (const [what, { status, send }] of Object.entries({ ...orders, 'a circuit, drawn': drawing })) {
      for (let time = 0; time < 3; time += 1) {
        const answer = await send();
        assert.equal(answer.status, status, `${what}: ${answer.text}`);
      }
    }
    assert.deepEqual(await escapes(), Array<string>(threads() + 1).fill(DENIED));
    assert.doesNotMatch(server.output(), /a thread has ended/);
  });

  it('without a thread for something is not ready, says why, and ends itself in order with a code that asks for another', async () => {
    process.kill(server.pid, 'SIGWINCH');
    const ready = await eventually<{ error: object }>(() => call(server, 'GET', '/health/ready'), ({ text }) => /"threads":\{"status":"down"\}/.test(text));
    assert.equal(ready.status, 503);
    assert.deepEqual(ready.body.error, { phase: { status: 'down' }, threads: { status: 'down' } });
    assert.equal((await call(server, 'GET', '/health/live')).status, 200, 'what is under way goes to its end');
    assert.equal(await server.exited, 75, server.output());
    assert.match(server.output(), /a thread has ended, and none takes its place/);
  });
});
