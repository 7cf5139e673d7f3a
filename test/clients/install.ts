import { spawnSync } from 'node:child_process';

/** Installs a Debian package when its program is not there; fails with apt's own words when it cannot. */
export function needProgram(program: string, debianPackage: string = program): void {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) return;
  const run = (args: readonly string[]): void => {
    const { status, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')}: ${stderr}`);
  };
  run(['update', '-qq']);
  run(['install', '-y', '-qq', '--no-install-recommends', debianPackage]);
}
