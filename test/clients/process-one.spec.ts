import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createHome } from '../harness/server.js';
import { needProgram } from './install.js';

/** In a container the server is process 1, to which the kernel gives no default signal handlers. */
describe('as process 1', () => {
  it('drains and exits with 0 at SIGTERM', { timeout: 120_000 }, async () => {
    needProgram('unshare', 'util-linux');
    const home = createHome();
    const child = spawn('unshare', ['--fork', '--pid', '--mount-proc', '--kill-child', process.execPath, 'dist/src/main.js'], {
      env: { ...process.env, ...home.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const ready = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          if (/ready at http/.test(output)) resolve();
        });
      }
      child.once('exit', (code) => reject(new Error(`exited with ${code}:\n${output}`)));
    });
    await ready;
    const processOne = childrenOf(child.pid!)[0]!;
    assert.match(readFileSync(`/proc/${processOne}/status`, 'utf8'), /^NSpid:\s+\d+\s+1$/m);
    const exited = once(child, 'exit');
    process.kill(processOne, 'SIGTERM');
    const [code, signal] = (await exited) as [number | null, string | null];
    assert.deepEqual([code, signal], [0, null], output);
    await home.dispose();
  });
});

function childrenOf(pid: number): number[] {
  return spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .map((line) => Number(line.trim()))
    .filter((child) => child > 0);
}
