import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { outboundTraceHeaders } from '#platform/tracing/tracing.js';
import type { AddressPolicy } from './address-policy.js';
import { NameLookup, resolveBySystem, type Resolver } from './name-lookup.js';
import { literalAddress } from './outbound-url.js';
import { unlessAborted } from './unless-aborted.js';

export interface OutboundPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From the resolution of the name to the end of the answer. */
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
}

/** The status alone is believed; the rest of an answer is read to a limit and thrown away. */
export type OutboundAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null }
  | { readonly kind: 'failed'; readonly reason: 'refused-address' | 'unresolved-name' | 'timeout' | 'connection' | 'malformed-answer' };

const ANSWER_BYTES_MAX = 64 * 1024;
const ANSWER_HEADER_BYTES_MAX = 16 * 1024;

/**
 * POSTs to where strangers or operators want us to. Redirects are not followed, connections not kept, proxies of the
 * environment not used. Under a policy, the name is resolved once, its addresses are checked, and the connection goes
 * to one that passed: a name that changes its answer in between gains nothing by it.
 */
export class OutboundClient {
  /** What strangers have named waits for its turn; what the operator has named waits for no stranger. */
  constructor(
    private readonly resolve: Resolver = resolverOfStrangers(),
    private readonly resolveTrusted: Resolver = resolveBySystem,
  ) {}

  /** @param policy null for destinations that the operator has configured: those may be anywhere. */
  async post(order: OutboundPost, policy: AddressPolicy | null): Promise<OutboundAnswer> {
    const signal = AbortSignal.any([order.signal, AbortSignal.timeout(order.timeoutMillis)]);
    let addresses: readonly string[];
    try {
      addresses = await unlessAborted(this.addressesOf(order.url, policy), signal);
    } catch {
      return { kind: 'failed', reason: signal.aborted ? 'timeout' : 'unresolved-name' };
    }
    const permitted = policy === null ? addresses : addresses.filter((address) => policy.permits(address));
    if (permitted.length === 0) return { kind: 'failed', reason: 'refused-address' };
    return send(order, permitted, signal);
  }

  /** Whether a policy permits a URL as its name is resolved now; a name that is not known yet may be there later. */
  async isPermitted(url: URL, policy: AddressPolicy, timeoutMillis: number): Promise<boolean> {
    const addresses = await unlessAborted(this.addressesOf(url, policy), AbortSignal.timeout(timeoutMillis)).catch(() => null);
    return addresses === null || addresses.some((address) => policy.permits(address));
  }

  private async addressesOf(url: URL, policy: AddressPolicy | null): Promise<readonly string[]> {
    const literal = literalAddress(url);
    if (literal !== null) return [literal];
    return policy === null ? this.resolveTrusted(url.hostname) : this.resolve(url.hostname);
  }
}

function resolverOfStrangers(): Resolver {
  const lookup = new NameLookup();
  return (hostname) => lookup.resolve(hostname);
}

/** Node asks for one address or for all of them (RFC 8305), as it likes: it is given the checked ones. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, all);
    else callback(null, all[0]!.address, all[0]!.family);
  };
}

function send({ url, headers, body }: OutboundPost, addresses: readonly string[], signal: AbortSignal): Promise<OutboundAnswer> {
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...outboundTraceHeaders(), ...headers, 'Content-Length': body.length, Connection: 'close' },
    lookup: pinnedTo(addresses),
    agent: false,
    maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
    signal,
  };
  return new Promise((resolve) => {
    let answered: OutboundAnswer | null = null;
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (answer) => {
      const said: OutboundAnswer = { kind: 'answered', status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] ?? null };
      answered = said;
      discard(answer, () => resolve(said));
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      const isMalformed = error.code?.startsWith('HPE_') === true;
      resolve(answered ?? { kind: 'failed', reason: signal.aborted ? 'timeout' : isMalformed ? 'malformed-answer' : 'connection' });
    });
    // Also after an answer that switches to another protocol: that is no error, and no answer either.
    request.once('close', () => answered ?? resolve({ kind: 'failed', reason: 'connection' }));
    request.end(body);
  });
}

/** Reads the rest of an answer within the limit, so that a polite receiver is not cut off; then, or at the limit, hangs up. */
function discard(answer: IncomingMessage, done: () => void): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) answer.destroy();
  });
  // Cut off, timed out or broken: what the status said has been said.
  answer.on('error', () => undefined);
  answer.once('close', done);
}
