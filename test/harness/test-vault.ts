import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface VaultRequest {
  readonly method: string;
  /** Below `/v1/`. */
  readonly path: string;
  readonly token: string | null;
  readonly namespace: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Token {
  readonly seconds: number;
  readonly isRenewable: boolean;
}

interface Answered {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The part of Vault that secrets are read by, in its documented wire format: KV version 2, logins by AppRole and
 * Kubernetes, lookup and renewal of tokens. Leases are told and not kept: a test ends a token by removing it.
 */
export class TestVault {
  readonly secrets = new Map<string, Readonly<Record<string, unknown>> | null>();
  readonly tokens = new Map<string, Token>();
  /** What each login mount takes. */
  readonly logins = new Map<string, Readonly<Record<string, unknown>>>();
  readonly requests: VaultRequest[] = [];
  /** Of the tokens that logins give. */
  lease: Token = { seconds: 3600, isRenewable: true };
  /** Of a renewal; as the lease unless told. */
  renewedSeconds: number | null = null;
  /** In the place of every answer. */
  instead: ((request: VaultRequest) => Answered | 'silence' | null) | null = null;
  #given = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(tls: { readonly key: string; readonly cert: string } | null = null): Promise<TestVault> {
    let vault: TestVault | null = null;
    const listener = (request: IncomingMessage, response: ServerResponse): void => void vault?.answer(request, response);
    const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    vault = new TestVault(server, `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`);
    return vault;
  }

  get base(): string {
    return `${this.url}/v1`;
  }

  /** So many requests of a path so far. */
  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
    const told: VaultRequest = {
      method: request.method!,
      path: request.url!.replace(/^\/v1\//, ''),
      token: (request.headers['x-vault-token'] as string | undefined) ?? null,
      namespace: (request.headers['x-vault-namespace'] as string | undefined) ?? null,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    this.requests.push(told);
    const answered = this.instead?.(told) ?? this.serve(told);
    if (answered === 'silence') return;
    const { status, body = { errors: [] }, headers = {} } = answered;
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  private serve({ method, path, token, body }: VaultRequest): Answered {
    const login = /^auth\/(.+)\/login$/.exec(path)?.[1];
    if (login !== undefined && method === 'POST') return this.logIn(login, body);
    const held = token === null ? undefined : this.tokens.get(token);
    if (token === null || held === undefined) return { status: 403, body: { errors: ['permission denied'] } };
    if (path === 'auth/token/lookup-self') return { status: 200, body: { data: { id: token, ttl: held.seconds, renewable: held.isRenewable } } };
    if (path === 'auth/token/renew-self') return held.isRenewable ? { status: 200, body: { auth: { client_token: token, lease_duration: this.renewedSeconds ?? held.seconds, renewable: true } } } : { status: 400, body: { errors: ['lease is not renewable'] } };
    const fields = this.secrets.get(path);
    if (method !== 'GET' || fields === undefined) return { status: 404 };
    // A version that is deleted is told by its metadata, and by the status.
    if (fields === null) return { status: 404, body: { data: { data: null, metadata: { version: 2, deletion_time: '2026-11-22T00:00:00Z', destroyed: false } } } };
    return { status: 200, body: { request_id: 'r', lease_id: '', renewable: false, lease_duration: 0, data: { data: fields, metadata: { version: 1, deletion_time: '', destroyed: false, created_time: '2026-11-22T00:00:00Z' } } } };
  }

  private logIn(mount: string, given: Readonly<Record<string, unknown>>): Answered {
    const taken = this.logins.get(mount);
    if (taken === undefined || JSON.stringify(taken) !== JSON.stringify(given)) return { status: 400, body: { errors: ['invalid role or secret ID'] } };
    const token = `hvs.given-${(this.#given += 1)}`;
    this.tokens.set(token, this.lease);
    return { status: 200, body: { auth: { client_token: token, accessor: 'a', policies: ['default'], lease_duration: this.lease.seconds, renewable: this.lease.isRenewable, token_type: 'service' } } };
  }
}
