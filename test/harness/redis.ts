import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConfig } from '#platform/config/config.js';
import { issuedBy, selfSigned } from './certificate.js';

export const REDIS_PASSWORD = 'only-for-tests';
/** Of a user that may do everything, where the test asks what the shipped one did. */
const OPERATOR = `user operator on >${REDIS_PASSWORD} ~* &* +@all`;
export const SHIPPED_USERS = readFileSync('docker/redis/users.acl', 'utf8');

interface Place {
  readonly port: number;
  readonly directory: string;
  readonly words: readonly string[];
  /** Null: it speaks in clear, and has the default user alone. */
  readonly authoritiesFile: string | null;
}

/** A Redis of the test's own, on a free port of loopback, with nothing on disk. */
export class TestRedis {
  private child: ChildProcess | null = null;

  private constructor(private readonly place: Place) {}

  /** Bare, in clear, with one password for everything. */
  static async start(): Promise<TestRedis> {
    const [port, directory] = [await freePort(), mkdtempSync(join(tmpdir(), 'redis-'))];
    const redis = new TestRedis({ port, directory, words: ['--port', String(port), '--save', '', '--requirepass', REDIS_PASSWORD], authoritiesFile: null });
    await redis.restart();
    return redis;
  }

  /**
   * With the files of docker/redis, a certificate and a password.
   *
   * @param users further lines of its users.acl
   * @param otherwise what its redis.conf says, and this one does not
   */
  static async startAsShipped(users: readonly string[] = [], otherwise: readonly string[] = []): Promise<TestRedis> {
    const [port, directory] = [await freePort(), mkdtempSync(join(tmpdir(), 'redis-'))];
    const authority = selfSigned('authority of a test');
    const { cert, key } = issuedBy(authority, 'localhost');
    const put = (name: string, text: string): string => {
      const file = join(directory, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    };
    const authoritiesFile = put('ca.crt', authority.cert);
    const acl = put('users.acl', [SHIPPED_USERS.trim().replace('PASSWORD_SHA256', createHash('sha256').update(REDIS_PASSWORD).digest('hex')), OPERATOR, ...users, ''].join('\n'));
    const words = ['docker/redis/redis.conf', '--tls-port', String(port), '--tls-cert-file', put('redis.crt', cert), '--tls-key-file', put('redis.key', key), '--aclfile', acl, ...otherwise];
    const redis = new TestRedis({ port, directory, words, authoritiesFile });
    await redis.restart();
    return redis;
  }

  get port(): number {
    return this.place.port;
  }

  get authoritiesFile(): string | null {
    return this.place.authoritiesFile;
  }

  get url(): string {
    return this.address(this.authoritiesFile === null ? '' : 'quantonium').url;
  }

  /** As that login. */
  address(login = 'quantonium', password = REDIS_PASSWORD): RedisConfig {
    const { port, authoritiesFile } = this.place;
    return { url: `${authoritiesFile === null ? 'redis' : 'rediss'}://${login}:${password}@localhost:${port}/0`, authoritiesFile };
  }

  /** On the same port, with nothing in it. */
  async restart(): Promise<void> {
    const { port, directory, words } = this.place;
    let said = '';
    const child = spawn('redis-server', [...words, '--bind', '127.0.0.1', '--dir', directory], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4_000)));
    this.child = child;
    for (let tries = 0; !(await isOpen(port)); tries += 1) {
      if (tries > 250 || child.exitCode !== null) throw new Error(`redis-server does not listen:\n${said}`);
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
    rmSync(this.place.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
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
