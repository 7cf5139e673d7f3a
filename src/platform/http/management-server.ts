import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { orRefusal } from './listen-refusal.js';

/** What a page answers, made anew for each request from what is in memory. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
export type Pages = Readonly<Record<string, () => Promise<Page> | Page>>;

/** A scraper and a few probes; whoever else comes waits outside. */
const CONNECTIONS_MAX = 32;
const HEADERS_MILLIS_MAX = 5_000;
const REQUEST_MILLIS_MAX = 10_000;
const HEADER_BYTES_MAX = 8 * 1024;
const TEXT = 'text/plain; charset=utf-8';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;
const REFUSALS = { 404: 'not found', 405: 'method not allowed', 413: 'a request here has no content', 500: 'failed' } as const;

/**
 * The port for who runs the server, in every role: a few pages without a credential, so it listens on loopback unless
 * told otherwise, and is a server of its own, of which nothing of the API can be reached. GET and HEAD; no content, no
 * parameters, nothing that changes anything.
 */
export class ManagementServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(port: number, host: string, pages: Pages): Promise<ManagementServer> {
    const server = createServer(
      { headersTimeout: HEADERS_MILLIS_MAX, requestTimeout: REQUEST_MILLIS_MAX, maxHeaderSize: HEADER_BYTES_MAX, connectionsCheckingInterval: 1_000 },
      (request, response) => void answer(pages, request, response),
    );
    server.maxConnections = CONNECTIONS_MAX;
    await orRefusal('MANAGEMENT_PORT', port, new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve)));
    const { address, port: given, family } = server.address() as AddressInfo;
    return new ManagementServer(server, `http://${family === 'IPv6' ? `[${address}]` : address}:${given}`);
  }

  /** Ends at once: no page takes long, and a scraper's idle connection would be waited for. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, contentType, body } = await pageFor(pages, request);
  if (status === 405) response.setHeader('allow', 'GET, HEAD');
  // What follows content that nobody reads cannot be told from a second request.
  if (status === 413 || status === 405) response.setHeader('connection', 'close');
  response.writeHead(status, { ...HEADERS, 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function pageFor(pages: Pages, { method, url, headers }: IncomingMessage): Promise<Page> {
  if (method !== 'GET' && method !== 'HEAD') return refusal(405);
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0') return refusal(413);
  const path = (url ?? '').split('?', 1)[0]!;
  if (!Object.hasOwn(pages, path)) return refusal(404);
  try {
    return await pages[path]!();
  } catch {
    return refusal(500);
  }
}

function refusal(status: keyof typeof REFUSALS): Page {
  return { status, contentType: TEXT, body: `${REFUSALS[status]}\n` };
}
