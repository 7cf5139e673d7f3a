import { OPERATIONS, type Operations } from './api.js';
import { QuantoniumError } from './quantonium-error.js';

export type OperationId = keyof Operations;
/** What a call of an operation is given: `path`, `query`, `headers` and `body`, as far as it has such. */
export type Request<K extends OperationId> = Omit<Operations[K], 'answer'>;
export type Answer<K extends OperationId> = Operations[K]['answer'];

export interface CallOptions {
  /** Ends the call, whatever it waits for. */
  readonly signal?: AbortSignal;
}

export interface ClientOptions {
  /** Where the server is: `https://quantum.example.org`. */
  readonly url: string;
  /** An access token or an API key; a function is asked before every call, so that it can renew what it gives. */
  readonly token?: string | (() => string | Promise<string>);
  /** How often a call that may be repeated is repeated at most, when the server is busy or away. 3 when absent. */
  readonly retriesMax?: number;
  readonly fetch?: typeof fetch;
}

/** Of a call that any operation can be: what the table of operations has made sure of already. */
interface AnyRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** The calls that can be made without an argument. */
type Optional<K extends OperationId> = Partial<Request<K>> extends Request<K> ? K : never;

const RETRIES_MAX = 3;
/** The wait before the n-th repetition is this times 2^n, where the server names none. */
const RETRY_MILLIS = 200;
/** Too busy, or not there: the same call may be answered later. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** One server: every operation of its API by its name. */
export class QuantoniumClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /**
   * The answer's content: parsed where it is JSON, else a text or bytes. Rejects with a {@link QuantoniumError}. A call
   * that only reads, or that has an `Idempotency-Key`, is made again when the server is busy or away.
   */
  async call<K extends OperationId>(operation: Optional<K>, request?: Request<K>, options?: CallOptions): Promise<Answer<K>>;
  async call<K extends OperationId>(operation: K, request: Request<K>, options?: CallOptions): Promise<Answer<K>>;
  async call<K extends OperationId>(operation: K, request?: Request<K>, options?: CallOptions): Promise<Answer<K>> {
    return (await contentOf(await this.open(operation, request, options))) as Answer<K>;
  }

  /** The answer itself, not yet read: for its headers, or for what comes piece by piece. */
  async open<K extends OperationId>(operation: K, request?: Request<K>, { signal }: CallOptions = {}): Promise<Response> {
    const { method } = OPERATIONS[operation];
    const asked: AnyRequest = request ?? {};
    const mayRepeat = method === 'GET' || asked.headers?.['Idempotency-Key'] !== undefined;
    for (let attempt = 0; ; attempt += 1) {
      const isLast = !mayRepeat || attempt >= (this.#options.retriesMax ?? RETRIES_MAX);
      const response = await this.#send(operation, asked, signal).catch((error: unknown) => {
        if (isLast || signal?.aborted === true) throw error;
        return null;
      });
      if (response?.ok === true) return response;
      if (response !== null && (isLast || !PASSING.has(response.status))) throw await QuantoniumError.of(response);
      const named = Number(response?.headers.get('retry-after') ?? Number.NaN) * 1000;
      await response?.body?.cancel();
      await patience(Number.isFinite(named) ? named : RETRY_MILLIS * 2 ** attempt, signal);
    }
  }

  async #send(operation: OperationId, { path = {}, query = {}, headers = {}, body }: AnyRequest, signal: AbortSignal | undefined): Promise<Response> {
    const place: Place = OPERATIONS[operation];
    const url = new URL(place.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? '')), this.#options.url);
    for (const [name, value] of Object.entries(query)) {
      for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, String(one));
    }
    const sent = new Headers();
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, value);
    const { token } = this.#options;
    const credential = typeof token === 'function' ? await token() : token;
    if (credential !== undefined) sent.set('authorization', `Bearer ${credential}`);
    const content = body === undefined || place.body === undefined ? null : BODIES[place.body](body, sent);
    return (this.#options.fetch ?? fetch)(url, { method: place.method, headers: sent, body: content, signal: signal ?? null });
  }
}

interface Place {
  readonly method: string;
  readonly path: string;
  readonly body?: keyof typeof BODIES;
}

/** How a body is written down, and what says so. */
const BODIES = {
  json: (body: unknown, headers: Headers): string => {
    headers.set('content-type', 'application/json');
    return JSON.stringify(body);
  },
  form: (body: unknown): URLSearchParams => new URLSearchParams(body as Record<string, string>),
  bytes: (body: unknown, headers: Headers): Uint8Array<ArrayBuffer> => {
    headers.set('content-type', 'application/octet-stream');
    return body as Uint8Array<ArrayBuffer>;
  },
};

async function contentOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (response.status === 204 || response.status === 205) return undefined;
  if (/[/+]json\b/.test(type)) return response.json();
  if (/^(text\/|image\/svg\+xml|application\/x-ndjson)/.test(type)) return response.text();
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes.length === 0 ? undefined : bytes;
}

function patience(millis: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, millis);
    signal?.addEventListener('abort', leave, { once: true });
  });
}
