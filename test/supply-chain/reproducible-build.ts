import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** All that the compiler is given. */
const SOURCES = ['src', 'migrations', 'test', 'clients', 'package.json', 'nest-cli.json', 'tsconfig.json', '.swcrc'];

/** Builds once more, in another directory, at another time, and says what is not the same as in `dist`. */
export function buildFindings(checkout: string): readonly string[] {
  const again = mkdtempSync(join(tmpdir(), 'built-again-'));
  try {
    for (const path of SOURCES) cpSync(join(checkout, path), join(again, path), { recursive: true, filter: (from) => !/\/(?:node_modules|dist)$/.test(from) });
    symlinkSync(resolve(checkout, 'node_modules'), join(again, 'node_modules'));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build'], { cwd: again, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the second build failed: ${stdout}${stderr}`);
    return differences(join(checkout, 'dist'), join(again, 'dist'), (path) => existsSync(join(checkout, path.replace(/\.js(?:\.map)?$/, '.ts'))));
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

/** `counts` leaves out what was compiled of a file that is gone, and can linger in the first. */
export function differences(first: string, second: string, counts: (path: string) => boolean): readonly string[] {
  const [one, other] = [digestsOf(first, counts), digestsOf(second, counts)];
  if (one.size === 0) return [`${first} has nothing in it`];
  return [...new Set([...one.keys(), ...other.keys()])].sort().filter((path) => one.get(path) !== other.get(path)).map((path) => {
    if (!one.has(path)) return `${path} was made by the second build alone`;
    return other.has(path) ? `${path} is another each time` : `${path} was made by the first build alone`;
  });
}

function digestsOf(directory: string, counts: (path: string) => boolean): ReadonlyMap<string, string> {
  const paths = globSync('**/*.{js,js.map}', { cwd: directory }).filter(counts);
  return new Map(paths.map((path) => [path, createHash('sha256').update(readFileSync(join(directory, path))).digest('hex')]));
}
