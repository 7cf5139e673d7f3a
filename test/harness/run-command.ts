import { execFile } from 'node:child_process';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Both streams. */
  readonly out: string;
}

const importing = (file: string): string => `--import=${new URL(file, import.meta.url).href}`;

/** For the environment of a process: what this run has found and compiled already, which is half of a start. Nothing outside a run. */
export function foundAlready(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE, TEST_KNOWN_MODULES } = process.env;
  if (NODE_COMPILE_CACHE === undefined || TEST_KNOWN_MODULES === undefined) return {};
  return { NODE_COMPILE_CACHE, TEST_KNOWN_MODULES, NODE_OPTIONS: importing('./known-modules.js') };
}

/** The same for what is started of the product, which hashes passwords at the least cost then. Not outside a run: a benchmark has what a user has. */
export function compiled(): Readonly<Record<string, string>> {
  const { NODE_OPTIONS, ...found } = foundAlready();
  return NODE_OPTIONS === undefined ? {} : { ...found, NODE_OPTIONS: `${NODE_OPTIONS} ${importing('./least-password-cost-hooks.js')}` };
}

/** A command as an operator runs it, without a terminal: `file` is its place below `src/app/commands`. */
export function runCommand(file: string, words: readonly string[], environment: Readonly<Record<string, string>>, input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const { PATH = '', HOME = '' } = process.env;
    const child = execFile(process.execPath, [`dist/src/app/commands/${file}.js`, ...words], { env: { PATH, HOME, ...compiled(), ...environment } }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, out: stdout + stderr });
    });
    child.stdin!.end(input);
  });
}
