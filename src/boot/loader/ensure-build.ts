import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm start` runs what is in the sources and does not compile them again when nothing has changed: compiling takes
 * longer than starting. Run as it stands, by Node's own type stripping, so it uses nothing that has to be compiled.
 */
const SOURCES: readonly string[] = ['src', 'migrations', 'package.json', 'nest-cli.json', '.swcrc'];
/** Written last: a build that was broken off is not complete, and is done again. */
const COMPLETE = 'dist/.complete';

function newestMillis(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMillis(join(path, name))), stat.mtimeMs);
}

function builtMillis(): number {
  return statSync(COMPLETE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// A change while the compiler reads is a change after the build: the mark carries the time before.
const sourcesMillis = Math.max(...SOURCES.map(newestMillis));
if (sourcesMillis >= builtMillis()) {
  const startedAt = new Date(performance.timeOrigin);
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(COMPLETE, '');
  utimesSync(COMPLETE, startedAt, startedAt);
}
