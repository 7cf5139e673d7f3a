import type { FastifyReply, FastifyRequest } from 'fastify';
import { DRAIN_BYTES_MAX, DRAIN_MILLIS } from './http-settings.js';

/** Whether the request announces content (RFC 9112 §6.3), whatever its method. */
export function announcesBody(request: FastifyRequest): boolean {
  const { headers } = request.raw;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
}

/**
 * Before a refusal is sent to a request whose body has not been read. Node reads and drops the rest of it after the
 * answer so that the connection can be used again: that is right for a small body and a gift to a sender of endless
 * ones. So a body that is large, or of unknown length, closes the connection after the answer, and no body is waited
 * for beyond two seconds.
 */
export function limitUnreadBody(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  if (raw.complete || !announcesBody(request)) return;
  const lengthBytes = Number(raw.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (lengthBytes > DRAIN_BYTES_MAX) reply.header('connection', 'close');
  const timer = setTimeout(() => raw.socket.destroy(), DRAIN_MILLIS).unref();
  raw.once('close', () => clearTimeout(timer));
  raw.once('end', () => clearTimeout(timer));
}
