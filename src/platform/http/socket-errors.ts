import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { DIALECTS } from './dialect-renderers.js';

const KINDS: Readonly<Record<string, FaultKind>> = {
  HPE_HEADER_OVERFLOW: REQUEST_FAULTS['headers-too-large'],
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_FAULTS['request-timeout'],
};

/**
 * What cannot be parsed never becomes a request: it is answered on the bare socket, in the default dialect since its
 * path is not known, and the connection ends, because where its next request would begin is not known either.
 */
export function answerSocketError(error: Error & { code?: string }, socket: Socket, securityHeaders: Readonly<Record<string, string>>, newRequestId: () => string): void {
  // An answer that is under way must not get a second one written into it; a peer that is gone gets none.
  const underWay = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true;
  if (!socket.writable || underWay || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { code, status, title } = KINDS[error.code ?? ''] ?? REQUEST_FAULTS['malformed-request'];
  // There is no path that could be named; the id stands for the exchange, as it does for every other answer.
  const requestId = newRequestId();
  const body = JSON.stringify({ type: `urn:quantonium:problem:${code}`, title, status, requestId });
  const head = Object.entries({
    ...securityHeaders,
    'x-request-id': requestId,
    'content-type': DIALECTS.problem.contentType,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${head.join('')}\r\n${body}`);
  // Whoever goes on sending after this is not waited for.
  setTimeout(() => socket.destroy(), 1000).unref();
}
