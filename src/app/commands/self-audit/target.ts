import type { ConnectionOptions } from 'node:tls';
import { type Answer, exchange, type Handshake, handshake, type Place, Unreachable } from './exchange.js';

export interface TargetSettings {
  /** An origin: no path, query or fragment. */
  readonly url: URL;
  readonly token: string | null;
  /** Of somebody who works in another project. */
  readonly otherToken: string | null;
  /** PEM of authorities that are trusted beside those of the system. */
  readonly authorities?: readonly string[];
  /** Waits for so many seconds. */
  readonly wait: (seconds: number) => Promise<void>;
}

export interface Request {
  readonly method?: string;
  /** Each a line; a name may stand twice. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
  /** Sent as it is. */
  readonly token?: string;
}

/** Nothing can be said: the limit of the server, or of this command, or the network. */
export class Unlooked extends Error {}

/** Of all checks together. */
const REQUESTS_MAX = 140;

/** Requests that are left to a stranger by the server when this command rests, and how often it does and how long. */
const LEFT_MIN = 4;
const WAITS_MAX = 2;
const WAIT_SECONDS_MAX = 61;

/**
 * The server that is looked at. Equal requests are sent once, and none goes on after a refusal for being too many: who
 * goes on is blocked, and a report is not worth that.
 */
export class Target {
  readonly url: URL;
  readonly token: string | null;
  readonly otherToken: string | null;
  readonly place: Place;
  /** How many were sent. */
  sent = 0;
  private readonly answers = new Map<string, Promise<Answer>>();
  private readonly throttled = new Set<string>();
  private readonly wait: TargetSettings['wait'];
  private waits = 0;

  constructor({ url, token, otherToken, authorities, wait }: TargetSettings) {
    this.url = url;
    this.token = token;
    this.otherToken = otherToken;
    this.wait = wait;
    const isSecure = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    /* Whether the certificate is to be trusted is a check of its own: the others look at the server all the same. Tokens are sent only once it is. */
    const tls = isSecure ? { rejectUnauthorized: false, ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }), ...(authorities === undefined ? {} : { ca: [...authorities] }) } : null;
    this.place = { host, port: Number(url.port === '' ? (isSecure ? 443 : 80) : url.port), tls };
  }

  has(need: 'https' | 'token' | 'other-token'): boolean {
    return need === 'https' ? this.place.tls !== null : (need === 'token' ? this.token : this.otherToken) !== null;
  }

  /** The token, of which the need was declared. */
  mustToken(): string {
    if (this.token === null) throw new Unlooked('no token was given');
    return this.token;
  }

  ask(path: string, { method = 'GET', headers = [], body, token }: Request = {}): Promise<Answer> {
    const content = body === undefined ? null : Buffer.from(body);
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${this.url.host}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      ...(content === null ? [] : [`Content-Length: ${content.length}`]),
      'Connection: close',
    ];
    return this.send(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), ...(content === null ? [] : [content])]), token === undefined ? 'source' : token);
  }

  /** Bytes as they are; the limit that they count towards is that of the source unless they carry a token that is good. */
  async send(bytes: Buffer, payer = 'source', place: Place = this.place): Promise<Answer> {
    const key = `${place.tls === null ? 'clear' : 'tls'} ${bytes.toString('latin1')}`;
    const answer = await (this.answers.get(key) ?? this.remember(key, bytes, payer, place));
    if (answer.status === 429) {
      this.throttled.add(payer);
      throw new Unlooked('the server asks for patience (429): try again in a minute');
    }
    return answer;
  }

  /** Waits until the server has forgotten, before it has to refuse: it says what is left (RateLimit). */
  private async rest({ headers }: Answer): Promise<void> {
    const told = /^"source";r=(\d+);t=(\d+)$/.exec(headers.get('ratelimit')?.[0] ?? '');
    if (told === null || Number(told[1]) > LEFT_MIN || this.waits >= WAITS_MAX) return;
    this.waits += 1;
    await this.wait(Math.min(Number(told[2]), WAIT_SECONDS_MAX));
  }

  async shake(options: ConnectionOptions): Promise<Handshake | null> {
    this.spend();
    return handshake(this.place, options).catch(unlooked);
  }

  private remember(key: string, bytes: Buffer, payer: string, place: Place): Promise<Answer> {
    if (this.throttled.has(payer)) throw new Unlooked('the server asked for patience (429) before this: try again in a minute');
    this.spend();
    const answer = exchange(place, bytes).then(async (told) => {
      await this.rest(told);
      return told;
    }).catch(unlooked);
    this.answers.set(key, answer);
    return answer;
  }

  private spend(): void {
    if (this.sent >= REQUESTS_MAX) throw new Unlooked('as many requests were sent as this command sends');
    this.sent += 1;
  }
}

function unlooked(error: unknown): never {
  if (!(error instanceof Unreachable)) throw error;
  throw new Unlooked(`no answer: ${error.message}`);
}
