import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { leaksIn } from './secret-detectors.js';

/** More than any file of a project like this; beyond, it is no text that somebody wrote. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** What lies in the directory and git does not ignore, committed or not: it may be committed next. */
export function leaksInTree(directory: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: directory, encoding: 'utf8', maxBuffer: FILE_BYTES_MAX });
  if (status !== 0) throw new Error(`the files cannot be listed: ${stderr}`);
  return [...new Set(stdout.split('\0'))].filter((path) => path !== '').flatMap((path) => {
    const file = statSync(join(directory, path), { throwIfNoEntry: false });
    if (file === undefined || !file.isFile() || file.size > FILE_BYTES_MAX) return [];
    return leaksIn(readFileSync(join(directory, path), 'latin1')).map(({ what, line, digest }) => `${what} in ${path}, line ${line} (${digest})`);
  });
}

/**
 * Whatever a commit that can be reached ever added, and its message: to remove a secret in the next commit removes it for
 * nobody. A clone without the whole history has the tree of its oldest commit in place of what came before. Configuration of
 * the machine is set aside: what is shown must not depend on it.
 */
export async function leaksInHistory(directory: string): Promise<readonly string[]> {
  const words = ['-c', 'log.showRoot=true', '-c', 'core.quotePath=false', 'log', '--all', '--patch', '--unified=0', '--text', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv', '--no-show-signature', '--no-mailmap', '--diff-merges=separate', '--src-prefix=a/', '--dst-prefix=b/', '--format=commit %H%n%B'];
  const git = spawn('git', words, { cwd: directory, env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }, stdio: ['ignore', 'pipe', 'inherit'] });
  git.stdout.setEncoding('latin1');
  const ended = once(git, 'exit') as Promise<[number | null]>;
  const found = new Set<string>();
  let commit = '';
  let path = '';
  let added: string[] = [];
  const look = (): void => {
    for (const { what, digest } of leaksIn(added.join('\n'))) found.add(`${what} in commit ${commit.slice(0, 12)}, ${path === '' ? 'its message' : path} (${digest})`);
    added = [];
  };
  for await (const line of createInterface({ input: git.stdout, crlfDelay: Infinity })) {
    if (/^commit [0-9a-f]{40,64}$/.test(line)) {
      look();
      [commit, path] = [line.slice('commit '.length), ''];
    } else if (line.startsWith('+++ ')) {
      look();
      path = line.slice('+++ b/'.length);
    } else if (path === '') added.push(line);
    else if (line.startsWith('+')) added.push(line.slice(1));
  }
  look();
  const [code] = await ended;
  if (code !== 0) throw new Error(`the history cannot be read: git ended with ${code}`);
  return [...found];
}
