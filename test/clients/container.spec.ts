import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { needProgram } from './install.js';

const UID = 10_001;
/** Flags that a container engine needs where it may set neither cgroups of version 2 nor higher limits. */
const ENGINE = ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs'];
/** What docker/ and an orchestrator ask for: nobody's account, nothing writable but the volume, no capability. */
const HARDENED = ['--user', `${UID}:${UID}`, '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

/**
 * The server as process 1 of a real container: to it the kernel gives no default signal handlers, the root is
 * read-only, and it is nobody in particular. The root file system is the machine's own /usr, so that no image has to
 * be had from anywhere.
 */
describe('in a container', () => {
  let directory: string;
  const name = `quantonium-test-${process.pid}`;

  before(() => {
    needProgram('podman');
    needProgram('runc');
    directory = mkdtempSync(join(tmpdir(), 'quantonium-container-'));
    for (const folder of ['usr', 'etc', 'app', 'tmp', 'data', 'proc', 'sys', 'dev']) mkdirSync(join(directory, 'root', folder), { recursive: true });
    for (const link of ['lib', 'lib64', 'bin', 'sbin']) symlinkSync(`usr/${link}`, join(directory, 'root', link));
    writeFileSync(join(directory, 'root/etc/passwd'), `quantonium:x:${UID}:${UID}::/data:/usr/sbin/nologin\n`);
    mkdirSync(join(directory, 'data'));
    chownSync(join(directory, 'data'), UID, UID);
  });
  after(() => {
    spawnSync('podman', [...ENGINE, 'rm', '--force', name]);
    rmSync(directory, { recursive: true, force: true });
  });

  it('starts hardened, serves, and at a stop drains and exits with 0', { timeout: 180_000 }, async () => {
    const volumes = ['-v', '/usr:/usr:ro', '-v', `${process.cwd()}:/app:ro`, '-v', `${join(directory, 'data')}:/data`, '--tmpfs', '/tmp:mode=1777'];
    const settings = ['-e', 'PORT=0', '-e', 'QUANTONIUM_DATA_DIR=/data/quantonium', '-e', 'ROOT_KEY_FILE=/data/root.key'];
    const limits = ['--network', 'host', '--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'];
    const child = spawn('podman', [
      ...[...ENGINE, 'run', '--name', name, ...limits, ...HARDENED, ...volumes, ...settings, '--workdir', '/app'],
      ...['--rootfs', join(directory, 'root'), '/app/node_modules/.bin/node', 'dist/src/main.js'],
    ]);
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          const ready = /ready at (http:\S+)/.exec(output);
          if (ready !== null) resolve(ready[1]!);
        });
      }
      child.once('exit', (code) => reject(new Error(`exited with ${code}:\n${output}`)));
    });
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
    const exited = once(child, 'exit');
    const stopped = spawnSync('podman', [...ENGINE, 'stop', '--time', '30', name], { encoding: 'utf8' });
    assert.equal(stopped.status, 0, stopped.stderr);
    assert.deepEqual(await exited, [0, null], output);
    /* 137 would be the engine's SIGKILL after the time was over. */
    const { stdout } = spawnSync('podman', [...ENGINE, 'inspect', '--format', '{{.State.ExitCode}}', name], { encoding: 'utf8' });
    assert.equal(stdout.trim(), '0', output);
  });
});
