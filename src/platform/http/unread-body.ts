import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DRAIN_BYTES_MAX, DRAIN_MILLIS } from './http-settings.js';

/** Whether the request announces content (RFC 9112 §6.3), whatever its method. */
export function announcesBody(request: Pick<FastifyRequest, 'raw'>): boolean {
  const { headers } = request.raw;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
}

/**
 * Before a refusal is sent to a request whose body has not been read. Node reads and drops the rest of it after the
 * answer so that the connection can be used again: that is right for a small body and a gift to a sender of endless
 * ones. So a body that is large, or of unknown length, closes the connection after the answer, and no body is waited
 * for beyond two seconds.
 */
export function limitUnreadBody(request: Pick<FastifyRequest, 'raw'>, reply: Pick<FastifyReply, 'header'>): void {
  const { raw } = request;
  if (raw.complete || !announcesBody(request)) return;
  const { socket } = raw;
  const timer = setTimeout(() => socket.destroy(), DRAIN_MILLIS).unref();
  const rest = (): void => clearTimeout(timer);
  const lengthBytes = Number(raw.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (lengthBytes > DRAIN_BYTES_MAX) {
    reply.header('connection', 'close');
    lingerAfterAnswer(socket);
    socket.once('close', rest);
  } else {
    raw.once('close', rest).once('end', rest);
  }
}

/**
 * Node closes the connection behind a last answer at once. What the client is still sending is then answered with a
 * reset, which may cost it the answer itself (RFC 9112 §9.6). So only our side is closed, and what comes is read and
 * dropped, unparsed, until the client has read the answer and closes its own, or its time is over. Nor is its end told
 * to the parser, which would count the request that it was in the middle of as malformed.
 */
function lingerAfterAnswer(socket: Socket): void {
  socket.destroySoon = () => {
    socket.removeAllListeners('data').removeAllListeners('end').on('data', () => {}).resume();
    socket.end();
  };
}
