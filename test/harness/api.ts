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

/** Keys that were made here, by the token that made them: a person has no more than twenty. */
const apiKeys = new Map<string, Promise<string>>();

/** An API key for the registry, of whom the access token stands for: what a container client is given as a password. */
export function registryKey(server: { url: string }, token: string): Promise<string> {
  const made = apiKeys.get(token) ?? makeRegistryKey(server, token);
  apiKeys.set(token, made);
  return made;
}

async function makeRegistryKey(server: { url: string }, token: string): Promise<string> {
  const answer = await call<{ key: string }>(server, 'POST', '/v1/api-keys', { token, json: { label: 'registry', scope: 'manage:registry' } });
  if (answer.status !== 201) throw new Error(`a key: ${answer.status} ${answer.text}`);
  return answer.body.key;
}

/** What a container client sends to `/v2`: a token for these scopes, separated by spaces, of whom the access token stands for. */
export async function registryToken(server: { url: string }, token: string, scope: string): Promise<string> {
  const fields = { grant_type: 'password', username: 'anybody', password: await registryKey(server, token), scope };
  const answer = await call<{ token: string }>(server, 'POST', '/token', { raw: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  if (answer.status !== 200) throw new Error(`a token for ${scope}: ${answer.status} ${answer.text}`);
  return answer.body.token;
}

/** What a key is sent as to the registry, where it is not narrowed to any repository. */
export function basicOf(key: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`anybody:${key}`).toString('base64')}` };
}

/** How whoever has the access token proves themselves there: at the registry, which takes none, by a key of theirs. */
export async function authorizationAt(server: { url: string }, path: string, token: string): Promise<{ readonly authorization: string }> {
  return /^\/(?:v2|token)(?:[/?]|$)/.test(path) ? basicOf(await registryKey(server, token)) : { authorization: `Bearer ${token}` };
}
