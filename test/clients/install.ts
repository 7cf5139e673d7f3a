import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedTestDirectory } from '../harness/data-directory.js';

/** Installs a Debian package when its program is not there; fails with apt's own words when it cannot. */
export function needProgram(program: string, debianPackage: string = program): void {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) return;
  install(debianPackage);
}

/** As `needProgram`, for what a program reads: a library's headers. */
export function needFile(file: string, debianPackage: string): void {
  if (!existsSync(file)) install(debianPackage);
}

function install(debianPackage: string): void {
  aptGet(['update', '-qq']);
  aptGet(['install', '-y', '-qq', '--no-install-recommends', debianPackage]);
}

function aptGet(args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', cwd, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Debian 13. What it has and Debian 12 has not is taken from there; of its programs those that need no newer C library than Debian 12's. */
const NEXT_RELEASE = 'trixie';
const DEBIAN_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * The paths of programs of Debian's next release, each of the package of its name. They are downloaded by apt, which verifies
 * Debian's signature, from where this machine has its own packages, and unpacked into a directory of the tests: nothing is
 * installed, and no source is added. Fails with apt's own words when it cannot.
 */
export function programsOfNextDebian<const T extends string>(...names: readonly T[]): Readonly<Record<T, string>> {
  const place = join(sharedTestDirectory(), NEXT_RELEASE);
  const paths = Object.fromEntries(names.map((name) => [name, join(place, name, 'usr/bin', name)])) as Record<T, string>;
  const missing = names.filter((name) => !existsSync(paths[name]));
  if (missing.length > 0) unpack(missing, place);
  return paths;
}

function unpack(names: readonly string[], place: string): void {
  const work = join(place, `work-${process.pid}`);
  for (const directory of ['lists/partial', 'cache/archives/partial', 'packages']) mkdirSync(join(work, directory), { recursive: true });
  try {
    const sources = join(work, 'sources.list');
    writeFileSync(sources, `deb [signed-by=${DEBIAN_KEYS}] ${debianArchive()} ${NEXT_RELEASE} main\n`);
    const apart = [`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=/dev/null', `Dir::State::lists=${work}/lists`, `Dir::Cache=${work}/cache`, 'APT::Sandbox::User=root', 'Acquire::Languages=none'].flatMap((option) => ['-o', option]);
    aptGet([...apart, 'update', '-qq', '--error-on=any']);
    aptGet([...apart, 'download', '-qq', ...names], join(work, 'packages'));
    for (const name of names) {
      const file = readdirSync(join(work, 'packages')).find((each) => each.startsWith(`${name}_`))!;
      const { status, stderr } = spawnSync('dpkg', ['-x', join(work, 'packages', file), join(work, name)], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`dpkg -x ${file}: ${stderr}`);
      // Whole, or not at all; of two that unpack it at once either's will do.
      if (!existsSync(join(place, name))) renameSync(join(work, name), join(place, name));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The name of this machine's own release. */
export function debianRelease(): string {
  return /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
}

/** Where this machine has the packages of its own release from. On a new machine apt does not know before its first update. */
export function debianArchive(): string {
  const own = debianRelease();
  for (const prepare of [() => undefined, () => aptGet(['update', '-qq'])]) {
    prepare();
    const targets = aptGet(['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages']).split('\n').map((line) => line.split(' '));
    const archive = targets.find(([, release, component]) => (release === own || release === 'stable') && component === 'main')?.[0];
    if (archive !== undefined) return archive;
  }
  throw new Error(`apt knows no archive of Debian's ${own}`);
}

/** Debian's own Python, whatever else is first in the path: its packages are installed for that one. */
export const PYTHON = '/usr/bin/python3';

/** As `needProgram`, for a module of Debian's Python. */
export function needPythonModule(module: string, debianPackage: string): void {
  if (spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0) return;
  install(debianPackage);
}
