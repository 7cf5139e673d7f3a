import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { DIALECTS } from './dialect-renderers.js';

const KINDS: Readonly<Record<string, FaultKind>> = {
  HPE_HEADER_OVERFLOW: REQUEST_FAULTS['headers-too-large'],
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_FAULTS['request-timeout'],
};

/**
 * llhttp's words for bytes that leave open where a message or a header ends: what request smuggling is made of (RFC
 * 9112 §11.2). Another protocol, method or version at the port is none of that: every scanner sends those.
 */
const FRAMING: ReadonlySet<string> = new Set([
  ...['HPE_INVALID_CONTENT_LENGTH', 'HPE_UNEXPECTED_CONTENT_LENGTH', 'HPE_INVALID_TRANSFER_ENCODING', 'HPE_INVALID_CHUNK_SIZE'],
  ...['HPE_INVALID_HEADER_TOKEN', 'HPE_CR_EXPECTED', 'HPE_LF_EXPECTED'],
]);

/** The refusal of what could not be parsed, as the parser's error says it. */
export function faultOfSocket(error: Error & { code?: string }): Fault {
  const code = error.code ?? '';
  return new Fault(KINDS[code] ?? REQUEST_FAULTS['malformed-request'], { ...(FRAMING.has(code) ? { suspicion: 'framing' } : {}), cause: error });
}

/**
 * What cannot be parsed never becomes a request: it is answered on the bare socket, in the default dialect since its
 * path is not known, and the connection ends, because where its next request would begin is not known either.
 */
export function answerSocketError(fault: Fault, socket: Socket, securityHeaders: Readonly<Record<string, string>>, requestId: string): void {
  // An answer that is under way must not get a second one written into it; a peer that is gone gets none.
  const underWay = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true;
  if (!socket.writable || underWay) {
    socket.destroy();
    return;
  }
  // There is no path that could be named; the id stands for the exchange, as it does for every other answer.
  const { code, status, title } = fault.kind;
  const body = JSON.stringify({ type: `urn:quantonium:problem:${code}`, title, status, requestId });
  const head = Object.entries({
    ...securityHeaders,
    'x-request-id': requestId,
    'content-type': DIALECTS.problem.contentType,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...fault.context.headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${head.join('')}\r\n${body}`);
  // Whoever goes on sending after this is not waited for.
  setTimeout(() => socket.destroy(), 1000).unref();
}
