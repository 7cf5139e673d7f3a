import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.js';
import { debianArchive, debianRelease, needFile, needProgram } from './install.js';
import { lastingDirectory } from './lasting-directory.js';

export const BASE = 'localhost/debian:base';

/** A Debian with nothing added, by debootstrap: images of registries that are elsewhere cannot be had everywhere. Kept for the next run. */
export async function importBase(engine: ContainerEngine): Promise<void> {
  needProgram('debootstrap');
  const archive = join(lastingDirectory(), `debian-${debianRelease()}.tar`);
  if (!existsSync(archive)) makeBase(archive);
  await engine.podman('import', '--quiet', archive, BASE);
}

function makeBase(archive: string): void {
  const work = join(lastingDirectory(), `debootstrap-${process.pid}`);
  mkdirSync(work);
  try {
    must('debootstrap', '--variant=minbase', debianRelease(), join(work, 'root'), debianArchive());
    must('tar', '--create', '--file', join(work, 'root.tar'), '--directory', join(work, 'root'), '--exclude=./var/cache/apt', '--exclude=./var/lib/apt/lists/*', '--exclude=./dev/*', '.');
    // Whole, or not at all.
    renameSync(join(work, 'root.tar'), archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export interface SignedRelease {
  readonly directory: string;
  /** The public keys that it is known by. */
  readonly trust: string;
  readonly digest: string;
}

/** What `npm run build:release` makes of this checkout for an image. */
export function makeRelease(directory: string): SignedRelease {
  const command = 'dist/src/app/commands/build-release/build-release.js';
  const keys = join(directory, 'keys');
  const release = join(directory, 'release');
  must(process.execPath, command, '--make-keys', keys);
  const told = must(process.execPath, command, '--keys', keys, '--out', release, '--without-database');
  return { directory: release, trust: join(keys, 'trust'), digest: /^digest +(sha256:[0-9a-f]{64})$/m.exec(told)![1]! };
}

/** As docs/operations.md writes it. Resolves with the digest of the manifest. */
export async function buildImage(engine: ContainerEngine, release: SignedRelease, tag: string): Promise<string> {
  const contexts = ['--build-context', `release=${release.directory}`, '--build-context', `trust=${release.trust}`];
  await engine.run('buildah', 'bud', '--quiet', '--isolation', 'chroot', '--timestamp', '0', '--file', 'docker/Dockerfile', '--build-arg', `BASE=${BASE}`, ...contexts, '--tag', tag, 'docker');
  return (await engine.podman('inspect', '--format', '{{.Digest}}', tag)).trim();
}

/** The probe of attack-probe.c, which needs nothing of the image that it is run in. */
export function compileProbe(directory: string): string {
  needProgram('gcc');
  needFile('/usr/include/stdio.h', 'libc6-dev');
  const probe = join(directory, 'attack-probe');
  must('gcc', '-static', '-O1', '-Wall', '-Wextra', '-Werror', '-o', probe, 'test/clients/attack-probe.c');
  return probe;
}

function must(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status} ${error?.message ?? ''}\n${stdout}${stderr}`);
  return stdout;
}
