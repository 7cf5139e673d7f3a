import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type Agent, request } from 'node:http';
import { IMAGE } from './registry-client.js';

/** What benchmarks of the registry send and ask for: large bodies, made of little. */
export const MIB = 1024 * 1024;
const PIECE_BYTES = MIB;

export interface Target {
  readonly url: string;
  /** As who the client comes. */
  readonly credential: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

export interface Pushed {
  readonly sizeBytes: number;
  readonly digest: string;
  pieces(): Iterable<Uint8Array>;
}

interface Reply {
  readonly location: string;
  readonly receivedBytes: number;
}

/** One request; whatever is not a success ends the run. */
export function ask({ url, credential, agent }: Target, method: string, path: string, body: Iterable<Uint8Array> | null = null, headers: Readonly<Record<string, string | number>> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const target = path.startsWith('http') ? path : `${url}${path}`;
    const sending = request(target, { method, agent, headers: { accept: `${IMAGE}, */*`, ...headers, ...credential } }, (answer) => {
      let receivedBytes = 0;
      answer.on('data', (chunk: Buffer) => (receivedBytes += chunk.length));
      answer.on('error', reject).on('end', () => {
        if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${method} ${target}: ${answer.statusCode}`));
        else resolve({ location: answer.headers.location ?? '', receivedBytes });
      });
    });
    sending.on('error', reject);
    void send(sending, body);
  });
}

async function send(sending: ReturnType<typeof request>, body: Iterable<Uint8Array> | null): Promise<void> {
  for (const piece of body ?? []) if (!sending.write(piece)) await new Promise((resolve) => sending.once('drain', resolve));
  sending.end();
}

/** The same MiB again and again, behind a beginning of its own: so many bytes are not to be made for each round. */
export class Content implements Pushed {
  private readonly first = randomBytes(PIECE_BYTES);
  private readonly other = randomBytes(PIECE_BYTES);
  readonly digest: string;

  constructor(readonly sizeBytes: number) {
    const hash = createHash('sha256');
    for (const piece of this.pieces()) hash.update(piece);
    this.digest = `sha256:${hash.digest('hex')}`;
  }

  *pieces(): Generator<Uint8Array> {
    for (let sent = 0; sent < this.sizeBytes; sent += PIECE_BYTES) yield (sent === 0 ? this.first : this.other).subarray(0, this.sizeBytes - sent);
  }
}

export async function push(target: Target, name: string, content: Pushed): Promise<void> {
  const { location } = await ask(target, 'POST', `/v2/${name}/blobs/uploads/`);
  const separator = location.includes('?') ? '&' : '?';
  await ask(target, 'PUT', `${location}${separator}digest=${encodeURIComponent(content.digest)}`, content.pieces(), { 'content-length': content.sizeBytes, 'content-type': 'application/octet-stream' });
}

export async function pull(target: Target, name: string, { digest, sizeBytes }: Pushed): Promise<void> {
  const { receivedBytes } = await ask(target, 'GET', `/v2/${name}/blobs/${digest}`);
  if (receivedBytes !== sizeBytes) throw new Error(`${receivedBytes} bytes of ${sizeBytes}`);
}

/** What a server in this language cannot be faster than on one thread: nothing received, nothing sealed. Into a file that was not there, as a registry's. */
export function hashWriteSync(path: string, content: Pushed): void {
  const file = openSync(path, 'wx');
  const hash = createHash('sha256');
  for (const piece of content.pieces()) {
    hash.update(piece);
    writeSync(file, piece);
  }
  hash.digest();
  fsyncSync(file);
  closeSync(file);
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
