import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { needProgram } from './install.js';
import { lastingDirectory } from './lasting-directory.js';

/** Where a container engine may set neither cgroups of version 2 nor higher limits, nor build a network of its own. */
const RUNTIME = ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs'];
const CONFINED = ['--network', 'host', '--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'];

/** What docs/operations.md asks an operator to start the image with. The account is the image's own. */
export const HARDENED = ['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=docker/seccomp.json'];

/** podman ends a container 20 s late where the path of this is longer than 50 characters. */
const STATE = 's';

export interface Container {
  readonly name: string;
  /** Of its first process, as the machine counts. */
  pid(): Promise<number>;
  /** Both streams so far. */
  output(): string;
  /** Resolves with the first match; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM to process 1, and SIGKILL when the time is over: 137 then. Resolves with the exit code. */
  stop(graceSeconds: number): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

/** Debian's podman, buildah and runc with images of their own, below one directory that goes with them. */
export class ContainerEngine {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #containers: Container[] = [];

  constructor() {
    for (const program of ['podman', 'buildah', 'runc']) needProgram(program);
    // On the disk: images are larger than what the directory of a run may have of the memory.
    this.directory = mkdtempSync(join(lastingDirectory(), 'c-'));
    // Passable: a database in it works under an account of its own.
    chmodSync(this.directory, 0o711);
    const at = (name: string): string => join(this.directory, name);
    for (const name of ['run', 'tmp', 'images', STATE]) mkdirSync(at(name));
    this.environment = { PATH: process.env['PATH'] ?? '', HOME: this.directory, TMPDIR: at('tmp'), XDG_RUNTIME_DIR: at('run'), CONTAINERS_STORAGE_CONF: at('storage.conf'), REGISTRY_AUTH_FILE: at('run/auth.json') };
    writeFileSync(this.environment['REGISTRY_AUTH_FILE']!, '{}');
    // Containers that share their image's files where the kernel can; else each has a copy, which takes seconds.
    const works = ['overlay', 'vfs'].some((driver) => {
      writeFileSync(at('storage.conf'), `[storage]\ndriver = "${driver}"\nrunroot = "${at(STATE)}"\ngraphroot = "${at('images')}"\n`);
      return spawnSync('podman', [...RUNTIME, 'info'], { env: this.environment }).status === 0;
    });
    if (!works) throw new Error('podman can keep no images here');
  }

  async run(program: string, ...args: readonly string[]): Promise<string> {
    return (await promisify(execFile)(program, args, { env: this.environment, maxBuffer: 16 * 1024 * 1024 })).stdout;
  }

  podman(...args: readonly string[]): Promise<string> {
    return this.run('podman', ...RUNTIME, ...args);
  }

  /** One that says what it has to say, and ends: what it said, and how it ended. */
  async once(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const container = this.start('once', ...args);
    return { code: await container.exited, output: container.output() };
  }

  /** @param args what stands after `podman run`: options, the image, and words for it. */
  start(purpose: string, ...args: readonly string[]): Container {
    const name = `quantonium-${process.pid}-${this.#containers.length}-${purpose}`;
    const child = spawn('podman', [...RUNTIME, 'run', '--name', name, ...CONFINED, ...args], { env: this.environment });
    const container = { name, ...watch(child), pid: async () => Number(await this.podman('inspect', '--format', '{{.State.Pid}}', name)) };
    const started: Container = {
      ...container,
      stop: async (graceSeconds) => {
        await this.podman('stop', '--time', String(graceSeconds), name);
        return container.exited;
      },
    };
    this.#containers.push(started);
    return started;
  }

  async close(): Promise<void> {
    if (this.#containers.length > 0) await this.podman('rm', '--force', '--time', '1', ...this.#containers.map(({ name }) => name)).catch(() => undefined);
    // Layers are mounted until their store says that it has let go of them.
    await this.podman('rmi', '--all', '--force').catch(() => undefined);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function watch(child: ChildProcess): Pick<Container, 'output' | 'says' | 'exited'> {
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const says = (pattern: RegExp): Promise<RegExpExecArray> => {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const found = pattern.exec(output);
      if (found !== null) resolve(found);
    };
    look();
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', look);
    void exited.then((code) => reject(new Error(`ended with ${code} before it said ${pattern}:\n${output}`)));
    return promise;
  };
  return { output: () => output, says, exited };
}
