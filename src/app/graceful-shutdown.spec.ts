import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { StrictFastifyAdapter } from '#platform/http/http-adapter.js';
import { openHttpApplication } from '../../test/harness/http-application.js';
import { type RawAnswer, rawHttp } from '../../test/harness/raw-http.js';

interface Child {
  readonly process: ChildProcess;
  readonly url: string;
  readonly pid: number;
  output(): string;
  readonly exit: Promise<readonly [number | null, string | null]>;
}

/** Starts test/harness/draining-server.ts, behind `wrapper` if there is one, and waits until it listens. */
async function start(wrapper: readonly string[] = []): Promise<Child> {
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, 'dist/test/harness/draining-server.js'];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const exit = once(child, 'exit').then(([code, signal]) => [code as number | null, signal as string | null] as const);
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve();
    });
    child.once('exit', () => reject(new Error('the server ended before it listened')));
  });
  const [, port = '', pid = ''] = /port (\d+) pid (\d+)/.exec(text) ?? [];
  return { process: child, url: `http://127.0.0.1:${port}`, pid: Number(pid), output: () => text, exit };
}

const status = async (url: string): Promise<number> => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

describe('a shutdown', { timeout: 60_000 }, () => {
  it('turns readiness off first, lets what is under way end, and exits with 0', async () => {
    const server = await start();
    assert.equal(await status(`${server.url}/health/ready`), 200);
    assert.equal(await status(`${server.url}/health/startup`), 200);
    const slow = fetch(`${server.url}/slow`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.process.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 150));
    const ready = await fetch(`${server.url}/health/ready`);
    assert.equal(ready.status, 503, 'the address still answers, and says no');
    const report = (await ready.json()) as { status: string; error: object };
    assert.equal(report.status, 'error');
    assert.deepEqual(report.error, { phase: { status: 'down' } });
    assert.equal(await status(`${server.url}/health/live`), 200, 'it is alive while it drains');
    const answer = await slow;
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { done: true });
    assert.deepEqual(await server.exit, [0, null]);
    assert.match(server.output(), /closed/);
    await assert.rejects(fetch(`${server.url}/health/live`));
  });

  it('is the same for the doubled Ctrl-C of npm start', async () => {
    const server = await start();
    server.process.kill('SIGINT');
    server.process.kill('SIGINT');
    assert.deepEqual(await server.exit, [0, null]);
  });

  it('answers also those who wait to be accepted when the listener goes, each for the last time on its connection', async () => {
    const { app, port } = await openHttpApplication([], {});
    const waiting = Array.from({ length: 30 }, () => rawHttp(port, 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n'));
    await Promise.all([app.close(), ...waiting]);
    const answers = await Promise.all(waiting);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [404]);
    for (const { head } of answers) assert.match(head, /^connection: close$/im);
  });

  it('lets nobody keep a connection from the signal on, while the address is still known', async () => {
    const { app, port, close } = await openHttpApplication([], {});
    const ask = (): Promise<RawAnswer> => rawHttp(port, 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.doesNotMatch((await ask()).head, /^connection: close$/im);
    (app.getHttpAdapter() as unknown as StrictFastifyAdapter).isDraining = true;
    assert.match((await ask()).head, /^connection: close$/im);
    await close();
  });

  const namespaces = spawnSync('unshare', ['-pf', 'true']).status === 0;
  it('ends the process also when it is the first of its container', { skip: namespaces ? false : 'no right to make a PID namespace' }, async () => {
    const server = await start(['unshare', '-pf', '--kill-child']);
    assert.equal(server.pid, 1, 'its own view of its number');
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(server.process.pid)]).stdout.toString().trim();
    process.kill(Number(children), 'SIGTERM');
    assert.deepEqual(await server.exit, [0, null]);
  });
});
