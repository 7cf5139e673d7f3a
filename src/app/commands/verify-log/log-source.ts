import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EvidenceError, printable } from './evidence-error.js';

/** Where a log's files are read. Whoever serves them is not trusted: sizes are bounded, and nothing is followed. */
export interface LogSource {
  /** The file at this path below the log's prefix, at most so many bytes; null when there is none. Throws EvidenceError. */
  read(path: string, bytesMax: number): Promise<Buffer | null>;
  /** Whether entry bundles can be read; without them, hash tiles are all there is. */
  readonly hasEntries: boolean;
}

/** A copy of a log in a directory. */
export function directorySource(directory: string, hasEntries: boolean): LogSource {
  const read = async (path: string, bytesMax: number): Promise<Buffer | null> => {
    const file = await open(join(directory, path), 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw new EvidenceError(`${path} cannot be read: ${error.code ?? error.name}`);
    });
    if (file === null) return null;
    try {
      const state = await file.stat();
      if (!state.isFile()) throw new EvidenceError(`${path} is no file`);
      if (state.size > bytesMax) throw tooLarge(path, bytesMax);
      return await file.readFile();
    } finally {
      await file.close();
    }
  };
  return { read, hasEntries };
}

export interface ServerSettings {
  /** The log's prefix, ending in a slash. */
  readonly prefix: URL;
  /** For entry bundles; null: they are not asked for. */
  readonly token: string | null;
  readonly timeoutMillis: number;
  /** Told when the server wants to be asked later. */
  readonly onWait: (seconds: number) => void;
}

const ATTEMPTS_MAX = 12;
const WAIT_SECONDS_MAX = 90;

/** A log on a server. The token goes to entry bundles alone, and nowhere that a redirect points. */
export function serverSource({ prefix, token, timeoutMillis, onWait }: ServerSettings): LogSource {
  const read = async (path: string, bytesMax: number): Promise<Buffer | null> => {
    const headers: Record<string, string> = token !== null && path.startsWith('tile/entries/') ? { authorization: `Bearer ${token}` } : {};
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(new URL(path, prefix), headers, timeoutMillis, bytesMax, path);
      if (typeof answer !== 'number') return answer;
      if (attempt === ATTEMPTS_MAX) throw new EvidenceError(`${path}: the server wants to be asked later, again and again`);
      onWait(answer);
      await sleep(answer * 1000);
    }
  };
  return { read, hasEntries: token !== null };
}

/** The bytes, null for 404, or the seconds to wait before the next attempt. */
async function ask(url: URL, headers: Record<string, string>, timeoutMillis: number, bytesMax: number, path: string): Promise<Buffer | null | number> {
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMillis) });
    if (response.status === 200) return await bounded(response, bytesMax, path);
    await response.body?.cancel();
    if (response.status === 404) return null;
    if (response.status === 429 || response.status === 503) return secondsOf(response.headers.get('retry-after'));
    if (response.status >= 300 && response.status < 400) throw new EvidenceError(`${path}: the server redirects, which is not followed`);
    if (response.status === 401 || response.status === 403) throw new EvidenceError(`${path}: the token may not read it (${response.status})`);
    throw new EvidenceError(`${path}: the server answers ${response.status}`);
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : 'unknown';
    throw new EvidenceError(`${path} cannot be read from the server: ${printable(cause)}`);
  }
}

/** Counted as it arrives, after any decompression: no header is believed. */
async function bounded(response: Response, bytesMax: number, path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge(path, bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function secondsOf(retryAfter: string | null): number {
  const seconds = /^[0-9]{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : 1;
  return Math.min(Math.max(seconds, 1), WAIT_SECONDS_MAX);
}

function tooLarge(path: string, bytesMax: number): EvidenceError {
  return new EvidenceError(`${path} has more than the ${bytesMax} bytes that it can have`);
}

/** Keeps a copy of what is read, in the same layout: entries are nobody else's to read. */
export async function keep(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, bytes, { mode: 0o600 });
}
