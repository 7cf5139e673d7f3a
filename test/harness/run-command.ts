import { execFile } from 'node:child_process';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Both streams. */
  readonly out: string;
}

/** For the environment of what is started: what this run has found and compiled already, which is half of a start. Nothing outside a run. */
export function compiled(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE, TEST_KNOWN_MODULES } = process.env;
  if (NODE_COMPILE_CACHE === undefined || TEST_KNOWN_MODULES === undefined) return {};
  return { NODE_COMPILE_CACHE, TEST_KNOWN_MODULES, NODE_OPTIONS: `--import=${new URL('./known-modules.js', import.meta.url).href}` };
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
