import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Debian's `docker-registry` (CNCF distribution) on a directory of its own, anonymous: what the registry is measured beside. */
export class DockerRegistry {
  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly child: ChildProcess,
  ) {}

  /** Null where it is not installed. */
  static async start(): Promise<DockerRegistry | null> {
    if (spawnSync('docker-registry', ['--version']).error !== undefined) return null;
    const directory = mkdtempSync(join(tmpdir(), 'docker-registry-'));
    const address = `127.0.0.1:${await freePort()}`;
    const configuration = join(directory, 'config.yml');
    // Its own defaults, and a directory: JSON is YAML.
    const settings = { version: '0.1', log: { level: 'error', accesslog: { disabled: true } }, storage: { filesystem: { rootdirectory: directory }, delete: { enabled: true } }, http: { addr: address } };
    writeFileSync(configuration, JSON.stringify(settings));
    const child = spawn('docker-registry', ['serve', configuration], { stdio: 'ignore' });
    const registry = new DockerRegistry(`http://${address}`, directory, child);
    await registry.ready();
    return registry;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    for (let asked = 0; asked < 200; asked++) {
      if (this.child.exitCode !== null) break;
      const answer = await fetch(`${this.url}/v2/`).catch(() => null);
      if (answer?.status === 200) return;
      await pause(50);
    }
    await this.stop();
    throw new Error('docker-registry does not answer');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
