import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EMPTY_ROOT } from '#pure/merkle/hashing.js';
import { verifyConsistency } from '#pure/merkle/verify.js';
import { type Checkpoint, parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { formatSignatureLine, parseNote } from '#pure/transparency-log/note.js';
import { type NoteSigner, signNote, verifyNote } from '#pure/transparency-log/note-signature.js';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '#pure/transparency-log/verifier-key.js';

/** What a witness that is not as it should be does with the next requests. */
export type Misbehaviour =
  | { readonly status: number; readonly body?: string; readonly type?: string }
  | 'hang'
  | 'flood'
  | 'redirect'
  | 'sign-something-else'
  | 'sign-with-another-key'
  | 'from-the-future'
  | 'without-time'
  | 'answer-garbage'
  | 'die-after-storing';

/** What it has of one log, as it stands in its file. */
interface Stored {
  readonly note: string;
  readonly cosignatures: string;
}

/**
 * A witness as c2sp.org/tlog-witness has it: it checks the log's signature and the proof, compares and sets, and has
 * written down what it signed before it answers. One file, so that it can be ended and started again.
 */
export class TestWitness {
  misbehaviour: Misbehaviour | null = null;
  /** Bodies of the requests that came, oldest first. */
  readonly requests: string[] = [];
  private shown: string | null = null;
  private readonly held = new Set<ServerResponse>();

  private constructor(
    private readonly server: Server,
    readonly signers: readonly NoteSigner[],
    private readonly file: string,
    /** Keys of the log that it witnesses; the first makes a log known. */
    private logKeys: readonly VerifierKey[],
  ) {}

  static async start(signers: readonly NoteSigner[], file: string, vkeys: readonly string[] = []): Promise<TestWitness> {
    const server = createServer((request, response) => void witness.serve(request, response));
    const witness = new TestWitness(server, signers, file, vkeys.map(parseVerifierKey));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return witness;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A line of a policy for each of its keys. */
  policyLines(name: string): string {
    return this.signers.map(({ key }, index) => `witness ${index === 0 ? name : `${name}-${index + 1}`} ${formatVerifierKey(key)} ${this.url}\n`).join('');
  }

  trust(vkeys: readonly string[]): void {
    this.logKeys = vkeys.map(parseVerifierKey);
  }

  /** The size that it has cosigned, 0 before the first. */
  size(origin: string): number {
    return this.read(origin)?.size ?? 0;
  }

  /** From now on monitors are shown this for every log. */
  show(note: string): void {
    this.shown = note;
  }

  /** Those who were left hanging are let go. */
  release(): void {
    for (const response of this.held) response.destroy();
    this.held.clear();
  }

  async stop(): Promise<void> {
    this.release();
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'GET') return this.answerMonitor(request.url ?? '', response);
    const body = Buffer.concat(chunks).toString('utf8');
    this.requests.push(body);
    const { misbehaviour } = this;
    if (misbehaviour === 'hang') return void this.held.add(response);
    if (misbehaviour === 'flood') return void response.writeHead(200).end('\u2014 a b\n'.repeat(200_000));
    if (misbehaviour === 'redirect') return void response.writeHead(307, { Location: `${this.url}/elsewhere` }).end();
    if (misbehaviour === 'answer-garbage') return void response.writeHead(200).end('thank you\n');
    if (misbehaviour !== null && typeof misbehaviour === 'object') return void response.writeHead(misbehaviour.status, { 'Content-Type': misbehaviour.type ?? 'text/plain' }).end(misbehaviour.body ?? '');
    const { status, text, type } = await this.addCheckpoint(body);
    if (misbehaviour === 'die-after-storing') return void response.destroy();
    response.writeHead(status, { 'Content-Type': type }).end(text);
  }

  private answerMonitor(url: string, response: ServerResponse): void {
    if (this.shown !== null) return void response.writeHead(200, { 'Content-Type': 'text/plain' }).end(this.shown);
    const [, origin = ''] = /^\/([0-9a-f]{64})\/checkpoint$/.exec(url) ?? [];
    const stored = this.stored()[origin];
    if (stored === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': 'text/plain' }).end(stored.note + stored.cosignatures);
  }

  private async addCheckpoint(body: string): Promise<{ status: number; text: string; type: string }> {
    const plain = (status: number, text = '') => ({ status, text, type: 'text/plain; charset=utf-8' });
    const blank = body.indexOf('\n\n');
    const [oldLine = '', ...proofLines] = body.slice(0, blank).split('\n');
    const oldSize = Number(/^old (0|[1-9][0-9]*)$/.exec(oldLine)?.[1] ?? NaN);
    const note = body.slice(blank + 2);
    if (Number.isNaN(oldSize) || blank < 0) return plain(400);
    const parsed = parseNote(Buffer.from(note, 'utf8'));
    const checkpoint = parseCheckpoint(parsed.text);
    if (!this.logKeys.some(({ name }) => name === checkpoint.origin)) return plain(404);
    const verdict = verifyNote(parsed, this.logKeys);
    if (!verdict.ok || verdict.verified.length === 0) return plain(403);
    if (oldSize > checkpoint.size) return plain(400);
    const cosignatures = await this.cosign(parsed.text);
    // From here to the write nothing is awaited: another request cannot come between.
    const has = this.read(checkpoint.origin);
    if (oldSize !== (has?.size ?? 0)) return { status: 409, text: `${has?.size ?? 0}\n`, type: 'text/x.tlog.size' };
    if (!isConsistent(has, checkpoint, proofLines.map((line) => Buffer.from(line, 'base64')))) return plain(422);
    if (this.misbehaviour === null || this.misbehaviour === 'die-after-storing') this.write(checkpoint.origin, { note, cosignatures });
    return plain(200, cosignatures);
  }

  private async cosign(text: string): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const seconds = this.misbehaviour === 'from-the-future' ? nowSeconds + 3_600 : this.misbehaviour === 'without-time' ? 0 : nowSeconds;
    const signed = this.misbehaviour === 'sign-something-else' ? text.replace(/\n(\d+)\n/, (_, size: string) => `\n${Number(size) + 1}\n`) : text;
    const signers = this.misbehaviour === 'sign-with-another-key' ? this.signers.map(({ key, sign }) => ({ key: { ...key, name: `${key.name}/other` }, sign })) : this.signers;
    return (await signNote(signed, signers, seconds)).signatures.map(formatSignatureLine).join('');
  }

  private read(origin: string): Checkpoint | null {
    const stored = this.stored()[sha256Hex(origin)];
    return stored === undefined ? null : parseCheckpoint(parseNote(Buffer.from(stored.note, 'utf8')).text);
  }

  private stored(): Record<string, Stored> {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, Stored>;
    } catch {
      return {};
    }
  }

  private write(origin: string, stored: Stored): void {
    writeFileSync(`${this.file}.new`, JSON.stringify({ ...this.stored(), [sha256Hex(origin)]: stored }));
    renameSync(`${this.file}.new`, this.file);
  }
}

function isConsistent(has: Checkpoint | null, next: Checkpoint, proof: readonly Buffer[]): boolean {
  if (next.size === 0) return next.root.equals(EMPTY_ROOT) && proof.length === 0;
  if (has === null || has.size === 0) return proof.length === 0;
  return verifyConsistency(has.size, has.root, next.size, next.root, proof);
}

const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
