import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '#pure/fault/fault.js';
import { BODY_BYTES_MAX, HEADER_BYTES_MAX, type HttpSettings, PARAMETER_LENGTH_MAX, REQUEST_TIMEOUT_MILLIS } from './http-settings.js';
import { keepRoom } from './crowded-connections.js';
import { lenientTarget } from './dialects.js';
import { parseQuery } from './query-string.js';
import { SecurityHeaders } from './security-headers.js';
import { TLS_OPTIONS } from './tls/tls-material.js';
import { answerSocketError, faultOfSocket } from './socket-errors.js';

/** Nest's adapter without its own parsers: a body reaches a handler through ours or not at all. */
export class StrictFastifyAdapter extends FastifyAdapter {
  /**
   * What answers a target that the router cannot read (`/%zz`, a parameter beyond its length): it does so before any
   * hook. The pipeline sets it; until then there is no route either.
   */
  answerUnroutable: (error: Error, request: FastifyRequest, reply: FastifyReply) => void = (_error, _request, reply) => void reply.raw.destroy();

  /**
   * Told of an exchange that never becomes a request; counts it, gives it its name and says what it is answered with.
   * The pipeline sets it, before anything listens. Must not reject.
   */
  noteUnparsable: (fault: Fault, ipAddress: string) => Promise<{ readonly fault: Fault; readonly requestId: string }> = () => {
    throw new Error('the pipeline is not installed');
  };

  /** The server is about to end: each answer is the last on its connection, so that none is open when the listener goes. */
  isDraining = false;

  override registerParserMiddleware(): void {
    // Nest calls this unless it is created with `bodyParser: false`; forgetting that must not open a second way in.
  }
}

/** The HTTP server with its limits, before the pipeline is installed. */
export function createHttpAdapter(settings: HttpSettings): StrictFastifyAdapter {
  const { all: headers } = new SecurityHeaders(settings.publicUrl, []);
  if (settings.trustedProxies.some((proxy) => proxy === 'true' || proxy === '*')) {
    throw new Error('trusted proxies must be addresses or CIDR ranges: trusting everybody lets anybody choose their address');
  }
  const refused = new WeakSet<Socket>();
  const adapter: StrictFastifyAdapter = new StrictFastifyAdapter({
    // middie runs the middleware of Nest; the pipeline has none.
    skipMiddie: true,
    logger: false,
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    bodyLimit: BODY_BYTES_MAX,
    keepAliveTimeout: settings.sockets.keepAliveMillis,
    maxRequestsPerSocket: settings.sockets.requestsMax,
    requestTimeout: REQUEST_TIMEOUT_MILLIS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // The OCI specification writes its first endpoint `/v2/`, and Nest drops the slash at the end of a pattern.
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX, querystringParser: parseQuery, ignoreTrailingSlash: true },
    rewriteUrl: lenientTarget,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    clientErrorHandler: (error, socket) => {
      // A peer that is gone has asked nothing and gets nothing, and one that speaks no TLS would not understand the answer.
      if ('code' in error && /^(?:ECONNRESET$|ERR_SSL_|ERR_TLS_)/.test(String(error.code))) return void socket.destroy();
      // What comes behind it is told as another error: one answer is enough.
      if (refused.has(socket)) return;
      refused.add(socket);
      void adapter.noteUnparsable(faultOfSocket(error), socket.remoteAddress ?? '').then(({ fault, requestId }) => answerSocketError(fault, socket, headers, requestId));
    },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => adapter.answerUnroutable(error, request, reply),
    ...nodeOptions(settings),
  });
  const { server } = adapter.getInstance();
  server.prependListener('request', closeWithLast);
  const endSilent = keepRoom(server, settings.connectionsMax);
  // Node drops header lines above its limit silently; the size is limited, and the pipeline counts the lines.
  server.maxHeadersCount = 0;
  // Without this listener Node tells every client to go on with its body before anybody has looked at the request.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response));
  // Nor would it ask anybody before it answers 417 to every other expectation, in no words at all: the pipeline does.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response));
  adapter.getInstance().addHook('preClose', (done) => {
    leaveNoIdleConnection(server, endSilent);
    onceNobodyWaits(server, done);
  });
  return adapter;
}

/**
 * The answer to the last request that a connection may carry says that it ends, and Node goes on listening all the same,
 * to refuse what comes behind it with a 503 of no words and no headers of ours. Said by the answer itself, it is the last:
 * Node closes the connection after it, and what was pipelined behind is not answered (RFC 9112 §9.6).
 */
function closeWithLast(_request: IncomingMessage, response: ServerResponse & { maxRequestsOnConnectionReached?: boolean }): void {
  if (response.maxRequestsOnConnectionReached === true) response.setHeader('connection', 'close');
}

/**
 * Bodies are validated by the pipeline, and no route has a schema of Fastify's. Its own compilers are loaded unless
 * others are named, which is a twentieth of a server's start, and they turn schemas into code.
 */
function noSchemas(): never {
  throw new Error('routes have no schemas of Fastify’s: the validation pipe is the one that decides');
}

/** A server that closes waits for its connections, and ends those that are idle only once, at the beginning. */
const IDLE_SWEEP_MILLIS = 100;

/** For who is in the middle of their header lines: they have a second, and a slow one is not what a shutdown waits for. */
const HEADERS_MILLIS = 1_000;

function leaveNoIdleConnection(server: Server, endSilent: () => void): void {
  const sweep = setInterval(() => afterPoll(() => server.closeIdleConnections()), IDLE_SWEEP_MILLIS).unref();
  const last = setTimeout(() => afterPoll(endSilent), HEADERS_MILLIS).unref();
  server.once('close', () => {
    clearInterval(sweep);
    clearTimeout(last);
  });
}

/** A round of the event loop accepts one connection; as many rounds may pass before the listener goes, whoever comes. */
const ROUNDS_MAX = 2_000;

/**
 * When a round of the event loop has met no new connection: with a listener go those that wait to be accepted, and the kernel
 * resets them under clients that have sent their requests already.
 */
function onceNobodyWaits(server: Server, deed: () => void): void {
  let [accepted, rounds] = [0, 0];
  const count = (): void => void (accepted += 1);
  const look = (): void => {
    rounds += 1;
    // The first was under way when it was asked for.
    if (rounds === 1 || (accepted > 0 && rounds < ROUNDS_MAX)) {
      accepted = 0;
      return afterPoll(look);
    }
    server.off('connection', count);
    deed();
  };
  server.on('connection', count);
  afterPoll(look);
}

/** When the event loop has just taken in what had arrived: a connection that has sent a request looks idle until it is read. */
function afterPoll(deed: () => void): void {
  setImmediate(deed);
}

function nodeOptions(settings: HttpSettings): object {
  const options = {
    headersTimeout: settings.sockets.headersMillis,
    connectionsCheckingInterval: settings.sockets.checkMillis,
    maxHeaderSize: HEADER_BYTES_MAX,
    // A missing Host is refused by the pipeline, in our words.
    requireHostHeader: false,
  };
  if (settings.tls === null) return { http: options };
  // Whoever shows no certificate, or one of another authority, is served all the same: only what a certificate proves is not theirs.
  return { https: { ...options, ...TLS_OPTIONS, ...settings.tls.context, requestCert: settings.tls.asksClients, rejectUnauthorized: false } };
}
