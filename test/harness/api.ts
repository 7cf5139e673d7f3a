import type { RunningServer } from './server.js';

/** One answer of the API, body read. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed as JSON; fails the test when it is not. */
  readonly body: T;
}

export interface CallOptions {
  readonly token?: string;
  readonly json?: unknown;
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call, no cleverness: what is sent is what is written. */
export async function call<T = Record<string, unknown>>(server: { url: string }, method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { ...options.headers };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  if (options.json !== undefined) headers['content-type'] ??= 'application/json';
  const body = options.json === undefined ? options.raw : JSON.stringify(options.json);
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get body(): T {
      return JSON.parse(text) as T;
    },
  };
}

export async function login(server: { url: string }, username: string, password: string, scope?: string): Promise<string> {
  const answer = await call<{ access_token: string }>(server, 'POST', '/v1/auth/login', { json: { username, password, ...(scope === undefined ? {} : { scope }) } });
  if (answer.status !== 200) throw new Error(`login of ${username}: ${answer.status} ${answer.text}`);
  return answer.body.access_token;
}

export async function loginOwner(server: RunningServer): Promise<string> {
  return login(server, 'owner', server.home.ownerPassword);
}

/** Asks again until the answer is the one awaited: the interface is polled by its users too. At most 30 s. */
export async function eventually<T>(ask: () => Promise<Answer<T>>, isAwaited: (answer: Answer<T>) => boolean): Promise<Answer<T>> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (isAwaited(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`still ${answer.status} after 30 s: ${answer.text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
