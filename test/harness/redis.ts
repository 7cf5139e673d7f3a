import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const REDIS_PASSWORD = 'only-for-tests';

/** PEM files; with them the server speaks TLS and nothing else. */
export interface RedisTls {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A Redis of the test's own, on a free port of loopback, with a password and nothing on disk. */
export class TestRedis {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly directory: string,
    private readonly tls: RedisTls | null,
  ) {}

  static async start(tls: RedisTls | null = null): Promise<TestRedis> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const redis = new TestRedis(port, mkdtempSync(join(tmpdir(), 'redis-')), tls);
    await redis.restart();
    return redis;
  }

  get url(): string {
    return `${this.tls === null ? 'redis' : 'rediss'}://:${REDIS_PASSWORD}@localhost:${this.port}/0`;
  }

  /** On the same port, with nothing in it. */
  async restart(): Promise<void> {
    const { port, tls } = this;
    const ports = tls === null ? ['--port', String(port)] : ['--port', '0', '--tls-port', String(port), '--tls-cert-file', tls.certFile, '--tls-key-file', tls.keyFile, '--tls-auth-clients', 'no'];
    this.child = spawn('redis-server', [...ports, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--requirepass', REDIS_PASSWORD, '--dir', this.directory], { stdio: 'ignore' });
    for (let tries = 0; !(await isOpen(port)); tries += 1) {
      if (tries > 250) throw new Error('redis-server does not listen');
      await sleep(20);
    }
  }

  /** SIGKILL: connections are reset. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null) return;
    this.child = null;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Takes connections and answers nothing. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async dispose(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
