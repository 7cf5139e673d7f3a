import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { digestOf } from '../harness/registry-client.js';
import { BELL } from '../harness/simulation.js';

/** Who asks: for the interface, and for the registry. */
export interface Credentials {
  readonly token: string;
  /** `Basic …`, of an API key. */
  readonly registry: string;
}

interface Request {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** `away`: nothing was sent, because nobody took the connection any more. `dropped`: sent, and no answer came. */
type Outcome = { readonly status: number; readonly body: Buffer } | 'away' | 'dropped';

const BLOB_BYTES = 64 * 1024;
const REPOSITORY = 'default/load';

/**
 * Clients that ask for all kinds of work at once, each request over a connection of its own: what is on a connection that is
 * kept open when a server closes it is lost by nobody's fault, and would be counted.
 */
export class SteadyLoad {
  /** Of each kind, how many were answered as they should be. */
  readonly answered = new Map<string, number>();
  /** What was sent and had no answer, or one that it should not have. */
  readonly dropped: string[] = [];
  #count = 0;
  readonly #waiting = new Map<number, () => void>();

  constructor(
    private readonly url: string,
    private readonly credentials: Credentials,
  ) {}

  get count(): number {
    return this.#count;
  }

  /** Resolves when so many more were answered. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(this.#count + count, resolve));
  }

  /** Until the server takes no connection any more. */
  async untilAway(clients: number): Promise<void> {
    await Promise.all(Array.from({ length: clients }, (_, client) => this.#client(client)));
  }

  async #client(client: number): Promise<void> {
    for (let turn = client; ; turn += 1) {
      if (turn % 4 === 3 ? await this.#blob() : await this.#one(this.#work(turn % 4))) return;
    }
  }

  #work(kind: number): Request {
    const headers = { authorization: `Bearer ${this.credentials.token}`, 'content-type': 'application/json' };
    if (kind === 0) return { kind: 'simulation', method: 'POST', path: '/v1/simulations', headers: { ...headers, prefer: 'wait=10' }, body: JSON.stringify({ program: { language: 'openqasm2', source: BELL }, shots: 100 }) };
    if (kind === 1) return { kind: 'encryption', method: 'POST', path: '/v1/transit/encrypt/load', headers, body: JSON.stringify({ plaintext: randomBytes(256).toString('base64') }) };
    // As somebody, and not in the bucket that all strangers share.
    return { kind: 'ledger', method: 'GET', path: '/v1/audit/entries?limit=1', headers };
  }

  /** Pushed, pulled and compared. */
  async #blob(): Promise<boolean> {
    const bytes = randomBytes(BLOB_BYTES);
    const digest = digestOf(bytes);
    const headers = { authorization: this.credentials.registry };
    const gone = await this.#one({ kind: 'push', method: 'POST', path: `/v2/${REPOSITORY}/blobs/uploads/?digest=${digest}`, headers: { ...headers, 'content-type': 'application/octet-stream' }, body: bytes });
    return gone || this.#one({ kind: 'pull', method: 'GET', path: `/v2/${REPOSITORY}/blobs/${digest}`, headers }, bytes);
  }

  /** Whether the server is away. */
  async #one(asked: Request, expected?: Buffer): Promise<boolean> {
    const outcome = await ask(this.url, asked);
    if (outcome === 'away') return true;
    if (outcome === 'dropped') this.dropped.push(`${asked.kind}: no answer`);
    else if (outcome.status >= 300 || (expected !== undefined && !outcome.body.equals(expected))) this.dropped.push(`${asked.kind}: ${outcome.status} ${outcome.body.subarray(0, 500).toString()}`);
    else this.answered.set(asked.kind, (this.answered.get(asked.kind) ?? 0) + 1);
    this.#count += 1;
    this.#waiting.get(this.#count)?.();
    return false;
  }
}

function ask(url: string, { method, path, headers, body }: Request): Promise<Outcome> {
  return new Promise((resolve) => {
    let wasSent = false;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sending = request(`${url}${path}`, { method, headers: { ...headers, ...length }, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, body: Buffer.concat(chunks) }));
      answer.on('error', () => resolve('dropped'));
    });
    sending.on('socket', (socket) => socket.once('secureConnect', () => (wasSent = true)));
    sending.on('error', () => resolve(wasSent ? 'dropped' : 'away'));
    sending.end(body);
  });
}
