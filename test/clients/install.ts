import { spawnSync } from 'node:child_process';

/** Installs a Debian package when its program is not there; fails with apt's own words when it cannot. */
export function needProgram(program: string, debianPackage: string = program): void {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) return;
  install(debianPackage);
}

function install(debianPackage: string): void {
  const run = (args: readonly string[]): void => {
    const { status, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')}: ${stderr}`);
  };
  run(['update', '-qq']);
  run(['install', '-y', '-qq', '--no-install-recommends', debianPackage]);
}

/** Debian's own Python, whatever else is first in the path: its packages are installed for that one. */
export const PYTHON = '/usr/bin/python3';

/** As `needProgram`, for a module of Debian's Python. */
export function needPythonModule(module: string, debianPackage: string): void {
  if (spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0) return;
  install(debianPackage);
}
