import { execFile } from 'node:child_process';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Both streams. */
  readonly out: string;
}

/** A command as an operator runs it, without a terminal: `file` is its place below `src/app/commands`. */
export function runCommand(file: string, words: readonly string[], environment: Readonly<Record<string, string>>, input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const { PATH = '', HOME = '' } = process.env;
    const child = execFile(process.execPath, ['--enable-source-maps', `dist/src/app/commands/${file}.js`, ...words], { env: { PATH, HOME, ...environment } }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, out: stdout + stderr });
    });
    child.stdin!.end(input);
  });
}
