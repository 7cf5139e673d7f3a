import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A connection keeps the certificate that it began with: the handshake of TLS 1.3 happens once. */
const known = new WeakMap<Socket, string | null>();

/**
 * SHA-256 of the certificate that the client proved to have the key of (`x5t#S256` of RFC 8705 §3.1), in base64url. Null
 * without one, and for one that no authority of TLS_CLIENT_CA_FILE vouches for or whose time is over: it proves nothing.
 * Certificates that a proxy names in a header are not looked at.
 */
export function thumbprintOf(socket: Socket): string | null {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  const thumbprint = certificate === undefined ? null : createHash('sha256').update(certificate.raw).digest('base64url');
  known.set(socket, thumbprint);
  return thumbprint;
}
