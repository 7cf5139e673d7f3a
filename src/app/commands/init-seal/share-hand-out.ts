import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hexBytes } from '../../../modules/crypto/seals/share-text.js';

/** Shares that were handed out, and what to say once they count, or never will. */
export interface HandedOut {
  readonly said: string;
  /** They are of no use: the change was not made. */
  withdraw(): Promise<void>;
}

const NEWLINE = Buffer.from('\n');

/**
 * Before the database is put under them: from then on nothing else opens it. To a person at a terminal, else a file
 * each that only this user can read, on disk before this returns. Never a string, and never anywhere else.
 */
export async function handOut(shares: readonly Uint8Array[], dataDirectory: string, console: NodeJS.WriteStream = process.stdout): Promise<HandedOut> {
  if (console.isTTY) {
    console.write('\nThe shares, shown only now. Give each to another person, and keep no two in one place:\n\n');
    for (const share of shares) await shown(share, console);
    console.write('\n');
    return { said: '', withdraw: () => Promise.resolve(void console.write('The seal was not changed: these shares open nothing.\n')) };
  }
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(dataDirectory, 'seal-shares-'));
  for (const [index, share] of shares.entries()) await written(share, join(directory, `share-${index + 1}`));
  return {
    said: `The shares are in ${directory}, a file each, readable by this user only. Give each to another person and remove it from here.\n`,
    withdraw: () => rm(directory, { recursive: true, force: true }),
  };
}

async function shown(share: Uint8Array, console: NodeJS.WriteStream): Promise<void> {
  const text = hexBytes(share);
  const line = Buffer.concat([Buffer.from('    '), text, NEWLINE]);
  await new Promise<void>((resolve, reject) => console.write(line, (error) => (error ? reject(error) : resolve())));
  text.fill(0);
  line.fill(0);
}

/** Durable when it resolves, the file and its name. */
async function written(share: Uint8Array, path: string): Promise<void> {
  const text = hexBytes(share);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(text);
    await file.write(NEWLINE);
    await file.sync();
  } finally {
    text.fill(0);
    await file.close();
  }
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}
