import { execFile } from 'node:child_process';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Both streams. */
  readonly out: string;
}

/** For the environment of a command: what this run has compiled already, which is a fifth of a start. */
export function compiled(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
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
